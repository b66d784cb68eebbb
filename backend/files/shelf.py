"""Puts new files into a user's own folders, as that user, and never over a file that is there."""

from collections.abc import Callable
from pathlib import PurePosixPath

from backend.errors import BadInput, Conflict
from backend.files.rules import OWN_FILE
from backend.files.sources import Sources
from backend.nextcloud.files import FileSource, Node

# So many names are tried: "Title", "Title (2)" and so on.
MOST_NAMES = 100
_DEEPEST = 20


class Shelf:
    """Where VoiceAssist writes when a user asks for it."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def put(self, user_id: str, folder: str, name: str, content: bytes) -> Node:
        """Write Markdown as a new file into `folder`, which is made when it is not there.

        `name` gets the ending that keeps it out of the index, and a number when it is taken. Raises `BadInput` for a
        path that cannot be, `NotAllowed` where the user may not write, `Conflict` when a hundred names are taken.
        """

        def numbered(number: int) -> str:
            return f"{name}{OWN_FILE}" if number == 1 else f"{name} ({number}){OWN_FILE}"

        return await put_new(self._sources.of(user_id), folder, numbered, content)


async def put_new(source: FileSource, folder: str, numbered: Callable[[int], str], content: bytes) -> Node:
    """A new file in `folder`, which is made when it is not there, by the first name of `numbered` that is free.

    Names are tried from 1 to `MOST_NAMES`. Raises as `Shelf.put` does.
    """
    path = PurePosixPath("/")
    for part in checked_folder(folder):
        path /= part
        await source.make_folder(str(path))
    for number in range(1, MOST_NAMES + 1):
        try:
            return await source.create(str(path / numbered(number)), content)
        except Conflict:
            continue
    raise Conflict(f"{folder!r} has {MOST_NAMES} files of this name already. Choose another folder.", field="folder")


def checked_folder(folder: str) -> list[str]:
    """The parts of a path from the home folder. Raises `BadInput` for one that cannot be."""
    parts = [part for part in folder.split("/") if part]
    unusable = any(part in (".", "..") or part != part.strip() or not part.isprintable() for part in parts)
    if not folder.startswith("/") or unusable or len(parts) > _DEEPEST:
        raise BadInput(f"{folder!r} is not a path from the home folder, such as '/Letters'.", field="folder")
    return parts
