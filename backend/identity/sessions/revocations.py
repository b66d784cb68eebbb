"""What was revoked: kept in this process so that a check costs nothing, and in a store that all processes share."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from backend.errors import Unavailable
from backend.trouble import told

log = structlog.get_logger(__name__)

# Who has not heard from the store for so long (seconds) asks it before saying that something was not revoked.
_STALE_SECONDS = 3.0
# The store may take this long (seconds) to answer.
_ANSWER_SECONDS = 2.0
# A store that failed is left alone for so long (seconds): checks meanwhile fail at once.
_PAUSE_SECONDS = 0.5

_DOWN = "It cannot be found out now whether the session was ended. Try again."


@dataclass(frozen=True, slots=True)
class Mark:
    """Refuse what belongs to `key` ("session:...", "token:...", "user:..."): all, or what was issued up to `before`.

    From `until` on it would be over by itself, and the mark is forgotten.
    """

    key: str
    before: datetime | None
    until: datetime


class Store(Protocol):
    """Where marks are shared between processes. Anything that it raises means that it is down."""

    async def write(self, marks: Sequence[Mark]) -> None:
        """Keep these; what is over may be forgotten."""
        ...

    async def news(self, wait: bool) -> list[Mark]:
        """What was written since the last call, now and then something known again; at first all that is in force.

        With `wait` it may wait up to half a second for some.
        """
        ...

    def start_over(self) -> None:
        """The next `news` are all that is in force."""
        ...

    async def close(self) -> None: ...


class Revocations:
    """Marks of all processes. `now` tells the time, `steady` counts seconds."""

    def __init__(self, store: Store, now: Callable[[], datetime], steady: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._steady = steady
        self._marks: dict[str, Mark] = {}
        self._heard_at = float("-inf")
        self._failed_at: float | None = None
        self._asking = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Hear what other processes revoke, as long as this one lives."""
        self._watcher = asyncio.create_task(self._watch(), name="revocations")

    async def close(self) -> None:
        """Stop hearing, and let go of the store."""
        self._closing = True  # a client that gets its answer at that moment may swallow the cancellation
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        await self._store.close()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after something was revoked, here or by another process."""
        self._listeners.append(listener)

    async def revoke(self, marks: Sequence[Mark]) -> None:
        """Refuse from now on. This process does at once; raises `Unavailable` when the others could not be told."""
        self._take(marks)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._store.write(marks)
        except Exception as error:
            log.error("revocations.not_shared", error=told(error))
            raise Unavailable("The end of the session could not be told to all processes. Try again.") from error

    async def refused(self, key: str, issued_at: datetime) -> bool:
        """Whether what belongs to `key` and was issued then is refused. Raises `Unavailable` when nobody can say."""
        mark = self._marks.get(key)
        if mark is not None and mark.until > self._now() and (mark.before is None or issued_at <= mark.before):
            return True
        if self._steady() - self._heard_at <= _STALE_SECONDS:
            return False
        await self._ask()
        return key in self._marks and await self.refused(key, issued_at)

    async def _ask(self) -> None:
        self._refuse_while_down()
        async with self._asking:
            self._refuse_while_down()
            if self._steady() - self._heard_at > _STALE_SECONDS:
                await self._hear(wait=False)

    def _refuse_while_down(self) -> None:
        # Whoever watches tries again and again; requests do not wait for it.
        if self._failed_at is not None and (self._watcher or self._steady() - self._failed_at < _PAUSE_SECONDS):
            raise Unavailable(_DOWN)

    async def _watch(self) -> None:
        while not self._closing:
            try:
                async with self._asking:
                    await self._hear(wait=True)
            except Unavailable:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _hear(self, *, wait: bool) -> None:
        try:
            marks = await self._news(wait)
        except Exception as error:
            if self._failed_at is None:
                log.warning("revocations.store_down", error=told(error))
            self._heard_at = float("-inf")
            self._failed_at = self._steady()
            self._store.start_over()
            raise Unavailable(_DOWN) from error
        self._heard_at = self._steady()
        self._failed_at = None
        self._take(marks)

    async def _news(self, wait: bool) -> list[Mark]:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await self._store.news(wait)
        except Exception:
            if not wait:
                raise
        # A machine that stands still for a moment runs out of time as well: only a store that fails twice is down.
        self._store.start_over()
        return await self._news(wait=False)

    def _take(self, marks: Sequence[Mark]) -> None:
        now = self._now()
        for key in [key for key, mark in self._marks.items() if mark.until <= now]:
            del self._marks[key]
        fresh = [mark for mark in marks if mark.until > now and self._is_new(mark)]
        self._marks.update((mark.key, mark) for mark in fresh)
        if fresh:
            for listener in self._listeners:
                listener()

    def _is_new(self, mark: Mark) -> bool:
        known = self._marks.get(mark.key)
        if known is None:
            return True
        return known.before is not None and (mark.before is None or mark.before > known.before)
