"""Looks at every user's files again and again, and makes the index true in between."""

import asyncio
import random as randomness
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from backend.errors import VoiceAssistError
from backend.files.changes import Changes
from backend.files.crawl import crawl
from backend.files.crawl_log import CrawlLog
from backend.files.listing import Viewer
from backend.files.reconcile import Reconciler
from backend.files.rules import Rules, RulesOf
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

# Users whose files are looked at at the same time, and how long (seconds) one of them may take before the others have
# their turn. The cursors make the next look go on where this one gave way. As many looks that somebody's change asked
# for go on beside those: they do not wait for the slices of large homes to end, nor do homes wait for busy ones.
_AT_ONCE = 4
_SLICE = 20.0

# Users who were all met when VoiceAssist started do not stay in step: each look is due up to this share of the interval
# earlier.
_SPREAD = 0.2

# A user who is not named for so long (seconds) is gone for good, and not just missing from one answer. When several
# vanish together, and more than this share of all, it is likelier that what they sign in by (LDAP, SAML, OpenID
# Connect) was switched off, as upgrades of Nextcloud do: what they have here is kept for a day.
_ABSENCE = 120.0
_ABSENCE_TOGETHER = 86_400.0
_FEW_OF_ALL = 0.1

Forget = Callable[[str], Awaitable[None]]
"""Hears of users who are no more, so that others who keep something of them remove it."""


@dataclass(slots=True)
class _Rhythm:
    """When to look at a user's files next (in the event loop's time), and how many looks failed in a row.

    `woken`: a change is known of, and that look is still to come.
    """

    due: float = 0.0
    woken: bool = False
    failures: int = 0
    looking: bool = False


async def no_rules(user_id: str) -> Rules:
    """Everything of everybody is indexed."""
    return Rules()


class Watcher:
    """Crawls each user's files every `interval` seconds, at once when woken, less often while that fails.

    Users take turns: a few at the same time, and beside them a few of those who were woken, the one who has waited
    longest first. With `forget`, what is recorded of users whom `sources` no longer names is removed, and `forget` is
    called for each; without it (one person's own VoiceAssist) it stays.
    """

    def __init__(
        self,
        sources: Sources,
        changes: Changes,
        reconciler: Reconciler,
        crawl_log: CrawlLog,
        *,
        interval: float,
        random: Callable[[], float] = randomness.random,
        rules_of: RulesOf = no_rules,
        forget: Forget | None = None,
        absence: float = _ABSENCE,
        absence_together: float = _ABSENCE_TOGETHER,
        time_slice: float = _SLICE,
    ) -> None:
        self._sources = sources
        self._changes = changes
        self._reconciler = reconciler
        self._crawl_log = crawl_log
        self._interval = interval
        self._random = random
        self._rules_of = rules_of
        self._forget = forget
        self._absence = absence
        self._absence_together = absence_together
        self._time_slice = time_slice
        self._rhythms: dict[str, _Rhythm] = {}
        self._absent: dict[str, float] = {}
        # The looks that go on: because it was time, and because somebody was woken.
        self._looks: dict[bool, set[asyncio.Task[None]]] = {False: set(), True: set()}
        self._sweep_due = 0.0
        self._wakeup = asyncio.Event()

    def wake(self, user_id: str) -> None:
        """Look at this user's files now."""
        if rhythm := self._rhythms.get(user_id):
            rhythm.due = 0.0
            rhythm.woken = True
            self._wakeup.set()

    async def run(self) -> None:
        """Watch until cancelled; no trouble ends it."""
        try:
            while True:
                self._wakeup.clear()
                pause = self._interval
                try:
                    pause = await self._round()
                except Exception as error:
                    log.warning("watch.trouble", error=told(error), where=where(error))
                # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the wake-up.
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(pause, 0.0)):
                        await self._wakeup.wait()
        finally:
            looks = set().union(*self._looks.values())
            for look in looks:
                look.cancel()
            await asyncio.gather(*looks, return_exceptions=True)

    async def _round(self) -> float:
        """Start the looks that are due and have room; returns how long (seconds) nothing else will be due."""
        clock = asyncio.get_running_loop().time
        users = frozenset(await self._sources.users())
        new = {user_id: _Rhythm() for user_id in users - self._rhythms.keys()}
        self._rhythms = {user_id: rhythm for user_id, rhythm in self._rhythms.items() if user_id in users} | new
        await self._forget_absent(users, clock())
        idle = sorted((r.due, user_id) for user_id, r in self._rhythms.items() if not r.looking)
        for due, user_id in idle:
            if due > clock():
                break
            rhythm = self._rhythms[user_id]
            if not self._has_room(rhythm):
                continue
            lane = self._looks[rhythm.woken]
            # Before looking, so that a wake-up in the middle is not forgotten.
            rhythm.looking, rhythm.woken = True, False
            rhythm.due = clock() + self._interval * (1 - _SPREAD * self._random())
            look = asyncio.create_task(self._look(user_id, rhythm, users), name=f"files: look at {user_id}")
            lane.add(look)
            look.add_done_callback(lane.discard)
            look.add_done_callback(lambda _: self._wakeup.set())
        # Where there is no room, the first look that ends wakes us.
        waiting = [r.due for r in self._rhythms.values() if not r.looking and self._has_room(r)]
        # After the first crawls: what is there is known by now, and nobody waited for this.
        if not any(self._looks.values()) and clock() >= self._sweep_due:
            self._sweep_due = clock() + _SWEEP_AGAIN
            await self._reconciler.sweep()
            self._sweep_due = clock() + _SWEEP_INTERVAL
        return min([due - clock() for due in waiting], default=self._interval)

    def _has_room(self, rhythm: _Rhythm) -> bool:
        return len(self._looks[rhythm.woken]) < _AT_ONCE

    async def _forget_absent(self, users: frozenset[str], now: float) -> None:
        if self._forget is None:
            return
        known = await self._changes.known_users()
        absent = known - users
        if absent - self._absent.keys():
            log.warning("watch.users_absent", absent=len(absent), known=len(known))
        self._absent = {user_id: self._absent.get(user_id, now) for user_id in absent}
        together = len(absent) > max(1, _FEW_OF_ALL * len(known))
        for user_id, since in self._absent.items():
            if now - since >= (self._absence_together if together else self._absence):
                gone = await self._changes.forget(user_id)
                await self._forget(user_id)
                log.info("watch.user_forgotten", files=gone)

    async def _look(self, user_id: str, rhythm: _Rhythm, users: frozenset[str]) -> None:
        """Look once; what goes wrong is told to the user and tried again later."""
        clock = asyncio.get_running_loop().time
        try:
            pause = await self._crawl(user_id, rhythm, users)
            if pause is not None:
                rhythm.due = clock() + pause
        except Exception as error:
            log.warning("watch.trouble", error=told(error), where=where(error))
        finally:
            rhythm.looking = False

    async def _crawl(self, user_id: str, rhythm: _Rhythm, users: frozenset[str]) -> float | None:
        """Crawl for one slice of time; returns when (in seconds) to look again, None for the usual time."""
        retry_after = None
        clock = asyncio.get_running_loop().time
        ends = clock() + self._time_slice
        try:
            rules = await self._rules_of(user_id)
            if not rules.indexing:
                return None
            await self._changes.adopt(user_id, rules)
            if rules.opt_out:
                return None
            found = await crawl(
                self._sources.of(user_id),
                self._changes,
                lambda: self._crawl_log.note(user_id, crawling=True, error=None),
                Viewer(user_id, users, rules),
                lambda: clock() > ends,
            )
            refused = found.refused
            problem = f"{refused} folder(s) could not be looked into; the log has details." if refused else None
        except VoiceAssistError as error:
            problem, retry_after = error.message, error.retry_after
        except Exception as error:
            log.warning("watch.crawl_crashed", error=told(error), where=where(error))
            problem = describe(error)
        else:
            rhythm.failures = 0
            await self._crawl_log.note(user_id, crawling=not found.complete, error=problem)
            return None if found.complete else 0.0
        rhythm.failures += 1
        await self._crawl_log.note(user_id, crawling=False, error=problem)
        # Rows may have been written whose jobs were not.
        self._sweep_due = min(self._sweep_due, clock() + _SWEEP_AGAIN)
        return self._interval + _BACKOFF.delay(rhythm.failures, self._random, retry_after)
