"""Runs the jobs of a ledger in this process."""

import asyncio
import random as randomness
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from backend.errors import RateLimited, Unavailable
from backend.jobs.backoff import Backoff
from backend.jobs.ledger import Job, Ledger
from backend.telemetry import jobs_waiting
from backend.trouble import told, where

log = structlog.get_logger(__name__)

# A lease outlives two missed renewals.
_RENEWALS_PER_LEASE = 3

# So many failures in a row of one kind are not the fault of single jobs: a server is gone, a disk is full. From then
# on the whole kind waits between attempts, so that 10,000 jobs do not all run into the same wall, and no job is given
# up for it.
_PATIENCE = 3
_BRAKE = Backoff(base=1.0, cap=60.0)


class Handler(Protocol):
    """Does the jobs of one kind. It may see a job more than once and must be idempotent."""

    async def run(self, job: Job) -> None:
        """Do the job, or raise."""
        ...

    async def failed(self, job: Job) -> None:
        """`run` raised and `job` is what became of it: waiting for another attempt, or dead."""
        ...


@dataclass(frozen=True, slots=True)
class Reserve:
    """`places` that only jobs of this `priority`, or more urgent ones, may take when all others are taken."""

    priority: int
    places: int


_NO_RESERVE = Reserve(priority=0, places=0)


@dataclass(slots=True)
class _Lane:
    """The jobs of one kind: how many run, and how many failed in a row."""

    handler: Handler
    limit: int
    reserve: Reserve
    running: int = 0
    failures: int = 0
    closed_until: float = 0.0  # in the event loop's time


class Workers:
    """Leases jobs and runs up to so many of each kind at the same time.

    `handlers` maps a kind to its handler and that number; `reserves` adds places of a kind for what is urgent, so that
    it does not wait for long work to end. `lease` is how long (seconds) a job stays ours without a
    renewal: after a crash, its jobs wait that long. `poll` (seconds) is how often the ledger is asked for work that
    another process put; a put of this process is noticed at once.
    """

    def __init__(
        self,
        ledger: Ledger,
        handlers: Mapping[str, tuple[Handler, int]],
        *,
        reserves: Mapping[str, Reserve] | None = None,
        owner: str | None = None,
        lease: float = 30.0,
        poll: float = 1.0,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        self._ledger = ledger
        self._lanes = {
            kind: _Lane(handler, limit, (reserves or {}).get(kind, _NO_RESERVE))
            for kind, (handler, limit) in handlers.items()
        }
        self._owner = owner or uuid.uuid4().hex
        self._lease = lease
        self._poll = poll
        self._random = random
        self._wakeup = asyncio.Event()
        self._stopping = False
        self._grace = 0.0
        self._ended = asyncio.Event()
        self._ended.set()
        self._tasks: set[asyncio.Task[None]] = set()
        # Jobs whose handler runs at this moment: their leases are renewed.
        self._held: dict[tuple[int, int], tuple[Job, asyncio.Task[None]]] = {}
        ledger.on_put(self._lanes.keys(), self._wakeup.set)

    async def run(self) -> None:
        """Work until `stop` is called. Trouble with the ledger itself is logged and waited out."""
        self._ended.clear()
        renewing = asyncio.create_task(self._renew_regularly())
        try:
            while not self._stopping:
                self._wakeup.clear()
                try:
                    found = await self._lease_all()
                except Exception as error:
                    log.warning("jobs.ledger_trouble", error=told(error), where=where(error))
                    found = False
                if not found:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wakeup.wait(), self._poll)
        finally:
            await self._drain()
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            self._stopping = False  # may be run again
            self._ended.set()

    async def stop(self, grace: float = 10.0) -> None:
        """Lease no more, give running jobs `grace` seconds, put back what is not finished, and end `run`."""
        self._grace = grace
        self._stopping = True
        self._wakeup.set()
        await self._ended.wait()

    async def _drain(self) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _lease_all(self) -> bool:
        """Start every due job that there is room for; tells whether there was one."""
        found = False
        for kind, lane in self._lanes.items():
            if asyncio.get_running_loop().time() < lane.closed_until:
                continue
            for job in await self._lease_for(kind, lane):
                found = True
                lane.running += 1
                task = asyncio.create_task(self._work(job, lane), name=f"{kind} {job.key}")
                self._tasks.add(task)
                self._held[job.id, job.fence] = (job, task)
                task.add_done_callback(self._tasks.discard)
        return found

    async def _lease_for(self, kind: str, lane: _Lane) -> list[Job]:
        if (room := lane.limit - lane.running) > 0:
            return await self._ledger.lease(self._owner, [kind], room, self._lease)
        if (room := lane.limit + lane.reserve.places - lane.running) > 0:
            return await self._ledger.lease(self._owner, [kind], room, self._lease, priority=lane.reserve.priority)
        return []

    async def _work(self, job: Job, lane: _Lane) -> None:
        try:
            error = await self._handle(job, lane)
            await self._report(job, lane, error)
        except Exception as error:
            # The outcome could not be recorded. The lease runs out and the job runs again.
            log.warning("jobs.outcome_lost", kind=job.kind, error=told(error), where=where(error))
        finally:
            lane.running -= 1
            self._wakeup.set()

    async def _handle(self, job: Job, lane: _Lane) -> Exception | None:
        try:
            await lane.handler.run(job)
        except asyncio.CancelledError:
            # Stopping, or the lease was lost; giving back what is no longer ours does nothing.
            await self._ledger.release(job)
            raise
        except Exception as error:
            return error
        finally:
            del self._held[job.id, job.fence]
        return None

    async def _report(self, job: Job, lane: _Lane, error: Exception | None) -> None:
        if error is None:
            lane.failures = 0
            await self._ledger.done(job)
            return
        log.warning(
            "jobs.failed", kind=job.kind, key=job.key, attempts=job.attempts, error=told(error), where=where(error)
        )
        blame = True
        if isinstance(error, RateLimited | Unavailable):
            self._brake(lane, error)
            blame = lane.failures < _PATIENCE
        after = await self._ledger.fail(job, error, blame=blame)
        if after is not None:
            await lane.handler.failed(after)

    def _brake(self, lane: _Lane, error: RateLimited | Unavailable) -> None:
        lane.failures += 1
        if lane.failures >= _PATIENCE:
            delay = _BRAKE.delay(lane.failures - _PATIENCE + 1, self._random, error.retry_after)
            lane.closed_until = asyncio.get_running_loop().time() + delay

    async def _renew_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._lease / _RENEWALS_PER_LEASE)
            try:
                lost = await self._ledger.renew([job for job, _ in self._held.values()], self._lease)
                for state, number in (await self._ledger.counts()).items():
                    jobs_waiting.labels(state=state).set(number)
            except Exception as error:
                log.warning("jobs.ledger_trouble", error=told(error), where=where(error))
                continue
            for job in lost:
                if held := self._held.get((job.id, job.fence)):
                    held[1].cancel()
