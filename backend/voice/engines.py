"""What a session needs of speech engines and of the user's vocabulary; `backend.speech` has what fits."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Protocol

from backend.speech.protocol import EngineInfo, Listening, Recognition, Transcript, Vocabulary, Voice


class Hears(Protocol):
    """Chooses an engine that hears. Raises `Withheld` and `Unavailable` when there is none that may and can."""

    async def listen(self, listening: Listening) -> Recognition: ...

    async def prepare(self, listening: Listening) -> None: ...

    async def transcribe(self, pieces: AsyncIterator[bytes] | Iterator[bytes], listening: Listening) -> Transcript: ...

    def info(self, language: str) -> EngineInfo: ...


class Speaks(Protocol):
    """Chooses an engine that speaks. Raises like `Hears`."""

    def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]: ...

    async def voices(self, language: str) -> Sequence[str]: ...

    def info(self, language: str) -> EngineInfo: ...


VocabularyOf = Callable[[str], Awaitable[Vocabulary]]
