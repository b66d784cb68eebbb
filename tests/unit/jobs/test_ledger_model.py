"""Random histories of the ledger, beside a model simple enough to be read."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, consumes, invariant, multiple, rule

from backend.database import Base, Database
from backend.errors import BadInput, Unavailable
from backend.jobs.backoff import Backoff
from backend.jobs.ledger import Job, JobState, NewJob
from backend.jobs.sql import SqlLedger
from backend.jobs.tables import JobRow

LEASE = 30.0
MAX_ATTEMPTS = 3
BACKOFF = Backoff(base=10, cap=10, max_attempts=MAX_ATTEMPTS)

KEYS = st.sampled_from(["1", "2", "3", "4"])


@dataclass
class Expected:
    """What the model knows of a job."""

    state: JobState
    version: int
    priority: int
    not_before: datetime
    attempts: int = 0
    lease: int = 0
    leased_version: int = 0
    lease_until: datetime = field(default=datetime.max.replace(tzinfo=UTC))


class LedgerHistory(RuleBasedStateMachine):
    leases: Bundle[Job] = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2025, 3, 1, tzinfo=UTC)
        self.model: dict[str, Expected] = {}
        self.versions = 0
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite+aiosqlite:///{Path(self.folder.name) / 'ledger.db'}")
        self.ledger = SqlLedger(self.database, backoff=BACKOFF, clock=lambda: self.now, random=lambda: 0.5)
        self.runner.run(self.create())

    async def create(self) -> None:
        async with self.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all, tables=[Base.metadata.tables[JobRow.__tablename__]])

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(key=KEYS, priority=st.sampled_from([10, 100]), delay=st.sampled_from([0.0, 5.0]))
    def put(self, key: str, priority: int, delay: float) -> None:
        self.versions += 1
        self.runner.run(self.ledger.put([NewJob("k", key, "ann", {"version": self.versions}, priority, delay)]))
        due = self.now + timedelta(seconds=delay)
        known = self.model.get(key)
        if known is None:
            self.model[key] = Expected(JobState.WAITING, self.versions, priority, due)
            return
        if known.state == JobState.WAITING:
            due = min(due, known.not_before)
        if known.state in (JobState.WAITING, JobState.RUNNING):
            priority = min(priority, known.priority)
        known.version, known.priority, known.not_before, known.attempts = self.versions, priority, due, 0
        if known.state != JobState.RUNNING:
            known.state = JobState.WAITING

    @rule(target=leases, limit=st.integers(1, 4))
    def lease(self, limit: int) -> MultipleResults[Job]:
        taken = self.runner.run(self.ledger.lease("me", ["k"], limit, LEASE))
        for known in self.model.values():
            if known.state == JobState.RUNNING and known.lease_until <= self.now:
                known.state = JobState.DEAD if known.attempts >= MAX_ATTEMPTS else JobState.WAITING
                known.not_before = self.now
        due = {k: e for k, e in self.model.items() if e.state == JobState.WAITING and e.not_before <= self.now}
        assert [job.priority for job in taken] == sorted(e.priority for e in due.values())[:limit]
        assert len({job.key for job in taken}) == len(taken)
        for job in taken:
            known = due[job.key]
            assert job.payload == {"version": known.version}
            assert job.priority == known.priority
            known.state = JobState.RUNNING
            known.attempts += 1
            known.lease += 1
            known.leased_version = known.version
            known.lease_until = self.now + timedelta(seconds=LEASE)
            assert (job.attempts, job.fence) == (known.attempts, known.lease)
        return multiple(*taken)

    def mine(self, job: Job) -> Expected | None:
        known = self.model[job.key]
        return known if known.state == JobState.RUNNING and known.lease == job.fence else None

    @rule(job=consumes(leases))
    def done(self, job: Job) -> None:
        self.runner.run(self.ledger.done(job))
        if known := self.mine(job):
            known.state = JobState.DONE if known.version == known.leased_version else JobState.WAITING
            known.attempts = 0

    @rule(job=consumes(leases), retryable=st.booleans())
    def fail(self, job: Job, retryable: bool) -> None:
        error = Unavailable("later") if retryable else BadInput("never")
        after = self.runner.run(self.ledger.fail(job, error))
        known = self.mine(job)
        assert (after is None) == (known is None)
        if known is None:
            return
        if known.version != known.leased_version:
            known.state, known.attempts = JobState.WAITING, 0
        elif retryable and known.attempts < MAX_ATTEMPTS:
            known.state, known.not_before = JobState.WAITING, self.now + timedelta(seconds=5)
        else:
            known.state = JobState.DEAD

    @rule(job=consumes(leases))
    def release(self, job: Job) -> None:
        self.runner.run(self.ledger.release(job))
        if known := self.mine(job):
            known.state = JobState.WAITING
            known.attempts = max(0, known.attempts - 1)

    @rule(job=leases)
    def renew(self, job: Job) -> None:
        lost = self.runner.run(self.ledger.renew([job], LEASE))
        known = self.mine(job)
        assert (job in lost) == (known is None)
        if known:
            known.lease_until = self.now + timedelta(seconds=LEASE)

    @rule()
    def revive(self) -> None:
        dead = [known for known in self.model.values() if known.state == JobState.DEAD]
        assert self.runner.run(self.ledger.retry("k")) == len(dead)
        for known in dead:
            known.state, known.attempts, known.not_before = JobState.WAITING, 0, self.now

    @rule(seconds=st.sampled_from([1.0, 5.0, LEASE]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def every_job_stands_where_the_model_says(self) -> None:
        found = self.runner.run(self.ledger.find("k", ["1", "2", "3", "4"]))
        stands = {key: (job.state, job.payload["version"], job.attempts) for key, job in found.items()}
        assert stands == {key: (e.state, e.version, e.attempts) for key, e in self.model.items()}


TestLedgerHistory = LedgerHistory.TestCase
TestLedgerHistory.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
