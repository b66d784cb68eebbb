"""The protocol by which files are reached, whichever way in."""

from collections.abc import AsyncIterator, Iterable, Sequence
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
    server holds below it is ciphertext. `mount_type` is empty for what lies in the user's own storage, "shared" for a
    received share and what is below it, and otherwise that of a group folder or an external storage. `owner_id` is the
    uid of the owner, where Nextcloud names one. `access_rules` marks a group folder (its top, and where that was asked
    for) with advanced permissions, which may keep parts of it from some of its members.
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
    owner_id: str = ""
    encrypted: bool = False
    access_rules: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user has a file or folder: its path in the user's home."""

    path: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What came of a download: its size in bytes, and the ETag that came with it, as a node's."""

    size: int
    etag: str


class FileSource(Protocol):
    """One user's files. Raises `NotFound`, `NotAllowed`, `RateLimited`, `Unavailable`; never returns half an answer."""

    @property
    def user_id(self) -> str: ...

    async def stat(self, path: str) -> Node:
        """The node at `path`."""
        ...

    async def children(self, path: str, *, access_rules: bool = False) -> list[Node]:
        """The nodes directly in the folder at `path`; with `access_rules`, each tells whether it has any."""
        ...

    async def download(self, path: str, to: Path, *, max_bytes: int) -> Downloaded:
        """Stream the file to the local path `to`; `BadInput` when it is larger than `max_bytes`.

        It is what lies at `path` by now, which may be another file than was listed there: the ETag tells.
        """
        ...

    def stream(self, path: str) -> AsyncIterator[bytes]:
        """The file's content, piece by piece."""
        ...

    async def readable(self, node_ids: Iterable[int]) -> dict[int, str]:
        """Those of these files and folders that this user can read at this moment, with their paths in the user's home.

        Asked of the server every time. What is not known for sure is left out.
        """
        ...

    async def places(self, node_ids: Iterable[int]) -> dict[int, Place]:
        """As `readable`, with the kind of each node."""
        ...

    async def tagged(self, tags: Sequence[str]) -> list[frozenset[int]]:
        """For each of these system tags, by name in any case, ids of the files and folders that this user sees with it.

        What lies below a tagged folder is not among them. Asked of the server every time: a tag changes no ETag. Raises
        `BadInput` for a tag that this user does not see, that is on too many files, or where the server has no tags.
        """
        ...

    def link(self, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        ...

    async def make_folder(self, path: str) -> bool:
        """Make a folder in one that is there. Whether it is new; False when there is such a folder already."""
        ...

    async def create(self, path: str, content: bytes) -> Node:
        """Write a new file. Raises `Conflict`, and changes nothing, when something has this path already."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
