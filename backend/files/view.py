"""What part of all files a user sees: everything below a small set of root nodes."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from backend.database import Database
from backend.files.tables import FileRow, FolderRow, Presence


@dataclass(frozen=True, slots=True)
class View:
    """A user's roots, by id, and the ancestries of these roots. Without roots nothing is visible."""

    roots: tuple[int, ...]
    prefixes: tuple[str, ...]

    def visible(self) -> ColumnElement[bool]:
        """The condition that a row of `files` must meet to be seen; files that are gone are not."""
        below = or_(*(FileRow.ancestry.startswith(prefix) for prefix in self.prefixes)) if self.prefixes else None
        if below is None:
            return FileRow.file_id.is_(None)
        return below & (FileRow.presence != Presence.GONE)


class Views:
    """Finds a user's roots: the home folder, once the first crawl has seen it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: str) -> View:
        """This user's view."""
        homes = select(FolderRow.folder_id, FolderRow.ancestry).where(
            FolderRow.user_id == user_id, FolderRow.parent_id.is_(None), FolderRow.presence == Presence.HERE
        )
        async with self._database.reading() as session:
            found = [(folder_id, prefix) for folder_id, prefix in await session.execute(homes)]
        return View(tuple(folder_id for folder_id, _ in found), tuple(prefix for _, prefix in found))
