"""Where files stand: what the files page shows. Only rows that the asking user may see.

Rows of the user's own home are listed as they are recorded. Every other row (in a group folder, on an external storage,
shared by somebody) is checked live and shown under the path that it has for the asking user. What others share is not
in the summary either, because a number that is not checked may tell of files that the user cannot open.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import func, or_, select

from backend.database import Database
from backend.errors import NotFound
from backend.files.pipeline import DISK_RESERVE
from backend.files.schemas import FileStatus, Summary
from backend.files.sources import Sources
from backend.files.tables import CrawlRow, FileRow, FileState
from backend.files.view import View
from backend.files.work import INDEX
from backend.jobs.ledger import Job, JobState, Ledger

_OTHERS_REASON = "something is missing; whoever shares the file is told what"

# Shared files that one list is made from, each checked live (64 in one request). The rest is found by searching.
_MOST_SHARED = 320


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files a list shows: in a state, with a text in their path (in any case of letters)."""

    state: FileState | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Crawled:
    """How the last looks at a user's files went. `trouble` says that something was in the way of the last one."""

    crawling: bool
    last_crawl_at: datetime | None
    trouble: bool


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
            .where(view.own())
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

    async def crawls(self, user_ids: Sequence[str]) -> dict[str, Crawled]:
        """Of those of these users whom we know at all."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(CrawlRow).where(CrawlRow.user_id.in_(user_ids)))
            return {row.user_id: Crawled(row.crawling, row.last_crawl_at, row.error is not None) for row in rows}

    async def files(
        self, user_id: str, view: View, wanted: Wanted, offset: int, limit: int
    ) -> tuple[list[FileStatus], int]:
        """A page of this user's files, own ones before shared ones, each in order of path, and how many in all."""
        matching = view.own()
        if wanted.state is not None:
            matching &= FileRow.state == wanted.state
        if wanted.text:
            matching &= FileRow.path.icontains(wanted.text, autoescape=True)
        async with self._database.reading() as session:
            total = await session.scalar(select(func.count()).select_from(FileRow).where(matching)) or 0
            page = select(FileRow).where(matching).order_by(FileRow.path).offset(offset).limit(limit)
            found = (await session.scalars(page)).all()
        rows = await self._readable(user_id, view, found)
        total -= len(found) - len(rows)
        shared = await self._shared(user_id, view, wanted)
        rows += shared[max(0, offset - total) : max(0, offset + limit - total)]
        return await self._with_jobs(user_id, rows), total + len(shared)

    async def file(self, user_id: str, view: View, file_id: int) -> FileStatus:
        """One file. Raises `NotFound` when the user has none with this id."""
        async with self._database.reading() as session:
            seen = or_(view.own(), view.shared())
            row = await session.scalar(select(FileRow).where(seen, FileRow.file_id == file_id))
        readable = [] if row is None else await self._readable(user_id, view, [row])
        if not readable:
            raise NotFound(f"You have no file with the id {file_id}.")
        return (await self._with_jobs(user_id, readable))[0]

    async def _readable(self, user_id: str, view: View, rows: Sequence[FileRow]) -> list[tuple[FileRow, str]]:
        """Those of these rows that the user can read at this moment, with the path that each has for this user."""
        away = [row.file_id for row in rows if not view.at_home(row)]
        paths = await self._sources.of(user_id).readable(away) if away else {}
        paths = {**paths, **{row.file_id: row.path for row in rows if view.at_home(row)}}
        return [(row, paths[row.file_id]) for row in rows if row.file_id in paths]

    async def _shared(self, user_id: str, view: View, wanted: Wanted) -> list[tuple[FileRow, str]]:
        """What others share and this user can read at this moment, with the path that it has for this user."""
        if not view.others:
            return []
        matching = view.shared()
        if wanted.state is not None:
            matching &= FileRow.state == wanted.state
        async with self._database.reading() as session:
            chosen = select(FileRow).where(matching).order_by(FileRow.file_id).limit(_MOST_SHARED)
            rows = (await session.scalars(chosen)).all()
        # Only the user's own path is compared with the text: that in the owner's home is not the user's to learn.
        text = wanted.text.casefold()
        readable = await self._readable(user_id, view, rows)
        return sorted(((row, path) for row, path in readable if text in path.casefold()), key=lambda pair: pair[1])

    async def _with_jobs(self, user_id: str, rows: Sequence[tuple[FileRow, str]]) -> list[FileStatus]:
        if not rows:
            return []
        jobs = await self._ledger.find(INDEX, [str(row.file_id) for row, _ in rows])
        source = self._sources.of(user_id)
        return [
            _status(row, jobs.get(str(row.file_id)), user_id, path, source.link(row.file_id, path))
            for row, path in rows
        ]

    async def _error(self, user_id: str, crawl: CrawlRow | None) -> str | None:
        free = shutil.disk_usage(self._storage).free
        if free < DISK_RESERVE:
            return f"The disk of VoiceAssist is full: {free // 2**20} MB are left."
        if crawl is not None and crawl.error is not None:
            return crawl.error
        for reason, number in await self._ledger.reasons(INDEX, user_id):
            return f"{reason} ({number} file{'s' if number > 1 else ''} will be tried again)"
        return None


def _status(row: FileRow, job: Job | None, user_id: str, path: str, link: str) -> FileStatus:
    state = FileState(row.state)
    running = job is not None and job.state == JobState.RUNNING and state == FileState.RUNNING
    backing_off = job is not None and job.state == JobState.WAITING and job.attempts > 0
    reason = job.reason if job is not None and backing_off else row.reason
    if reason is not None and row.user_id != user_id:
        reason = _OTHERS_REASON  # the true one may name the path in the owner's home
    return FileStatus(
        file_id=row.file_id,
        path=path,
        name=PurePosixPath(path).name,
        mime=row.mime,
        size=row.size,
        modified=row.modified,
        state=state,
        reason=reason,
        progress=job.progress if job is not None and running else None,
        chunks=row.chunks,
        pages=row.pages,
        indexed_at=row.indexed_at,
        attempts=job.attempts if job is not None else 0,
        next_attempt_at=job.not_before if job is not None and backing_off else None,
        link=link,
    )
