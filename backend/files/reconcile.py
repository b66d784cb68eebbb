"""Compares what is with what should be, and puts right what a crash, a bug or a restored backup left behind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, update

from backend.database import Database
from backend.files.tables import FileRow, FileState
from backend.files.work import BULK, FRESH, INDEX, index_jobs
from backend.jobs.ledger import JobState, Ledger

log = structlog.get_logger(__name__)

_BATCH = 500

# Done jobs are kept this long for whoever asks what happened.
_KEEP_DONE = timedelta(days=7)


class IndexContents(Protocol):
    """What the index holds."""

    async def counts(self) -> Mapping[int, int]:
        """The number of chunks of each file that has any, by file id."""
        ...

    async def remove(self, file_ids: Sequence[int]) -> None:
        """Take documents out."""
        ...


@dataclass(slots=True)
class Swept:
    """What was put right: files whose job was missing, dead jobs revived, files that the index had lost or had too much
    of, files in the index that nobody knows."""

    requeued: int = 0
    revived: int = 0
    differing: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class _Differences:
    """Files of which table and index tell differently, with the time of their last indexing, and files that only the
    index knows.
    """

    differing: frozenset[tuple[int, str, datetime | None]]
    unknown: frozenset[int]


class Reconciler:
    """Makes rows, jobs and index agree."""

    def __init__(
        self, database: Database, ledger: Ledger, index: IndexContents, *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._index = index
        self._clock = clock

    async def sweep(self) -> Swept:
        """Put everything right; harmless at any time, also while files are being indexed."""
        swept = Swept()
        swept.requeued = await self._requeue()
        swept.revived = await self._revive()
        await self._compare_index(swept)
        await self._ledger.forget(self._clock() - _KEEP_DONE)
        if swept != Swept():
            log.info(
                "reconcile.swept",
                requeued=swept.requeued,
                revived=swept.revived,
                differing=swept.differing,
                unknown=swept.unknown,
            )
        return swept

    async def _requeue(self) -> int:
        """Rows that say there is work to do need a job that does it."""
        requeued = 0
        after = -1
        while True:
            async with self._database.reading() as session:
                unfinished = FileRow.state.in_([FileState.WAITING, FileState.RUNNING])
                found = await session.execute(
                    select(FileRow.file_id, FileRow.user_id, FileRow.state)
                    .where(unfinished, FileRow.file_id > after)
                    .order_by(FileRow.file_id)
                    .limit(_BATCH)
                )
                rows = [(file_id, user_id, state) for file_id, user_id, state in found]
            if not rows:
                return requeued
            after = rows[-1][0]
            jobs = await self._ledger.find(INDEX, [str(file_id) for file_id, _, _ in rows])
            orphans = []
            for file_id, user_id, state in rows:
                job = jobs.get(str(file_id))
                if job is None or job.state == JobState.DONE:
                    orphans.append((file_id, user_id))
                elif job.state == JobState.DEAD:
                    await self._set_state(file_id, state, FileState.FAILED, job.reason)
                elif job.state == JobState.WAITING and state == FileState.RUNNING:
                    await self._set_state(file_id, state, FileState.WAITING, None)
            await self._ledger.put(index_jobs(orphans, BULK))
            requeued += len(orphans)

    async def _set_state(self, file_id: int, before: str, after: FileState, reason: str | None) -> None:
        row = update(FileRow).where(FileRow.file_id == file_id, FileRow.state == before)
        async with self._database.transaction() as session:
            await session.execute(row.values(state=after, reason=reason))

    async def _revive(self) -> int:
        """Dead jobs failed for reasons that may be over by now: what cannot be read at all is not dead but done."""
        revived = 0
        while dead := await self._ledger.entries(INDEX, JobState.DEAD, limit=_BATCH):
            ids = [int(job.key) for job in dead]
            async with self._database.transaction() as session:
                failed = update(FileRow).where(FileRow.file_id.in_(ids), FileRow.state == FileState.FAILED)
                await session.execute(failed.values(state=FileState.WAITING, reason=None))
            revived += await self._ledger.retry(INDEX, [job.key for job in dead])
        return revived

    async def _compare_index(self, swept: Swept) -> None:
        """What differs in two looks, and was not indexed in between, does differ."""
        first = await self._differences()
        if not first.differing and not first.unknown:
            return
        second = await self._differences()
        unknown = sorted(first.unknown & second.unknown)
        if unknown:
            await self._index.remove(unknown)
        differing = [(file_id, user_id) for file_id, user_id, _ in first.differing & second.differing]
        for batch in _batches(sorted(differing)):
            ids = [file_id for file_id, _ in batch]
            async with self._database.transaction() as session:
                rows = update(FileRow).where(FileRow.file_id.in_(ids), FileRow.state == FileState.INDEXED)
                await session.execute(
                    rows.values(state=FileState.WAITING, indexed_etag=None, version=FileRow.version + 1)
                )
            await self._ledger.put(index_jobs(batch, FRESH))
        swept.unknown, swept.differing = len(unknown), len(differing)

    async def _differences(self) -> _Differences:
        counts = await self._index.counts()
        differing: set[tuple[int, str, datetime | None]] = set()
        known: set[int] = set()
        async with self._database.reading() as session:
            rows = await session.stream(
                select(FileRow.file_id, FileRow.user_id, FileRow.state, FileRow.chunks, FileRow.indexed_at)
            )
            async for file_id, user_id, state, chunks, indexed_at in rows:
                known.add(file_id)
                if state == FileState.INDEXED and counts.get(file_id, 0) != chunks:
                    differing.add((file_id, user_id, indexed_at))
        return _Differences(frozenset(differing), frozenset(counts.keys() - known))


def _batches(items: Sequence[tuple[int, str]]) -> Iterator[Sequence[tuple[int, str]]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
