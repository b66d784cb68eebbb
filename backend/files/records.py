"""What the pipeline reads and writes in the rows of files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, update

from backend.database import Database
from backend.files.tables import FileRow, FileState, Presence, path_ids


@dataclass(frozen=True, slots=True)
class Task:
    """A file as it stood when work on it began, and what there is to do.

    `version` is the row's at that moment: when it has grown, the state is no longer ours to say. `in_index` tells
    whether a version of the file is in the index, `current` whether it is this one, `moved` whether it has an old path
    there. A `wanted` file is to be in the index.
    """

    file_id: int
    user_id: str
    path: str
    path_ids: tuple[int, ...]
    etag: str
    size: int
    mime: str
    modified: datetime
    version: int
    gone: bool
    wanted: bool
    in_index: bool
    current: bool
    moved: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of indexing a file; `reason` says what is missing, if anything."""

    chunks: int
    pages: int | None
    language: str
    reason: str | None


_COLUMNS = (
    FileRow.file_id,
    FileRow.user_id,
    FileRow.path,
    FileRow.ancestry,
    FileRow.etag,
    FileRow.size,
    FileRow.mime,
    FileRow.modified,
    FileRow.version,
    FileRow.presence,
    FileRow.state,
    FileRow.indexed_etag,
    FileRow.moved,
)


class FileRecords:
    """The rows of files, as the pipeline changes them."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, file_id: int) -> Task | None:
        """Work on the file begins; None when there is no such file any more."""
        running = case((FileRow.state == FileState.SKIPPED, FileRow.state), else_=FileState.RUNNING)
        begun = update(FileRow).where(FileRow.file_id == file_id).values(state=running).returning(*_COLUMNS)
        async with self._database.transaction() as session:
            row = (await session.execute(begun.execution_options(synchronize_session=False))).one_or_none()
        if row is None:
            return None
        return Task(
            file_id=row.file_id,
            user_id=row.user_id,
            path=row.path,
            path_ids=path_ids(row.ancestry),
            etag=row.etag,
            size=row.size,
            mime=row.mime,
            modified=row.modified,
            version=row.version,
            gone=row.presence == Presence.GONE,
            wanted=row.state != FileState.SKIPPED,
            in_index=row.indexed_etag is not None,
            current=row.indexed_etag == row.etag,
            moved=row.moved,
        )

    async def indexed(self, task: Task, outcome: Outcome) -> None:
        """The version with the task's ETag is in the index, at the task's path."""
        ours = FileRow.version == task.version
        async with self._database.transaction() as session:
            await session.execute(
                update(FileRow)
                .where(FileRow.file_id == task.file_id)
                .values(
                    indexed_etag=task.etag,
                    indexed_at=self._clock(),
                    chunks=outcome.chunks,
                    pages=outcome.pages,
                    language=outcome.language,
                    # What the crawl has said since is newer.
                    state=case((ours, FileState.INDEXED), else_=FileRow.state),
                    reason=case((ours, outcome.reason), else_=FileRow.reason),
                    moved=case((ours, False), else_=FileRow.moved),
                )
                .execution_options(synchronize_session=False)
            )

    async def placed(self, task: Task) -> None:
        """The index has the task's path; the text there was not touched."""
        async with self._database.transaction() as session:
            await session.execute(update(FileRow).where(_ours(task)).values(moved=False))

    async def current(self, task: Task) -> None:
        """The index is true for this file already."""
        async with self._database.transaction() as session:
            await session.execute(update(FileRow).where(_ours(task)).values(state=FileState.INDEXED))

    async def settled(self, task: Task, state: FileState, reason: str) -> None:
        """There is nothing to index in this version, and there will not be until it changes."""
        async with self._database.transaction() as session:
            await session.execute(update(FileRow).where(_ours(task)).values(state=state, reason=reason))

    async def leaving(self, task: Task) -> None:
        """The file is about to be taken out of the index; what comes back from now on has to be indexed anew."""
        async with self._database.transaction() as session:
            await session.execute(
                update(FileRow)
                .where(FileRow.file_id == task.file_id)
                .values(indexed_etag=None, indexed_at=None, chunks=0, pages=None, language=None)
            )

    async def forget(self, task: Task) -> None:
        """The file is out of the index; its row goes too, unless the file came back meanwhile."""
        async with self._database.transaction() as session:
            await session.execute(delete(FileRow).where(_ours(task)))

    async def put_off(self, file_id: int) -> None:
        """Work on the file ended without a result and will begin again."""
        running = and_(FileRow.file_id == file_id, FileRow.state == FileState.RUNNING)
        async with self._database.transaction() as session:
            await session.execute(update(FileRow).where(running).values(state=FileState.WAITING))

    async def gave_up(self, file_id: int, reason: str) -> None:
        """Work on the file was tried too often."""
        running = and_(FileRow.file_id == file_id, FileRow.state == FileState.RUNNING)
        async with self._database.transaction() as session:
            await session.execute(update(FileRow).where(running).values(state=FileState.FAILED, reason=reason))


def _ours(task: Task) -> ColumnElement[bool]:
    """The task's row, unless something about the file changed since work on it began."""
    return and_(FileRow.file_id == task.file_id, FileRow.version == task.version)
