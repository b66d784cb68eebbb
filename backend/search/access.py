"""What search must know about a user, from whoever keeps files."""

from collections.abc import Sequence
from typing import Protocol


class Access(Protocol):
    """What users see. Raises `Unavailable` when it cannot be known now."""

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """Ids of the nodes below which the user sees everything: the home folder, received shares, group folders."""
        ...

    async def readable(self, user_id: str, files: Sequence[tuple[int, str]]) -> set[int]:
        """Of files (id and path), the ids that the user can read at this moment.

        Asked of the server every time. A file whose state is not known for sure is left out.
        """
        ...

    def link(self, user_id: str, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        ...
