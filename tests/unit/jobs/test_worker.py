"""Workers over a real ledger on SQLite."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from backend.database import Database
from backend.errors import BadInput, Unavailable
from backend.jobs.backoff import Backoff
from backend.jobs.ledger import Job, JobState, NewJob
from backend.jobs.sql import SqlLedger
from backend.jobs.worker import Reserve, Workers
from tests.unit.jobs.waiting import until

# Long enough that whatever arrives earlier was not found by polling.
NEVER = 60.0
BACKOFF = Backoff(base=0.01, cap=0.05, max_attempts=3)


class Recorder:
    """A handler that does what the test says and writes down what happened."""

    def __init__(self, work: Callable[[Job], Awaitable[None]]) -> None:
        self.work = work
        self.finished: list[str] = []
        self.failures: list[Job] = []
        self.running = 0
        self.most = 0

    async def run(self, job: Job) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.work(job)
            self.finished.append(job.key)
        finally:
            self.running -= 1

    async def failed(self, job: Job) -> None:
        self.failures.append(job)


@pytest.fixture
def ledger(database: Database) -> SqlLedger:
    return SqlLedger(database, backoff=BACKOFF)


@asynccontextmanager
async def working(
    ledger: SqlLedger,
    recorder: Recorder,
    *,
    at_once: int = 2,
    lease: float = 30.0,
    poll: float = NEVER,
    reserves: Mapping[str, Reserve] | None = None,
) -> AsyncIterator[Workers]:
    workers = Workers(ledger, {"k": (recorder, at_once)}, reserves=reserves, lease=lease, poll=poll, random=lambda: 0.0)
    running = asyncio.create_task(workers.run())
    await asyncio.sleep(0.05)
    try:
        yield workers
    finally:
        await workers.stop(grace=0.0)
        await running


async def settled(ledger: SqlLedger, state: JobState, number: int) -> None:
    async def counted() -> bool:
        return (await ledger.counts())[state] == number

    await until(counted)


async def nothing(job: Job) -> None:
    """A job that is done at once."""


async def test_a_put_is_worked_on_without_waiting_for_the_next_poll(ledger: SqlLedger) -> None:
    recorder = Recorder(nothing)
    async with working(ledger, recorder):
        await ledger.put([NewJob("k", "1", "ann")])
        await until(lambda: recorder.finished == ["1"], NEVER / 6)
        await settled(ledger, JobState.DONE, 1)


async def test_a_delayed_job_is_worked_on_when_its_delay_ends(ledger: SqlLedger) -> None:
    ran: list[datetime] = []

    async def note(job: Job) -> None:
        ran.append(datetime.now(UTC))

    recorder = Recorder(note)
    async with working(ledger, recorder):
        put = datetime.now(UTC)
        await ledger.put([NewJob("k", "late", "u", delay=0.2)])
        await until(lambda: recorder.finished == ["late"], NEVER / 6)
    assert ran[0] - put >= timedelta(seconds=0.2)


async def test_work_of_another_process_is_found_by_polling(ledger: SqlLedger, database: Database) -> None:
    recorder = Recorder(nothing)
    async with working(ledger, recorder, poll=0.05):
        await SqlLedger(database).put([NewJob("k", "1", "ann")])
        await until(lambda: recorder.finished == ["1"])


async def test_no_more_than_the_limit_run_at_once_and_a_free_place_is_filled_at_once(ledger: SqlLedger) -> None:
    async def brief(job: Job) -> None:
        await asyncio.sleep(0.02)

    recorder = Recorder(brief)
    async with working(ledger, recorder, at_once=3):
        await ledger.put([NewJob("k", str(n), "ann") for n in range(12)])
        await settled(ledger, JobState.DONE, 12)
    assert recorder.most == 3
    assert len(recorder.finished) == 12


async def test_a_job_that_takes_longer_than_its_lease_is_renewed_and_not_run_twice(database: Database) -> None:
    """The ledger's time goes on after a renewal only, so that it does not matter if the machine stops for longer."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ledger = SqlLedger(database, backoff=BACKOFF, clock=lambda: now)

    async def renewed() -> bool:
        end = (await ledger.find("k", ["1"]))["1"].lease_until
        return end is not None and end - now > timedelta(seconds=0.2)

    async def slow(job: Job) -> None:
        nonlocal now
        for _ in range(8):
            now += timedelta(seconds=0.25)
            await until(renewed)

    recorder = Recorder(slow)
    async with working(ledger, recorder, lease=0.3, poll=0.02):
        await ledger.put([NewJob("k", "1", "ann")])
        await settled(ledger, JobState.DONE, 1)
    assert recorder.finished == ["1"]


async def test_a_job_whose_lease_was_lost_is_stopped(ledger: SqlLedger, database: Database) -> None:
    cancelled = asyncio.Event()

    async def long(job: Job) -> None:
        try:
            await asyncio.sleep(NEVER)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    recorder = Recorder(long)
    async with working(ledger, recorder, lease=0.3):
        await ledger.put([NewJob("k", "1", "ann")])
        await until(lambda: recorder.running == 1)
        job = (await ledger.find("k", ["1"]))["1"]
        await SqlLedger(database).done(job)
        await asyncio.wait_for(cancelled.wait(), 30)
    assert (await ledger.counts())[JobState.DONE] == 1


async def test_a_failure_is_tried_again_and_the_handler_hears_what_became_of_it(ledger: SqlLedger) -> None:
    async def fails_once(job: Job) -> None:
        if job.attempts == 1:
            raise Unavailable("Not yet.")

    recorder = Recorder(fails_once)
    async with working(ledger, recorder, poll=0.02):
        await ledger.put([NewJob("k", "1", "ann")])
        await settled(ledger, JobState.DONE, 1)
    assert [(job.state, job.reason) for job in recorder.failures] == [(JobState.WAITING, "Not yet.")]


async def test_a_hopeless_job_is_dead_and_the_next_one_runs(ledger: SqlLedger) -> None:
    async def picky(job: Job) -> None:
        if job.key == "bad":
            raise BadInput("Cannot be read.")

    recorder = Recorder(picky)
    async with working(ledger, recorder):
        await ledger.put([NewJob("k", "bad", "ann"), NewJob("k", "good", "ann")])
        await settled(ledger, JobState.DEAD, 1)
        await settled(ledger, JobState.DONE, 1)
    assert [(job.key, job.state, job.reason) for job in recorder.failures] == [
        ("bad", JobState.DEAD, "Cannot be read.")
    ]


async def test_when_everything_fails_the_kind_slows_down_and_recovers(ledger: SqlLedger) -> None:
    """Without the brake, thirty jobs would each run into the wall until they are dead."""
    wall = True
    tries = 0

    async def walled(job: Job) -> None:
        nonlocal tries
        tries += 1
        if wall:
            raise Unavailable("The server is gone.", retry_after=0.2)

    recorder = Recorder(walled)
    async with working(ledger, recorder, at_once=1, poll=0.02):
        await ledger.put([NewJob("k", str(n), "ann") for n in range(30)])
        await until(lambda: tries >= 3)
        await asyncio.sleep(0.9)
        assert tries <= 9
        wall = False
        await settled(ledger, JobState.DONE, 30)
    assert (await ledger.counts())[JobState.DEAD] == 0


@pytest.mark.parametrize(("takes", "grace"), [(0.1, NEVER), (NEVER, 0.1)])
async def test_stopping_waits_for_what_runs_and_puts_back_what_is_late(
    ledger: SqlLedger, takes: float, grace: float
) -> None:
    recorder = Recorder(lambda job: asyncio.sleep(takes))
    async with working(ledger, recorder) as workers:
        await ledger.put([NewJob("k", "1", "ann")])
        await until(lambda: recorder.running == 1)
        await workers.stop(grace)
    job = (await ledger.find("k", ["1"]))["1"]
    assert (job.state, job.attempts) == (JobState.DONE if takes < grace else JobState.WAITING, 0)


async def test_workers_that_were_stopped_work_again_when_they_are_run_again(ledger: SqlLedger) -> None:
    recorder = Recorder(nothing)
    workers = Workers(ledger, {"k": (recorder, 1)}, poll=NEVER)
    for key in ("first", "second"):
        running = asyncio.create_task(workers.run())
        await ledger.put([NewJob("k", key, "ann")])
        await until(partial(recorder.finished.__contains__, key))
        await workers.stop()
        await running
    assert recorder.finished == ["first", "second"]


async def test_trouble_with_the_ledger_is_waited_out(ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(nothing)
    lease = ledger.lease
    calls = 0

    async def shaky(owner: str, kinds: list[str], limit: int, seconds: float) -> list[Job]:
        nonlocal calls
        calls += 1
        if calls <= 3:
            raise OSError("disk full")
        return await lease(owner, kinds, limit, seconds)

    monkeypatch.setattr(ledger, "lease", shaky)
    async with working(ledger, recorder, poll=0.02):
        await ledger.put([NewJob("k", "1", "ann")])
        await until(lambda: recorder.finished == ["1"])
    assert calls > 3


async def test_an_outcome_that_cannot_be_recorded_means_another_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ledger = SqlLedger(database, backoff=BACKOFF, clock=lambda: now)
    recorder = Recorder(nothing)
    done = ledger.done
    calls = 0

    async def shaky(job: Job) -> None:
        nonlocal calls, now
        calls += 1
        if calls == 1:
            now += timedelta(seconds=NEVER)
            raise OSError("disk full")
        await done(job)

    monkeypatch.setattr(ledger, "done", shaky)
    async with working(ledger, recorder, poll=0.02):
        await ledger.put([NewJob("k", "1", "ann")])
        await settled(ledger, JobState.DONE, 1)
    assert recorder.finished == ["1", "1"]


async def test_what_is_urgent_does_not_wait_for_long_work_to_end_and_nothing_else_takes_its_place(
    ledger: SqlLedger,
) -> None:
    ends = asyncio.Event()

    async def work(job: Job) -> None:
        if job.key.startswith("long"):
            await ends.wait()

    recorder = Recorder(work)
    await ledger.put([NewJob("k", f"long {number}", "ann", priority=100) for number in range(4)])
    async with working(ledger, recorder, at_once=2, reserves={"k": Reserve(priority=10, places=1)}):
        await until(lambda: recorder.running == 2)
        await ledger.put([NewJob("k", "urgent", "ben", priority=10), NewJob("k", "later", "ben", priority=11)])
        await until(lambda: recorder.finished == ["urgent"])
        assert (recorder.running, recorder.most) == (2, 3)
        ends.set()
        await settled(ledger, JobState.DONE, 6)
    assert recorder.most == 3
