"""What search and the assistant may know of a user's files: where the view starts, what is readable, how to open it."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from backend.database import Database
from backend.errors import NotFound
from backend.files.sources import Sources
from backend.files.tables import FileRow, FolderRow, Presence
from backend.files.view import Views


class Library:
    """Every answer is about one user, and what is not known for sure is not given."""

    def __init__(self, database: Database, sources: Sources, views: Views) -> None:
        self._database = database
        self._sources = sources
        self._views = views

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """Ids of the nodes below which the user sees everything."""
        return (await self._views.of(user_id)).roots

    async def readable(self, user_id: str, files: Sequence[tuple[int, str]]) -> set[int]:
        """Of files (id and path), the ids that the user can read at this moment, asked of the server as that user."""
        try:
            source = self._sources.of(user_id)
        except NotFound:
            return set()
        return await source.readable(files)

    async def unknown(self, user_id: str, node_ids: Collection[int]) -> set[int]:
        """Those of these files and folders that the user does not have, or may not see."""
        if not node_ids:
            return set()
        view = await self._views.of(user_id)
        files = select(FileRow.file_id).where(view.visible(), FileRow.file_id.in_(node_ids))
        folders = select(FolderRow.folder_id).where(
            FolderRow.user_id == user_id, FolderRow.folder_id.in_(node_ids), FolderRow.presence == Presence.HERE
        )
        async with self._database.reading() as session:
            known = {*(await session.scalars(files)), *(await session.scalars(folders))}
        return set(node_ids) - known

    def link(self, user_id: str, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        return self._sources.of(user_id).link(file_id, path)
