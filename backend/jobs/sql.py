"""The ledger in a database: SQLite on one machine, PostgreSQL beyond.

Fairness is start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each user's jobs of one kind and priority
are numbered, starting where the queue stands at that moment, and the lowest number (`turn`) is leased first. A user
with three files does not wait behind another one's 10,000, and leasing stays one look into an index.
"""

import asyncio
import random as randomness
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.errors import VoiceAssistError
from backend.jobs.backoff import Backoff
from backend.jobs.ledger import Job, JobState, NewJob
from backend.jobs.rows import NewRow, end_lease, job_of, new_row, put_again, start_over
from backend.jobs.tables import JobRow
from backend.trouble import describe

T = TypeVar("T")

# Rows per statement: below SQLite's limit of 32,766 variables and PostgreSQL's of 65,535.
_BATCH = 500

# Leases that ran out are looked for no more often than this.
_EXPIRED_EVERY = timedelta(seconds=1)

_WORKER_DIED = "Work on this stopped without a word, several times. The log of that time may say why."


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlLedger:
    """A `Ledger` in `database`. `clock` gives the time, `random` numbers in [0, 1) for the jitter."""

    def __init__(
        self,
        database: Database,
        *,
        backoff: Backoff | None = None,
        clock: Callable[[], datetime] = _utc_now,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        self._database = database
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._random = random
        self._wakers: list[tuple[frozenset[str], Callable[[], None]]] = []
        self._busy: set[str] = set()  # kinds of which the last lease found work, so that the next one will
        self._looked_for_expired = datetime.min.replace(tzinfo=UTC)

    def on_put(self, kinds: Collection[str], wake: Callable[[], None]) -> None:
        """See `Ledger.on_put`."""
        self._wakers.append((frozenset(kinds), wake))

    async def put(self, jobs: Iterable[NewJob]) -> None:
        """See `Ledger.put`."""
        # The last put of a key wins, as it would have one after the other.
        wanted = {(job.kind, job.key): job for job in jobs}
        if not wanted:
            return
        now = self._clock()
        async with self._database.transaction() as session:
            rows = await self._with_turns(session, wanted.values(), now)
            # In the order of their keys, so that two transactions never wait for each other in a circle.
            for batch in _batches(sorted(rows, key=lambda row: (row["kind"], row["key"]))):
                await self._put_batch(session, batch, now)
        for kind in {job.kind for job in wanted.values()}:
            self._wake(kind)
        # Nothing else happens when a delay ends: whoever listens would find the job by polling only.
        for kind, delay in {(job.kind, job.delay) for job in wanted.values() if job.delay > 0}:
            asyncio.get_running_loop().call_later(delay, self._wake, kind)

    async def _with_turns(self, session: AsyncSession, jobs: Iterable[NewJob], now: datetime) -> list[NewRow]:
        turns: dict[tuple[str, str, int], int] = {}
        rows = []
        for job in jobs:
            queue = (job.kind, job.user_id, job.priority)
            if queue not in turns:
                turns[queue] = await self._next_turn(session, *queue, now)
            rows.append(new_row(job, turns[queue], now))
            turns[queue] += 1
        return rows

    async def _put_batch(self, session: AsyncSession, batch: list[NewRow], now: datetime) -> None:
        statement = self._database.insert(JobRow).on_conflict_do_nothing(index_elements=["kind", "key"])
        inserted = await session.execute(statement.returning(JobRow.kind, JobRow.key), batch)
        fresh = {(kind, key) for kind, key in inserted}
        known = {(new["kind"], new["key"]): new for new in batch if (new["kind"], new["key"]) not in fresh}
        for kind in sorted({kind for kind, _ in known}):
            keys = [key for known_kind, key in known if known_kind == kind]
            same = and_(JobRow.kind == kind, JobRow.key.in_(keys))
            rows = await session.scalars(select(JobRow).where(same).order_by(JobRow.key).with_for_update())
            for row in rows:
                put_again(row, known[kind, row.key], now)

    async def lease(
        self, owner: str, kinds: Collection[str], limit: int, seconds: float, *, priority: int | None = None
    ) -> list[Job]:
        """See `Ledger.lease`."""
        if not kinds or limit < 1:
            return []
        now = self._clock()
        due = and_(JobRow.kind.in_(kinds), JobRow.state == JobState.WAITING, JobRow.not_before <= now)
        if priority is not None:
            due = and_(due, JobRow.priority <= priority)
        expired = and_(JobRow.state == JobState.RUNNING, JobRow.lease_until <= now)  # of any kind
        look_for_expired = abs(now - self._looked_for_expired) >= _EXPIRED_EVERY
        # A look first: an idle worker that asks every second must not take SQLite's write lock each time.
        if self._busy.isdisjoint(kinds) and not await self._any([due, expired] if look_for_expired else [due]):
            return []
        async with self._database.transaction() as session:
            if look_for_expired:
                await self._reclaim(session, expired, now)
                self._looked_for_expired = now
            rows = await session.scalars(
                select(JobRow)
                .where(due)
                .order_by(JobRow.priority, JobRow.turn, JobRow.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            leased = []
            for row in rows:
                row.state = JobState.RUNNING
                row.attempts += 1
                row.fence += 1
                row.progress = 0.0
                row.lease_owner = owner
                row.lease_until = now + timedelta(seconds=seconds)
                row.updated = now
                leased.append(job_of(row))
        if leased:
            self._busy.update(kinds)
        else:
            self._busy.difference_update(kinds)
        return leased

    async def _any(self, conditions: list[ColumnElement[bool]]) -> bool:
        async with self._database.reading() as session:
            for condition in conditions:
                if await session.scalar(select(JobRow.id).where(condition).limit(1)):
                    return True
        return False

    async def _reclaim(self, session: AsyncSession, expired: ColumnElement[bool], now: datetime) -> None:
        rows = await session.scalars(select(JobRow).where(expired).with_for_update(skip_locked=True))
        for row in rows.all():
            if row.attempts >= self._backoff.max_attempts:
                end_lease(row, JobState.DEAD, now)
                row.reason = _WORKER_DIED
            else:
                end_lease(row, JobState.WAITING, now)
                row.not_before = now
                row.turn = await self._front(session, row.kind, row.priority, now)
        await session.flush()

    async def renew(self, jobs: Sequence[Job], seconds: float) -> Sequence[Job]:
        """See `Ledger.renew`."""
        until = self._clock() + timedelta(seconds=seconds)
        lost = []
        async with self._database.transaction() as session:
            for job in jobs:
                result = await session.execute(update(JobRow).where(_ours(job)).values(lease_until=until))
                if not _changed(result):
                    lost.append(job)
        return lost

    async def progress(self, job: Job, fraction: float) -> None:
        """See `Ledger.progress`."""
        fraction = min(1.0, max(0.0, fraction))
        async with self._database.transaction() as session:
            await session.execute(
                update(JobRow).where(_ours(job)).values(progress=fraction, updated=self._clock()),
            )

    async def done(self, job: Job) -> None:
        """See `Ledger.done`."""
        now = self._clock()
        finished = {
            "state": JobState.DONE,
            "lease_owner": None,
            "lease_until": None,
            "reason": None,
            "attempts": 0,
            "progress": 1.0,
            "updated": now,
        }
        async with self._database.transaction() as session:
            same = and_(_ours(job), JobRow.generation == job.generation)
            if _changed(await session.execute(update(JobRow).where(same).values(finished))):
                return
            row = await self._leased(session, job)
            if row is None:
                return
            # It was put while it ran: once more.
            end_lease(row, JobState.WAITING, now)
            start_over(row)
            row.turn = await self._front(session, row.kind, row.priority, now)
        self._wake(job.kind)

    async def fail(self, job: Job, error: Exception, *, blame: bool = True) -> Job | None:
        """See `Ledger.fail`. An error that we did not raise on purpose may be a passing one: it is tried again."""
        retryable = error.retryable if isinstance(error, VoiceAssistError) else True
        retry_after = error.retry_after if isinstance(error, VoiceAssistError) else None
        now = self._clock()
        async with self._database.transaction() as session:
            row = await self._leased(session, job)
            if row is None:
                return None
            again = row.generation != job.generation
            if again:
                # It failed on what is already out of date: the new put starts afresh, when that put said.
                end_lease(row, JobState.WAITING, now)
                start_over(row)
                row.turn = await self._front(session, row.kind, row.priority, now)
            elif retryable and (not blame or row.attempts < self._backoff.max_attempts):
                end_lease(row, JobState.WAITING, now)
                row.reason = describe(error)
                delay = self._backoff.delay(row.attempts, self._random, retry_after)
                row.not_before = now + timedelta(seconds=delay)
                row.turn = await self._front(session, row.kind, row.priority, now)
            else:
                end_lease(row, JobState.DEAD, now)
                row.reason = describe(error)
            after = job_of(row)
        if again:
            self._wake(job.kind)
        return after

    async def release(self, job: Job) -> None:
        """See `Ledger.release`."""
        now = self._clock()
        async with self._database.transaction() as session:
            row = await self._leased(session, job)
            if row is not None:
                end_lease(row, JobState.WAITING, now)
                row.attempts = max(0, row.attempts - 1)
                row.turn = await self._front(session, row.kind, row.priority, now)
        self._wake(job.kind)

    async def retry(self, kind: str, keys: Collection[str] | None = None) -> int:
        """See `Ledger.retry`."""
        now = self._clock()
        retried = 0
        async with self._database.transaction() as session:
            if keys is None:
                wanted = [and_(JobRow.kind == kind, JobRow.state == JobState.DEAD)]
            else:
                states = JobRow.state.in_([JobState.DEAD, JobState.WAITING])
                wanted = [and_(JobRow.kind == kind, states, JobRow.key.in_(batch)) for batch in _batches(sorted(keys))]
            for condition in wanted:
                rows = await session.scalars(select(JobRow).where(condition).order_by(JobRow.id).with_for_update())
                for row in rows.all():
                    row.state = JobState.WAITING
                    row.not_before = now
                    row.updated = now
                    row.turn = await self._front(session, row.kind, row.priority, now)
                    start_over(row)
                    retried += 1
        if retried:
            self._wake(kind)
        return retried

    async def find(self, kind: str, keys: Collection[str]) -> dict[str, Job]:
        """See `Ledger.find`."""
        found = {}
        async with self._database.reading() as session:
            for batch in _batches(sorted(keys)):
                rows = await session.scalars(select(JobRow).where(JobRow.kind == kind, JobRow.key.in_(batch)))
                found.update({row.key: job_of(row) for row in rows})
        return found

    async def counts(self, kind: str | None = None, user_id: str | None = None) -> dict[JobState, int]:
        """See `Ledger.counts`."""
        statement = select(JobRow.state, func.count()).group_by(JobRow.state)
        if kind is not None:
            statement = statement.where(JobRow.kind == kind)
        if user_id is not None:
            statement = statement.where(JobRow.user_id == user_id)
        async with self._database.reading() as session:
            counted = {JobState(state): number for state, number in await session.execute(statement)}
        return {state: counted.get(state, 0) for state in JobState}

    async def entries(
        self, kind: str | None = None, state: JobState | None = None, offset: int = 0, limit: int = 100
    ) -> Sequence[Job]:
        """See `Ledger.entries`."""
        statement = select(JobRow).order_by(JobRow.updated.desc(), JobRow.id.desc()).offset(offset).limit(limit)
        if kind is not None:
            statement = statement.where(JobRow.kind == kind)
        if state is not None:
            statement = statement.where(JobRow.state == state)
        async with self._database.reading() as session:
            return [job_of(row) for row in await session.scalars(statement)]

    async def reasons(self, kind: str, user_id: str, limit: int = 1) -> Sequence[tuple[str, int]]:
        """See `Ledger.reasons`."""
        waiting = and_(JobRow.kind == kind, JobRow.user_id == user_id, JobRow.state == JobState.WAITING)
        number = func.count().label("number")
        statement = (
            select(JobRow.reason, number)
            .where(waiting, JobRow.reason.is_not(None))
            .group_by(JobRow.reason)
            .order_by(number.desc(), JobRow.reason)
            .limit(limit)
        )
        async with self._database.reading() as session:
            return [(reason or "", count) for reason, count in await session.execute(statement)]

    async def forget(self, before: datetime) -> int:
        """See `Ledger.forget`."""
        old = and_(JobRow.state == JobState.DONE, JobRow.updated < before)
        async with self._database.transaction() as session:
            return _changed(await session.execute(delete(JobRow).where(old)))

    async def _leased(self, session: AsyncSession, job: Job) -> JobRow | None:
        return await session.scalar(select(JobRow).where(_ours(job)).with_for_update())

    async def _front(self, session: AsyncSession, kind: str, priority: int, now: datetime) -> int:
        """The turn at which this queue stands: the lowest one that waits, of those that are due if there are any."""
        found = await session.scalar(select(_front(kind, priority, now)))
        return int(found or 0)

    async def _next_turn(self, session: AsyncSession, kind: str, user_id: str, priority: int, now: datetime) -> int:
        """The turn of this user's next job: after those that wait already, and not before the queue stands there."""
        mine = and_(_queue(kind, priority), JobRow.user_id == user_id)
        last = select(JobRow.turn).where(mine).order_by(JobRow.turn.desc()).limit(1).scalar_subquery()
        # One statement: whoever puts a job holds the write lock meanwhile.
        front: int
        latest: int | None
        front, latest = (await session.execute(select(_front(kind, priority, now), last))).one()
        return front if latest is None else max(front, latest + 1)

    def _wake(self, kind: str) -> None:
        for kinds, wake in self._wakers:
            if kind in kinds:
                wake()


def _queue(kind: str, priority: int) -> ColumnElement[bool]:
    return and_(JobRow.state == JobState.WAITING, JobRow.kind == kind, JobRow.priority == priority)


def _front(kind: str, priority: int, now: datetime) -> ColumnElement[int]:
    """See `SqlLedger._front`. Two looks into the index; one look for both would read the whole queue."""
    waiting = select(JobRow.turn).where(_queue(kind, priority)).order_by(JobRow.turn).limit(1)
    due = waiting.where(JobRow.not_before <= now)
    return func.coalesce(due.scalar_subquery(), waiting.scalar_subquery(), 0)


def _ours(job: Job) -> ColumnElement[bool]:
    return and_(JobRow.id == job.id, JobRow.state == JobState.RUNNING, JobRow.fence == job.fence)


def _changed(result: object) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount


def _batches(items: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), _BATCH):
        yield list(items[start : start + _BATCH])
