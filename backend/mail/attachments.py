"""Saves attachments into users' own Nextcloud folders, and knows afterwards whether it did."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from backend.errors import NotFound
from backend.files.shelf import MOST_NAMES, checked_folder, put_new
from backend.files.sources import Sources
from backend.mail.composing import shown
from backend.nextcloud.files import FileSource, Node

# Mail servers rarely take more; it passes through memory.
MAX_BYTES = 100 * 2**20

_NAME_BYTES = 200
# What Windows and some storages of Nextcloud refuse in names.
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
# The clocks of two servers differ by less.
_CLOCKS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a file is now, and an address that opens it."""

    path: str
    link: str


class Attachments:
    """Writes as the user, and never over a file that is there."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def save(self, user_id: str, folder: str, name: str, content: bytes) -> Saved:
        """Write a new file into `folder`, which is made when it is not there; a taken name gets a number.

        Raises `BadInput` for a path that cannot be, `NotAllowed` where the user may not write.
        """
        source = self._sources.of(user_id)
        return _saved(source, await put_new(source, folder, lambda number: _numbered(name, number), content))

    async def find(self, user_id: str, folder: str, name: str, size: int, since: datetime) -> Saved | None:
        """A file of this name (or with a number) and size that was written since then."""
        source = self._sources.of(user_id)
        names = {_numbered(name, number) for number in range(1, MOST_NAMES + 1)}
        try:
            nodes = await source.children("/" + "/".join(checked_folder(folder)))
        except NotFound:
            return None
        for node in nodes:
            if PurePosixPath(node.path).name in names and node.size == size and node.modified > since - _CLOCKS:
                return _saved(source, node)
        return None


def safe_name(name: str) -> str:
    """A name that every file system takes, made from what a mail calls a file; its ending is kept."""
    whole = _FORBIDDEN.sub(" ", shown(name))
    stem, dot, ending = whole.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, ending = whole, ""
    stem = " ".join(stem.split()).strip(". ").encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ")
    ending = ending.strip()
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"Attachment {stem}".rstrip()
    return f"{stem}.{ending}" if ending else stem


def _numbered(name: str, number: int) -> str:
    if number == 1:
        return name
    path = PurePosixPath(name)
    return f"{path.stem} ({number}){path.suffix}"


def _saved(source: FileSource, node: Node) -> Saved:
    return Saved(node.path, source.link(node.file_id, node.path))
