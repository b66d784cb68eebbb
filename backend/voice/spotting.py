"""What a short utterance over an answer sounds like: one of the backchannels, or of the words that stop."""

import asyncio

from backend.speech.spotting import PhraseSpotter
from backend.voice.words import turn_words

_LANGUAGE = "en"


class Spotting:
    """One spotter for all sessions, made when the first of them begins. It knows English."""

    def __init__(self) -> None:
        self._spotter: PhraseSpotter | None = None
        self._turn = asyncio.Lock()

    async def prepare(self, language: str) -> None:
        """Have the spotter ready."""
        if language == _LANGUAGE:
            await self._ready()

    async def spot(self, samples: bytes, language: str) -> str | None:
        """The phrase that speech (16-bit mono at `HEARD_RATE`) sounds most like, "" for none; None: it is not known."""
        if language != _LANGUAGE or not samples:
            return None
        spotter = await self._ready()
        async with self._turn:
            return await asyncio.to_thread(spotter.spot, samples)

    async def _ready(self) -> PhraseSpotter:
        async with self._turn:
            if self._spotter is None:
                known = turn_words(_LANGUAGE)
                self._spotter = await asyncio.to_thread(PhraseSpotter, known.backchannels | known.stops)
            return self._spotter
