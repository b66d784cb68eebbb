"""What a user can ask and do about files."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import case, null, update

from backend.database import Database
from backend.errors import NotFound
from backend.files.schemas import FileStatus, FolderEntry, Summary
from backend.files.sources import Sources
from backend.files.status import Status, Wanted
from backend.files.tables import FileRow, FileState
from backend.files.view import Views
from backend.files.work import FRESH, index_jobs
from backend.jobs.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Content:
    """A file on its way to the user: `pieces` must be read to the end or closed."""

    name: str
    mime: str
    size: int
    pieces: AsyncIterator[bytes]


class FilesService:
    """Files as one user sees them. `wake` has a user's files looked at now."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        sources: Sources,
        views: Views,
        status: Status,
        wake: Callable[[str], None],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._sources = sources
        self._views = views
        self._status = status
        self._wake = wake

    async def summary(self, user_id: str) -> Summary:
        """The numbers of this user's files."""
        return await self._status.summary(user_id, await self._views.of(user_id))

    async def files(self, user_id: str, wanted: Wanted, offset: int, limit: int) -> tuple[list[FileStatus], int]:
        """A page of this user's files, and how many there are in all."""
        return await self._status.files(user_id, await self._views.of(user_id), wanted, offset, limit)

    async def file(self, user_id: str, file_id: int) -> FileStatus:
        """One file. Raises `NotFound`."""
        return await self._status.file(user_id, await self._views.of(user_id), file_id)

    async def retry(self, user_id: str, file_id: int) -> FileStatus:
        """Index a file now, whatever became of it before. Raises `NotFound`."""
        if not await self._again(user_id, file_id=file_id):
            raise NotFound(f"You have no file with the id {file_id}.")
        return await self.file(user_id, file_id)

    async def retry_failed(self, user_id: str) -> int:
        """Index all files that failed once more; returns how many."""
        return await self._again(user_id, file_id=None)

    async def _again(self, user_id: str, file_id: int | None) -> int:
        view = await self._views.of(user_id)
        chosen = FileRow.state == FileState.FAILED if file_id is None else FileRow.file_id == file_id
        anew = case((FileRow.indexed_etag.is_(None), null()), else_="")
        again = (
            update(FileRow)
            .where(view.visible(), chosen)
            .values(state=FileState.WAITING, reason=None, version=FileRow.version + 1, indexed_etag=anew)
            .returning(FileRow.file_id, FileRow.user_id)
            .execution_options(synchronize_session=False)
        )
        async with self._database.transaction() as session:
            files = [(found, owner) for found, owner in await session.execute(again)]
        await self._ledger.put(index_jobs(files, FRESH))
        return len(files)

    def crawl(self, user_id: str) -> None:
        """Look for changes now."""
        self._wake(user_id)

    async def folder(self, user_id: str, path: str) -> list[FolderEntry]:
        """What is in a folder at this moment, folders first. Raises `NotFound` or `BadInput`."""
        nodes = await self._sources.of(user_id).children(path)
        entries = [
            FolderEntry(
                file_id=node.file_id, path=node.path, name=PurePosixPath(node.path).name, is_folder=node.is_folder
            )
            for node in nodes
        ]
        return sorted(entries, key=lambda entry: (not entry.is_folder, entry.name.casefold()))

    async def content(self, user_id: str, file_id: int) -> Content:
        """The file itself, fetched as this user at this moment. Raises `NotFound`, `NotAllowed`, `Unavailable`."""
        status = await self.file(user_id, file_id)
        source = self._sources.of(user_id)
        node = await source.stat(status.path)
        if node.file_id != file_id or node.is_folder:
            raise NotFound(f"{status.path!r} is another file by now.")
        return Content(status.name, node.mime, node.size, source.stream(status.path))
