"""Who may come in, and as whom: the users of Nextcloud, or the one person that a VoiceAssist serves."""

from collections.abc import Iterable
from typing import Protocol

from backend.errors import NotAllowed
from backend.identity.principal import Role


class Residents(Protocol):
    """Knows those who sign in from outside by the name that they sign in with."""

    async def roles_of(self, name: str) -> frozenset[Role]:
        """What they are here now. Raises `NotAllowed` for whoever may not, or no longer, come in."""
        ...

    def acts_as(self, name: str) -> str:
        """The user whose files, calendars and mails they have."""
        ...


class OnePerson:
    """Of a VoiceAssist that serves one person: that person, who administers it, and whom else that person lets in."""

    def __init__(self, user_id: str, others: Iterable[str]) -> None:
        self._user_id = user_id
        self._others = frozenset(others)

    async def roles_of(self, name: str) -> frozenset[Role]:
        """See `Residents.roles_of`."""
        if name == self._user_id:
            return frozenset({Role.USER, Role.ADMIN})
        if name in self._others:
            return frozenset({Role.USER})
        raise NotAllowed("This VoiceAssist is somebody else's. SIGN_IN_ALLOWED names who else may come in.")

    def acts_as(self, name: str) -> str:
        """See `Residents.acts_as`."""
        return self._user_id
