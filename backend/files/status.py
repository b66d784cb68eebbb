"""Where files stand: what the files page shows. Only rows that the asking user may see."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import func, select

from backend.database import Database
from backend.errors import NotFound
from backend.files.pipeline import DISK_RESERVE
from backend.files.schemas import FileStatus, Summary
from backend.files.sources import Sources
from backend.files.tables import CrawlRow, FileRow, FileState
from backend.files.view import View
from backend.files.work import INDEX
from backend.jobs.ledger import Job, JobState, Ledger


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files a list shows: in a state, with a text in their path (in any case of letters)."""

    state: FileState | None = None
    text: str = ""


class Status:
    """Reads where files stand. `storage` is the folder whose disk must not be full."""

    def __init__(self, database: Database, ledger: Ledger, sources: Sources, *, storage: Path) -> None:
        self._database = database
        self._ledger = ledger
        self._sources = sources
        self._storage = storage

    async def summary(self, user_id: str, view: View) -> Summary:
        """The numbers of this user's files."""
        counted = (
            select(FileRow.state, func.count(), func.coalesce(func.sum(FileRow.chunks), 0))
            .where(view.visible())
            .group_by(FileRow.state)
        )
        async with self._database.reading() as session:
            rows = {state: (number, chunks) for state, number, chunks in await session.execute(counted)}
            crawl = await session.get(CrawlRow, user_id)
        numbers = {state: rows.get(state, (0, 0))[0] for state in FileState}
        return Summary(
            total=sum(numbers.values()),
            indexed=numbers[FileState.INDEXED],
            waiting=numbers[FileState.WAITING],
            running=numbers[FileState.RUNNING],
            failed=numbers[FileState.FAILED],
            skipped=numbers[FileState.SKIPPED],
            chunks=sum(chunks for _, chunks in rows.values()),
            crawling=crawl is not None and crawl.crawling,
            last_crawl_at=crawl.last_crawl_at if crawl else None,
            error=await self._error(user_id, crawl),
        )

    async def files(
        self, user_id: str, view: View, wanted: Wanted, offset: int, limit: int
    ) -> tuple[list[FileStatus], int]:
        """A page of this user's files in order of path, and how many there are in all."""
        matching = view.visible()
        if wanted.state is not None:
            matching &= FileRow.state == wanted.state
        if wanted.text:
            matching &= FileRow.path.icontains(wanted.text, autoescape=True)
        async with self._database.reading() as session:
            total = await session.scalar(select(func.count()).select_from(FileRow).where(matching)) or 0
            page = select(FileRow).where(matching).order_by(FileRow.path).offset(offset).limit(limit)
            rows = (await session.scalars(page)).all()
        return await self._with_jobs(user_id, rows), total

    async def file(self, user_id: str, view: View, file_id: int) -> FileStatus:
        """One file. Raises `NotFound` when the user has none with this id."""
        async with self._database.reading() as session:
            row = await session.scalar(select(FileRow).where(view.visible(), FileRow.file_id == file_id))
        if row is None:
            raise NotFound(f"You have no file with the id {file_id}.")
        return (await self._with_jobs(user_id, [row]))[0]

    async def _with_jobs(self, user_id: str, rows: Sequence[FileRow]) -> list[FileStatus]:
        if not rows:
            return []
        jobs = await self._ledger.find(INDEX, [str(row.file_id) for row in rows])
        source = self._sources.of(user_id)
        return [_status(row, jobs.get(str(row.file_id)), source.link(row.file_id, row.path)) for row in rows]

    async def _error(self, user_id: str, crawl: CrawlRow | None) -> str | None:
        free = shutil.disk_usage(self._storage).free
        if free < DISK_RESERVE:
            return f"The disk of VoiceAssist is full: {free // 2**20} MB are left."
        if crawl is not None and crawl.error is not None:
            return crawl.error
        for reason, number in await self._ledger.reasons(INDEX, user_id):
            return f"{reason} ({number} file{'s' if number > 1 else ''} will be tried again)"
        return None


def _status(row: FileRow, job: Job | None, link: str) -> FileStatus:
    state = FileState(row.state)
    running = job is not None and job.state == JobState.RUNNING and state == FileState.RUNNING
    backing_off = job is not None and job.state == JobState.WAITING and job.attempts > 0
    return FileStatus(
        file_id=row.file_id,
        path=row.path,
        name=PurePosixPath(row.path).name,
        mime=row.mime,
        size=row.size,
        modified=row.modified,
        state=state,
        reason=job.reason if job is not None and backing_off else row.reason,
        progress=job.progress if job is not None and running else None,
        chunks=row.chunks,
        pages=row.pages,
        indexed_at=row.indexed_at,
        attempts=job.attempts if job is not None else 0,
        next_attempt_at=job.not_before if job is not None and backing_off else None,
        link=link,
    )
