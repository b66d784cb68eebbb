"""What search must know about a user, from whoever keeps files."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol


class Access(Protocol):
    """What users see. Raises `Unavailable` when it cannot be known now."""

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """Ids of the nodes below which the user sees files: the home folder, received shares, group folders.

        Those beside the home are asked of the server every time.
        """
        ...

    async def home(self, user_id: str) -> int | None:
        """Id of the user's home folder, None as long as it is not known."""
        ...

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        """Those that the user can read at this moment, with their paths in this user's own home.

        Asked of the server every time. A file whose state is not known for sure is left out.
        """
        ...

    def link(self, user_id: str, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        ...


class Tags(Protocol):
    """What has a tag."""

    async def tagged(self, user_id: str, tags: Sequence[str]) -> Sequence[Collection[int]]:
        """For each of these tags, by name, ids of the files and folders that the user sees with it at this moment.

        Raises `BadInput` for a tag that cannot be searched by, `Unavailable` when the server does not answer.
        """
        ...
