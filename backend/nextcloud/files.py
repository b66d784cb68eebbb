"""The protocol by which files are reached, whichever way in."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder as one user sees it.

    `path` is relative to that user's home and starts with "/", without a slash at the end ("/" is the home itself).
    `etag` of a folder changes when anything below it changes. `permissions` are Nextcloud's letters (S: shared with
    the user, G: may be read). `size` is in bytes. `encrypted` marks a folder under end-to-end encryption: what the
    server holds below it is ciphertext.
    """

    file_id: int
    path: str
    is_folder: bool
    etag: str
    size: int
    mime: str
    modified: datetime
    permissions: str = ""
    mount_type: str = ""
    encrypted: bool = False


class FileSource(Protocol):
    """One user's files. Raises `NotFound`, `NotAllowed`, `RateLimited`, `Unavailable`; never returns half an answer."""

    @property
    def user_id(self) -> str: ...

    async def stat(self, path: str) -> Node:
        """The node at `path`."""
        ...

    async def children(self, path: str) -> list[Node]:
        """The nodes directly in the folder at `path`."""
        ...

    async def download(self, path: str, to: Path, *, max_bytes: int) -> int:
        """Stream the file to the local path `to` and return its size; `BadInput` when it is larger than `max_bytes`."""
        ...

    def stream(self, path: str) -> AsyncIterator[bytes]:
        """The file's content, piece by piece."""
        ...

    async def readable(self, nodes: Iterable[tuple[int, str]]) -> set[int]:
        """Of these files (id and last known path), the ids that this user can read at this moment.

        Asked of the server every time. A file whose state is not known for sure is left out.
        """
        ...

    def link(self, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
