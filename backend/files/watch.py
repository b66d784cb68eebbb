"""Looks at every user's files again and again, and makes the index true in between."""

import asyncio
import random as randomness
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from backend.errors import VoiceAssistError
from backend.files.changes import Changes
from backend.files.crawl import crawl
from backend.files.crawl_log import CrawlLog
from backend.files.reconcile import Reconciler
from backend.files.sources import Sources
from backend.jobs.backoff import Backoff
from backend.trouble import describe, told, where

log = structlog.get_logger(__name__)

# A server that is gone is asked less and less often, but its return is noticed within a minute or so.
_BACKOFF = Backoff(base=2.0, cap=60.0)

# Between two complete comparisons of the index with what it should be, in seconds.
_SWEEP_INTERVAL = 6 * 3600.0
# After trouble, in a sweep or in a crawl, it is not put off as long; a sweep reads the whole table.
_SWEEP_AGAIN = 300.0


@dataclass(slots=True)
class _Rhythm:
    """When to look at a user's files next (in the event loop's time), and how many looks failed in a row."""

    due: float = 0.0
    failures: int = 0


class Watcher:
    """Crawls each user's files every `interval` seconds, at once when woken, less often while that fails."""

    def __init__(
        self,
        sources: Sources,
        changes: Changes,
        reconciler: Reconciler,
        crawl_log: CrawlLog,
        *,
        interval: float,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        self._sources = sources
        self._changes = changes
        self._reconciler = reconciler
        self._crawl_log = crawl_log
        self._interval = interval
        self._random = random
        self._rhythms: dict[str, _Rhythm] = {}
        self._sweep_due = 0.0
        self._wakeup = asyncio.Event()

    def wake(self, user_id: str) -> None:
        """Look at this user's files now."""
        if rhythm := self._rhythms.get(user_id):
            rhythm.due = 0.0
            self._wakeup.set()

    async def run(self) -> None:
        """Watch until cancelled; no trouble ends it."""
        clock = asyncio.get_running_loop().time
        while True:
            self._wakeup.clear()
            pause = self._interval
            try:
                await self._round(clock)
                pause = min([rhythm.due - clock() for rhythm in self._rhythms.values()], default=pause)
            except Exception as error:
                log.warning("watch.trouble", error=told(error), where=where(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wakeup.wait(), max(pause, 0.0))

    async def _round(self, clock: Callable[[], float]) -> None:
        users = await self._sources.users()
        self._rhythms = {user_id: self._rhythms.get(user_id, _Rhythm()) for user_id in users}
        for user_id, rhythm in list(self._rhythms.items()):
            if clock() >= rhythm.due:
                # Before looking, so that a wake-up in the middle is not forgotten.
                rhythm.due = clock() + self._interval
                if pause := await self._look(user_id, rhythm):
                    rhythm.due = clock() + pause
        # After the first crawl: what is there is known by now, and the user did not wait for this.
        if clock() >= self._sweep_due:
            self._sweep_due = clock() + _SWEEP_AGAIN
            await self._reconciler.sweep()
            self._sweep_due = clock() + _SWEEP_INTERVAL

    async def _look(self, user_id: str, rhythm: _Rhythm) -> float:
        """Crawl once; returns how long (seconds) to leave the server alone when that failed, 0 when it did not."""
        retry_after = None
        try:
            source = self._sources.of(user_id)
            found = await crawl(source, self._changes, lambda: self._crawl_log.note(user_id, crawling=True, error=None))
            refused = found.refused
            problem = f"{refused} folder(s) could not be looked into; the log has details." if refused else None
        except VoiceAssistError as error:
            problem, retry_after = error.message, error.retry_after
        except Exception as error:
            log.warning("watch.crawl_crashed", error=told(error), where=where(error))
            problem = describe(error)
        else:
            rhythm.failures = 0
            await self._crawl_log.note(user_id, crawling=False, error=problem)
            return 0.0
        rhythm.failures += 1
        await self._crawl_log.note(user_id, crawling=False, error=problem)
        # Rows may have been written whose jobs were not.
        self._sweep_due = min(self._sweep_due, asyncio.get_running_loop().time() + _SWEEP_AGAIN)
        return self._interval + _BACKOFF.delay(rhythm.failures, self._random, retry_after)
