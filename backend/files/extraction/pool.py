"""The pool of children that reads files: `Extractor`."""

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import structlog

from backend.errors import Unavailable
from backend.files.extraction.child import Answer, Child, ChildDied, OutOfTime
from backend.files.extraction.extracted import Extracted
from backend.files.extraction.limits import Limits
from backend.files.extraction.reasons import DAMAGED, explain, too_slow

_log = structlog.get_logger(__name__)

# What a child's libraries leave in memory grows with the formats it has met; from this size on it is replaced.
_RECYCLE_BYTES = 160 * 2**20
_RECYCLE_FILES = 500
# An idle child larger than this ends, so that the product at rest stays small.
_IDLE_BYTES = 60 * 2**20
_IDLE_SECONDS = 30.0
_TRIES = 2


class Extractor:
    """Reads files in at most `workers` child processes, which are started when needed and kept while they are small.

    Use as an async context manager, or call `close()`.
    """

    def __init__(self, limits: Limits, workers: int = 2, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._free = asyncio.Semaphore(workers)
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> "Extractor":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def recognise_in(self, languages: str) -> None:
        """Recognise text in these languages ("eng+deu") from now on; none when empty."""
        self._limits = replace(self._limits, ocr_languages=languages)

    @property
    def children(self) -> list[int]:
        """Process ids of the children that run now."""
        return [child.pid for child in (*self._idle, *self._busy)]

    @property
    def busy(self) -> list[int]:
        """Process ids of the children that are reading a file."""
        return [child.pid for child in self._busy]

    async def extract(self, path: Path, name: str, mime: str | None, sound: Path | None = None) -> Extracted:
        """The text of the file at `path`, or the reason why there is none; `name` and `mime` say what it claims to be.

        What a recording sounds like is written to `sound`, if that is given: see `formats.audio`.
        A file on which a child dies is tried once more in a fresh one. Raises `Unavailable` when no child can be
        started, or after `close()`.
        """
        async with self._free:
            began = self._clock()
            answer = Answer()
            path, sound = await asyncio.to_thread(lambda: (path.absolute(), sound.absolute() if sound else None))
            for attempt in range(_TRIES):
                answer = Answer()
                child = await self._child(fresh=attempt > 0)
                self._busy.add(child)
                try:
                    await child.read(path, name, mime, self._limits, answer, sound)
                except OutOfTime:
                    answer.reason = too_slow(self._limits.seconds)
                    break
                except ChildDied as death:
                    _log.warning("extraction_child_died", signal=death.signal_number, attempt=attempt + 1)
                    if death.signal_number == signal.SIGXCPU:
                        answer.reason = too_slow(self._limits.seconds)
                        break
                    answer.reason = DAMAGED if answer.pages else f"{DAMAGED}: reading it failed {attempt + 1} times"
                else:
                    await self._give_back(child)
                    break
                finally:
                    self._busy.discard(child)
        if answer.error:
            _log.info("extraction_failed", format=answer.format, error=answer.error)
        reason = explain(answer.reason, answer.format, len(answer.pages)) if answer.reason else None
        return Extracted(answer.format, tuple(answer.pages), reason, self._clock() - began)

    async def _child(self, *, fresh: bool) -> Child:
        """An idle child, or a new one."""
        if self._closed:
            raise Unavailable("Files cannot be read: VoiceAssist is stopping.")
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())
        while self._idle and not fresh:
            child = self._idle.pop()
            if child.alive:
                return child
            await child.end()  # it was killed while it had nothing to do
        try:
            return await Child.start(self._limits, self._clock)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            raise Unavailable(f"Files cannot be read: no process could be started ({error}).") from error

    async def _give_back(self, child: Child) -> None:
        if self._closed or child.resident > _RECYCLE_BYTES or child.served >= _RECYCLE_FILES:
            await child.end()
        else:
            self._idle.append(child)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_IDLE_SECONDS / 2)
            await self.trim()

    async def trim(self) -> None:
        """End the children that have rested for a while, all but a small one. Happens by itself from time to time."""
        rested = [child for child in self._idle if self._clock() - child.idle_since >= _IDLE_SECONDS]
        kept = next((child for child in rested if child.resident <= _IDLE_BYTES), None)
        leaving = [child for child in rested if child is not kept]
        self._idle = [child for child in self._idle if child not in leaving]
        for child in leaving:
            await child.end()

    async def close(self) -> None:
        """End all children, also in the middle of a file."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for child in (*self._idle, *self._busy):
            await child.end()
        self._idle.clear()
