"""An utterance for an engine that hears it only when all of it is said."""

from typing import Protocol

from backend.errors import Unavailable
from backend.speech.limits import SHORTEST_SECONDS, seconds
from backend.speech.protocol import EngineInfo, Listening, Transcript

# OpenAI takes 25 MB, 13 minutes; what is longer than this (seconds) is heard in windows.
_LONGEST_SECONDS = 600


class Transcriber(Protocol):
    """An engine that hears a whole utterance."""

    @property
    def info(self) -> EngineInfo: ...

    async def transcript(self, samples: bytes, listening: Listening) -> Transcript:
        """What was said in these samples. Raises as `Recognition.finish` does."""
        ...


class Collected:
    """A `Recognition` that keeps the samples until the end."""

    def __init__(self, engine: Transcriber, listening: Listening) -> None:
        self._engine = engine
        self._listening = listening
        self._samples = bytearray()

    async def feed(self, samples: bytes) -> str | None:
        """Keep the samples. Raises `Unavailable` when there are too many for one request."""
        self._samples += samples
        if seconds(len(self._samples)) > _LONGEST_SECONDS:
            raise Unavailable(f"{self._engine.info.name} hears at most {_LONGEST_SECONDS} s at once.")
        return None

    async def finish(self) -> Transcript:
        """Hand them over, and wait for the transcript."""
        if seconds(len(self._samples)) < SHORTEST_SECONDS:
            return Transcript("", self._engine.info.name, self._listening.language or "en")
        return await self._engine.transcript(bytes(self._samples), self._listening)

    async def abandon(self) -> None:
        """Forget them."""
        self._samples.clear()
