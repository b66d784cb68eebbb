"""Engines of speech that follow a script, where a test must know what is heard and how long it sounds.

They leave unproved what real engines hear and how fast they are; `test_spoken.py` and the bench use those.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from backend.egress.gate import Destination
from backend.errors import Unavailable
from backend.speech.protocol import SPOKEN_RATE, EngineInfo, Listening, Transcript, Voice, Word

HERE = Destination("localhost")
# 1 kHz, without a pause of silence: a codec keeps it.
_PERIOD = SPOKEN_RATE // 1000
_TONE = b"\x00\x10" * (_PERIOD // 2) + b"\x00\xf0" * (_PERIOD // 2)


@dataclass
class ScriptedHearing:
    """Hears the next of `says`, one for an utterance; its partial text comes after a third of a second.

    `stalls`: it takes sound and says nothing. `confidence` is that of every word. `partial` is told in place of the
    text, as long as the utterance is not over.
    """

    says: deque[str] = field(default_factory=deque)
    partial: str | None = None
    stalls: bool = False
    fault: Exception | None = None
    confidence: float | None = None
    open: int = 0
    heard: list[bytes] = field(default_factory=list)

    def info(self, language: str) -> EngineInfo:
        if language not in ("en", "de"):
            raise Unavailable(f"Nobody here understands the language {language!r}.")
        return EngineInfo("scripted ears", HERE, grade="command", languages=("en", "de"), streaming=True)

    async def listen(self, listening: Listening) -> "_Recognition":
        if self.fault is not None:
            raise self.fault
        return _Recognition(self, self.says.popleft() if self.says else "", listening.language)

    async def prepare(self, listening: Listening) -> None:
        """Nothing takes time here."""

    async def transcribe(self, pieces: AsyncIterator[bytes] | Iterator[bytes], listening: Listening) -> Transcript:
        recognition = await self.listen(listening)
        if isinstance(pieces, AsyncIterator):
            async for piece in pieces:
                await recognition.feed(piece)
        else:
            for piece in pieces:
                await recognition.feed(piece)
        return await recognition.finish()


class _Recognition:
    def __init__(self, engine: ScriptedHearing, text: str, language: str) -> None:
        self._engine = engine
        self._text = text
        self._language = language
        self._sound = bytearray()
        self._told: str | None = None
        engine.open += 1

    async def feed(self, samples: bytes) -> str | None:
        if self._engine.stalls:
            await asyncio.Event().wait()
        self._sound += samples
        text = self._text if self._engine.partial is None else self._engine.partial
        if text == self._told or len(self._sound) < 32_000:
            return None
        self._told = text
        return text

    async def finish(self) -> Transcript:
        self._engine.open -= 1
        self._engine.heard.append(bytes(self._sound))
        words = tuple(Word(word, 0.0, 1.0, self._engine.confidence) for word in self._text.split())
        return Transcript(self._text, "scripted ears", self._language, words)

    async def abandon(self) -> None:
        self._engine.open -= 1


@dataclass
class ScriptedSpeaking:
    """Says anything in `seconds_per_character`, as a tone that never is silent; `said` is all that it was asked for."""

    seconds_per_character: float = 0.06
    said: list[str] = field(default_factory=list)
    voiced: list[Voice] = field(default_factory=list)
    open: int = 0
    fault: Exception | None = None

    def info(self, language: str) -> EngineInfo:
        return EngineInfo("scripted voice", HERE, languages=("en", "de"), streaming=True)

    async def voices(self, language: str) -> Sequence[str]:
        """The same for all languages."""
        return ["anna", "ben"]

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        if self.fault is not None:
            raise self.fault
        self.said.append(text)
        self.voiced.append(voice)
        self.open += 1
        try:
            left = round(len(text) * self.seconds_per_character * SPOKEN_RATE)
            while left > 0:
                piece = min(left, SPOKEN_RATE // 10)
                yield (_TONE * (piece // _PERIOD + 1))[: 2 * piece]
                left -= piece
                await asyncio.sleep(0)
        finally:
            self.open -= 1
