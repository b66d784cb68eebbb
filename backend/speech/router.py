"""Who hears and who speaks: the configured engines in their order, each behind a circuit breaker."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import islice

from backend.errors import RateLimited, Unavailable
from backend.speech.limits import Limits
from backend.speech.lines import E, Lines
from backend.speech.protocol import EngineInfo, Listening, Recogniser, Synthesiser, Transcript, Voice
from backend.speech.recording import Heard, Window, Windows, joined
from backend.speech.utterance import PIECE, Utterance


class Hearing:
    """Hears with the first engine that can and may. `clock` is a steady clock in seconds."""

    def __init__(
        self, engines: Sequence[Recogniser], limits: Limits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lines = Lines(engines, "hears", clock)
        self._limits = limits or Limits()
        self._clock = clock

    def info(self, language: str) -> EngineInfo:
        """Who would be asked now. Raises `Unavailable` when nobody here knows the language."""
        return _likely(self._lines, language).info

    def hears(self, grade: str) -> bool:
        """Whether an engine of this grade is among them; with none named, whether there is any."""
        return any(grade in ("", engine.info.grade) for engine in self._lines.engines)

    async def listen(self, listening: Listening) -> Utterance:
        """Begin to hear an utterance. Raises `Unavailable` when there is no engine left that can and may hear it."""
        utterance = Utterance(self._lines, listening, self._limits, self._clock)
        await utterance.begin()
        return utterance

    async def prepare(self, listening: Listening) -> None:
        """Let the engine that would be asked do what takes time. That it fails is seen when it is asked."""
        try:
            await _likely(self._lines, listening.language).prepare(listening)
        except (Unavailable, RateLimited):
            return

    async def transcribe(
        self,
        pieces: AsyncIterator[bytes] | Iterator[bytes],
        listening: Listening,
        heard: list[Heard] | None = None,
    ) -> Transcript:
        """A whole recording, in windows, so that memory stays bounded. Words carry times from its beginning.

        Where an engine gives no times, the text of a window stands as one word. `heard` is filled window by
        window: who gives it again after a failure, with the same sound, goes on there. Raises as `listen` does.
        """
        windows = Windows()
        heard = [] if heard is None else heard
        known = heard[-1].end if heard else 0.0
        async for window in _cut(windows, pieces):
            if window.end > known and not window.is_silent:
                heard.append(Heard(window.begin, window.end, await self._hear(window, listening)))
        return joined(heard, listening.language)

    async def use(self, engines: Sequence[Recogniser], limits: Limits) -> None:
        """Let other engines hear from now on."""
        self._limits = limits
        await self._lines.use(engines)

    async def _hear(self, window: Window, listening: Listening) -> Transcript:
        utterance = await self.listen(listening)
        try:
            for start in range(0, len(window.samples), PIECE):
                await utterance.feed(window.samples[start : start + PIECE])
            return await utterance.finish()
        finally:
            await utterance.abandon()


class Speaking:
    """Speaks with the first engine that can and may."""

    def __init__(self, engines: Sequence[Synthesiser], clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = Lines(engines, "speaks", clock)
        self._clock = clock

    def info(self, language: str) -> EngineInfo:
        """Who would be asked now. Raises `Unavailable` when nobody here knows the language."""
        return _likely(self._lines, language).info

    async def voices(self, language: str) -> Sequence[str]:
        """The voices of that one; empty where nobody knows."""
        return await _likely(self._lines, language).voices()

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        """The sound of a clause; see `Synthesiser.speak`.

        Before the first sound the next engine is asked when one fails; after it, what is raised is the failure. A
        voice is that of the engine that is asked first: others speak with their usual one.
        """
        errors: list[Exception] = []
        for line in self._lines.choices(voice.language):
            began, sounded = self._clock(), False
            own = voice if line.engine is self._lines.engines[0] else replace(voice, name="")
            try:
                async with aclosing(line.engine.speak(text, own, user_id)) as sound:
                    async for piece in sound:
                        if not sounded:
                            line.took(self._clock() - began)
                            sounded = True
                        yield piece
            except (Unavailable, RateLimited) as error:
                line.failed(error)
                if sounded:
                    raise
                errors.append(error)
            except BaseException:  # most of all whoever does not want to hear any more
                line.left()
                raise
            else:
                line.worked()
                return
        raise self._lines.nobody(voice.language, errors)

    async def use(self, engines: Sequence[Synthesiser]) -> None:
        """Let other engines speak from now on."""
        await self._lines.use(engines)


def _likely(lines: Lines[E], language: str) -> E:
    engine = lines.likely(language)
    if engine is None:
        raise lines.nobody(language, [])
    return engine


async def _cut(windows: Windows, pieces: AsyncIterator[bytes] | Iterator[bytes]) -> AsyncIterator[Window]:
    if isinstance(pieces, AsyncIterator):
        async for piece in pieces:
            for window in windows.add(piece):
                yield window
    else:
        while more := await asyncio.to_thread(_next, pieces):  # it may decode a file, and blocks
            for window in windows.add(b"".join(more)):
                yield window
    for window in windows.rest():
        yield window


def _next(pieces: Iterator[bytes]) -> list[bytes]:
    """The next piece; none at the end."""
    return list(islice(pieces, 1))
