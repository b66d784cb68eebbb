"""One utterance, heard by one engine after the other until there is a transcript."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from backend.errors import RateLimited, Unavailable
from backend.speech.limits import SHORTEST_SECONDS, Limits, seconds
from backend.speech.lines import Line, Lines
from backend.speech.protocol import (
    BYTES_PER_SAMPLE,
    HEARD_RATE,
    EngineInfo,
    Listening,
    Recogniser,
    Recognition,
    Transcript,
)

# What was said is kept so long (seconds) for the next engine. What is said after that, only one engine hears.
_KEPT_SECONDS = 120
# What is there already is given to an engine in pieces of this many bytes (half a second).
PIECE = HEARD_RATE * BYTES_PER_SAMPLE // 2
# Engines keep their own limits. One that breaks them by so much (seconds) is stuck.
_STUCK_SECONDS = 60.0

T = TypeVar("T")


class Utterance:
    """A `Recognition` that goes on with the next engine when one fails: that one is given all that was said."""

    def __init__(
        self, lines: Lines[Recogniser], listening: Listening, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._lines = lines
        self._listening = listening
        self._limits = limits
        self._clock = clock
        self._choices = lines.choices(listening.language, listening.grade)
        self._line: Line[Recogniser] | None = None
        self._recognition: Recognition | None = None
        self._errors: list[Exception] = []
        self._kept = bytearray()
        self._size = 0

    @property
    def engine(self) -> EngineInfo | None:
        """Who hears it now; None once it has ended."""
        return self._line.engine.info if self._line else None

    async def begin(self) -> None:
        """Find an engine that begins. Raises `Unavailable` when there is none."""
        try:
            await self._next()
        except BaseException:
            await self.abandon()
            raise

    async def feed(self, samples: bytes) -> str | None:
        """See `Recognition.feed`."""
        self._size += len(samples)
        if seconds(self._size) <= _KEPT_SECONDS:
            self._kept += samples
        else:
            self._kept.clear()
        try:
            return await self._in_time(self._current().feed(samples))
        except (Unavailable, RateLimited) as error:
            await self._lose(error)
            return await self._next()

    async def finish(self) -> Transcript:
        """See `Recognition.finish`."""
        began = self._clock()
        if seconds(self._size) < SHORTEST_SECONDS and self._line is not None:  # nobody needs to be asked
            name = self._line.engine.info.name
            await self.abandon()
            return Transcript("", name, self._listening.language or "en")
        while True:
            try:
                transcript = await self._in_time(self._current().finish())
                break
            except (Unavailable, RateLimited) as error:
                await self._lose(error)
                await self._next()
        if self._line is not None:
            self._line.worked()
            self._line.took(self._clock() - began)
        self._line = self._recognition = None
        self._kept.clear()
        return transcript

    async def abandon(self) -> None:
        """See `Recognition.abandon`. After the end it does nothing."""
        line, recognition = self._line, self._recognition
        self._line = self._recognition = None
        self._kept.clear()
        if line is not None:
            line.left()
        if recognition is not None:
            await recognition.abandon()

    async def _next(self) -> str | None:
        """Go on with the next engine that begins: give it what was said. What it has heard so far, if anything."""
        if self._size > len(self._kept):
            raise self._lines.nobody(self._listening.language, self._errors)
        for line in self._choices:
            self._line = line
            text: str | None = None
            try:
                self._recognition = await self._in_time(line.engine.listen(self._listening))
                for start in range(0, len(self._kept), PIECE):
                    piece = bytes(self._kept[start : start + PIECE])
                    text = await self._in_time(self._recognition.feed(piece)) or text
                return text
            except (Unavailable, RateLimited) as error:
                await self._lose(error)
        raise self._lines.nobody(self._listening.language, self._errors)

    async def _lose(self, error: Exception) -> None:
        """The engine has failed, or may not be asked."""
        line, recognition = self._line, self._recognition
        self._line = self._recognition = None
        self._errors.append(error)
        if line is not None:
            line.failed(error)
        if recognition is not None:
            await recognition.abandon()

    def _current(self) -> Recognition:
        if self._recognition is None:
            raise Unavailable("This utterance has ended.")
        return self._recognition

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._limits.for_sound(self._size) + _STUCK_SECONDS):
                return await work
        except TimeoutError as error:
            name = self._line.engine.info.name if self._line else "engine"
            raise Unavailable(f"{name} hears nothing any more.") from error
