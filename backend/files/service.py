"""What a user can ask and do about files."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, case, null, or_, update

from backend.database import Database
from backend.errors import NotAllowed, NotFound, Unavailable
from backend.files.changes import Changes
from backend.files.extraction.reasons import NO_SPEECH, NO_TEXT_AFTER_OCR, NOT_RECOGNISED, NOT_TRANSCRIBED
from backend.files.schemas import FileStatus, NodeEntry, Summary
from backend.files.sources import Sources
from backend.files.status import Crawled, Status, Wanted
from backend.files.tables import FileRow, FileState, Presence
from backend.files.view import Views
from backend.files.work import BULK, FRESH, index_jobs
from backend.jobs.ledger import Ledger

# Reasons that another engine or another setting may have done away with; the last, from before recordings were read.
_MAY_BE_READ_BY_NOW = (NOT_RECOGNISED, NO_TEXT_AFTER_OCR, NOT_TRANSCRIBED, NO_SPEECH, "not a document (audio/")


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
        changes: Changes,
        wake: Callable[[str], None],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._sources = sources
        self._views = views
        self._status = status
        self._changes = changes
        self._wake = wake

    async def summary(self, user_id: str) -> Summary:
        """The numbers of this user's files. While Nextcloud is gone, only those of the home are known for sure."""
        try:
            view = await self._views.of(user_id)
        except (Unavailable, NotAllowed):
            view = await self._views.of(user_id, home_only=True)
        return await self._status.summary(user_id, view)

    async def crawls(self, user_ids: Sequence[str]) -> dict[str, Crawled]:
        """How the last looks at these users' files went, of those whom we know at all."""
        return await self._status.crawls(user_ids)

    async def files(self, user_id: str, wanted: Wanted, offset: int, limit: int) -> tuple[list[FileStatus], int]:
        """A page of this user's files, and how many there are in all."""
        return await self._status.files(user_id, await self._views.of(user_id), wanted, offset, limit)

    async def file(self, user_id: str, file_id: int) -> FileStatus:
        """One file. Raises `NotFound`."""
        return await self._status.file(user_id, await self._views.of(user_id), file_id)

    async def retry(self, user_id: str, file_id: int) -> FileStatus:
        """Index a file now, whatever became of it before. Raises `NotFound`."""
        await self.file(user_id, file_id)
        await self._again(FileRow.file_id == file_id)
        return await self.file(user_id, file_id)

    async def retry_failed(self, user_id: str) -> int:
        """Index all files of this user's own that failed once more; returns how many."""
        view = await self._views.of(user_id)
        return await self._again(view.own() & (FileRow.state == FileState.FAILED))

    async def reindex(self, user_id: str) -> int:
        """Index all files that this user's crawl covers anew; returns how many.

        Scans and recordings without text are among them: somebody else may recognise it by now.
        """
        indexed = FileRow.state.in_((FileState.INDEXED, FileState.FAILED, FileState.WAITING))
        unread = or_(*(FileRow.reason.contains(reason) for reason in _MAY_BE_READ_BY_NOW))
        own = (FileRow.user_id == user_id) & (FileRow.presence != Presence.GONE)
        return await self._again(own & (indexed | (FileRow.state == FileState.SKIPPED) & unread), BULK)

    async def purge(self, user_id: str) -> int:
        """Take everything of this user out of the index; returns how many files.

        Unless the user's rules keep it out, the next crawl puts it in again.
        """
        return await self._changes.forget(user_id)

    async def _again(self, chosen: ColumnElement[bool], priority: int = FRESH) -> int:
        anew = case((FileRow.indexed_etag.is_(None), null()), else_="")
        again = (
            update(FileRow)
            .where(chosen)
            .values(state=FileState.WAITING, reason=None, version=FileRow.version + 1, indexed_etag=anew)
            .returning(FileRow.file_id, FileRow.user_id)
            .execution_options(synchronize_session=False)
        )
        async with self._database.transaction() as session:
            files = [(found, owner) for found, owner in await session.execute(again)]
        await self._ledger.put(index_jobs(files, priority))
        return len(files)

    def crawl(self, user_id: str) -> None:
        """Look for changes now."""
        self._wake(user_id)

    async def folder(self, user_id: str, path: str) -> list[NodeEntry]:
        """What is in a folder at this moment, folders first. Raises `NotFound` or `BadInput`."""
        nodes = await self._sources.of(user_id).children(path)
        entries = [_entry(node.file_id, node.path, is_folder=node.is_folder) for node in nodes]
        return sorted(entries, key=lambda entry: (not entry.is_folder, entry.name.casefold()))

    async def nodes(self, user_id: str, node_ids: Collection[int]) -> list[NodeEntry]:
        """Those of these files and folders that this user can read at this moment, in the order asked for."""
        places = await self._sources.of(user_id).places(node_ids)
        return [
            _entry(node_id, places[node_id].path, is_folder=places[node_id].is_folder)
            for node_id in dict.fromkeys(node_ids)
            if node_id in places
        ]

    async def content(self, user_id: str, file_id: int) -> Content:
        """The file itself, fetched as this user at this moment. Raises `NotFound`, `NotAllowed`, `Unavailable`."""
        status = await self.file(user_id, file_id)
        source = self._sources.of(user_id)
        node = await source.stat(status.path)
        if node.file_id != file_id or node.is_folder:
            raise NotFound(f"{status.path!r} is another file by now.")
        return Content(status.name, node.mime, node.size, source.stream(status.path))


def _entry(file_id: int, path: str, *, is_folder: bool) -> NodeEntry:
    return NodeEntry(file_id=file_id, path=path, name=PurePosixPath(path).name, is_folder=is_folder)
