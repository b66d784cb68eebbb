"""What the assistant needs of a user's files."""

from collections.abc import Collection, Sequence
from typing import Protocol

from backend.assistant.withholding import Readable
from backend.nextcloud.files import Node


class Library(Readable, Protocol):
    """What the assistant needs to know of a user's files."""

    async def unknown(self, user_id: str, node_ids: Collection[int]) -> set[int]:
        """Those of these files and folders that the user does not have, or may not see."""
        ...

    def link(self, user_id: str, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        ...

    async def named(
        self, user_id: str, files: Collection[str], folders: Collection[str]
    ) -> tuple[list[int], list[int]]:
        """Ids of the files and the folders with these names that the user can read at this moment."""
        ...

    async def folders_called(self, user_id: str, words: Collection[str]) -> Sequence[int]:
        """Ids of folders, with one of these words in their names, that the user can read at this moment."""
        ...


class Shelf(Protocol):
    """Writes into a user's own files, as that user, and never over a file that is there."""

    async def put(self, user_id: str, folder: str, name: str, content: bytes) -> Node:
        """Write a new Markdown file that is never indexed, under another name when `name` is taken."""
        ...
