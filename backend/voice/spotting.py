"""What a short utterance over an answer sounds like: one of the backchannels, or of the words that stop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from backend.speech.spotting import PhraseSpotter
from backend.voice.words import turn_words

_LANGUAGE = "en"


class Spotting:
    """One spotter for all sessions, made when the first of them begins, in a thread of its own. It knows English."""

    def __init__(self) -> None:
        self._spotter: PhraseSpotter | None = None
        self._thread = ThreadPoolExecutor(1, "voice-spotting")  # whoever is cancelled while it works leaves it to it

    async def prepare(self, language: str) -> None:
        """Have the spotter ready."""
        if language == _LANGUAGE:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._ready)

    async def spot(self, samples: bytes, language: str) -> str | None:
        """The phrase that speech (16-bit mono at `HEARD_RATE`) sounds most like, "" for none; None: it is not known."""
        if language != _LANGUAGE or not samples:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._ready().spot(samples))

    def _ready(self) -> PhraseSpotter:
        if self._spotter is None:
            known = turn_words(_LANGUAGE)
            self._spotter = PhraseSpotter(known.backchannels | known.stops)
        return self._spotter
