"""Engines that a test scripts. They leave unproved everything that a real engine does with sound and with time."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from backend.egress.gate import Destination
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, EngineInfo, Listening, Transcript, Voice, Word


class Ear:
    """Hears `words`, one for each half second, unless `error` is raised `at` "listen", "feed" or "finish"."""

    def __init__(self, name: str, *, languages: tuple[str, ...] = (), times: bool = False) -> None:
        self.info = EngineInfo(name, Destination("localhost"), languages=languages)
        self.error: Exception | None = None
        self.at = "finish"
        self.times = times
        self.heard: list[bytes] = []
        self.abandoned = 0
        self.closed = False
        self.prepared = 0

    def check(self, step: str) -> None:
        if self.error is not None and self.at == step:
            raise self.error

    async def listen(self, listening: Listening) -> "_Recognition":
        self.check("listen")
        return _Recognition(self)

    async def prepare(self, listening: Listening) -> None:
        self.check("prepare")
        self.prepared += 1

    async def close(self) -> None:
        self.closed = True


class _Recognition:
    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._samples = bytearray()

    async def feed(self, samples: bytes) -> str | None:
        self._ear.check("feed")
        self._samples += samples
        return f"{self._ear.info.name} {len(self._samples)}"

    async def finish(self) -> Transcript:
        self._ear.check("finish")
        self._ear.heard.append(bytes(self._samples))
        seconds = len(self._samples) / HEARD_RATE / BYTES_PER_SAMPLE
        words = (Word("hello", 0.0, seconds),) if self._ear.times else ()
        return Transcript("hello", self._ear.info.name, words=words)

    async def abandon(self) -> None:
        self._ear.abandoned += 1


class Mouth:
    """Says its name, then the text, then breaks if `error` is set; `before` breaks before the first sound."""

    def __init__(self, name: str, *, languages: tuple[str, ...] = (), voices: Sequence[str] = ()) -> None:
        self.info = EngineInfo(name, Destination("localhost"), languages=languages)
        self.error: Exception | None = None
        self.before = True
        self.asked: list[Voice] = []
        self.stopped = 0
        self.closed = False
        self._voices = voices

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        self.asked.append(voice)
        if self.error is not None and self.before:
            raise self.error
        try:
            yield self.info.name.encode()
            await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
            yield text.encode()
        except GeneratorExit:
            self.stopped += 1
            raise

    async def voices(self) -> Sequence[str]:
        return self._voices

    async def close(self) -> None:
        self.closed = True
