"""What a slice implements to have its actions done."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from backend.actions.action import Action, Draft, Json, Performed


class Performer(Protocol):
    """Does the actions of some kinds ("calendar.create"), as the user who confirmed them.

    `perform` is called once for an action, never again after a crash or an error: `find` is asked then. It raises an
    error of the house when nothing was changed; anything else is taken as "nobody knows", and `find` is asked.
    """

    kinds: ClassVar[frozenset[str]]

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """The draft as it would be done now: edited fields checked, its sentence and warnings said anew.

        Raises `BadInput` with the `field` at fault.
        """
        ...

    def delay(self, draft: Draft) -> float:
        """Seconds that a confirmed action waits in which it can still be stopped; 0 does it at once."""
        ...

    async def perform(self, action: Action) -> Performed:
        """Do it, read it back from the server, and say what is true there now."""
        ...

    async def find(self, action: Action) -> Performed | None:
        """Whether it was done, by what the server has; None when it surely was not. Raises `Unavailable` when the
        server does not answer, and `Conflict` when nobody can tell."""
        ...

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """Take it back and say so in one sentence. Raises `Conflict` when it was changed since."""
        ...
