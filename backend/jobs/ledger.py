"""The ledger of work: what has to be done, who is doing it, and what became of it.

A job is known by its kind and key. Putting it again while it waits changes nothing but its payload; putting it again
while it runs makes it run once more afterwards, so a change that arrives in the middle is never lost. Work is leased,
not taken: a worker that dies stops renewing, the lease runs out and the job is leased again. Handlers therefore see a
job at least once and must be idempotent.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where a job stands. A dead job was given up; its reason says why, and `retry` revives it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to put. Lower `priority` goes first; `delay` is in seconds."""

    kind: str
    key: str
    user_id: str
    payload: Mapping[str, object] = field(default_factory=dict)
    priority: int = 0
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stood when it was read or leased.

    `attempts` counts leases since the last put or success. `fence` grows with every lease: what is reported with an
    old one is ignored, because somebody else has the job by now. `generation` grows with every put. `progress` runs
    from 0 to 1.
    """

    id: int
    kind: str
    key: str
    user_id: str
    payload: Mapping[str, object]
    priority: int
    state: JobState
    attempts: int
    not_before: datetime
    lease_until: datetime | None
    lease_owner: str | None
    fence: int
    generation: int
    progress: float
    reason: str | None
    created: datetime
    updated: datetime


class Ledger(Protocol):
    """What every ledger does. Leasing goes by priority; at equal priority users take turns."""

    async def put(self, jobs: Iterable[NewJob]) -> None:
        """Have these jobs done: all are recorded when this returns, or none.

        Of two delays of a waiting job the earlier end counts, so a stream of changes cannot postpone it for ever; of
        two priorities the more urgent.
        """
        ...

    async def lease(
        self, owner: str, kinds: Collection[str], limit: int, seconds: float, *, priority: int | None = None
    ) -> list[Job]:
        """Take up to `limit` due jobs for `seconds`, including those whose lease ran out.

        With `priority` only jobs that are as urgent as that, or more.
        """
        ...

    async def renew(self, jobs: Sequence[Job], seconds: float) -> Sequence[Job]:
        """Keep leased jobs for another `seconds`; those that are no longer ours are returned."""
        ...

    async def progress(self, job: Job, fraction: float) -> None:
        """Record how far a leased job is, from 0 to 1."""
        ...

    async def done(self, job: Job) -> None:
        """Report success. The job waits again when it was put while it ran."""
        ...

    async def fail(self, job: Job, error: Exception, *, blame: bool = True) -> Job | None:
        """Report failure and return the job as it stands now; None when it is no longer ours.

        It waits with backoff when trying again may help, and is dead when it cannot or was tried too often. Without
        `blame` the job is known not to be at fault (a server is gone), and is tried again however often it failed.
        """
        ...

    async def release(self, job: Job) -> None:
        """Give a leased job back undone, as if it had not been leased."""
        ...

    async def retry(self, kind: str, keys: Collection[str] | None = None) -> int:
        """Make dead jobs wait again, and jobs in backoff run now; returns how many. Without `keys`: all dead ones."""
        ...

    async def find(self, kind: str, keys: Collection[str]) -> dict[str, Job]:
        """The jobs with these keys, by key; unknown keys are left out."""
        ...

    async def counts(self, kind: str | None = None, user_id: str | None = None) -> dict[JobState, int]:
        """How many jobs are in each state."""
        ...

    async def entries(
        self, kind: str | None = None, state: JobState | None = None, offset: int = 0, limit: int = 100
    ) -> Sequence[Job]:
        """Jobs, last changed first."""
        ...

    async def reasons(self, kind: str, user_id: str, limit: int = 1) -> Sequence[tuple[str, int]]:
        """Why this user's jobs wait for another attempt, and how many for each reason, the most frequent first."""
        ...

    async def forget(self, before: datetime) -> int:
        """Remove done jobs that were last changed before this time; returns how many."""
        ...

    def on_put(self, kinds: Collection[str], wake: Callable[[], None]) -> None:
        """Call `wake` (in the event loop) whenever a job of these kinds may be due earlier than known before."""
        ...
