"""Hears on this machine, word by word, with a streaming transducer of sherpa-onnx."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backend.egress.gate import Destination
from backend.errors import Unavailable
from backend.speech.limits import seconds
from backend.speech.local.models import CATALOGUE, HEARS, Model, for_language, is_here, languages_of, place
from backend.speech.local.pool import in_pool
from backend.speech.protocol import HEARD_RATE, EngineInfo, Listening, Transcript, Word

if TYPE_CHECKING:
    import sherpa_onnx

# A model hears a little ahead: what follows the last word (seconds of silence) lets it be told.
_TAIL_SECONDS = 0.6
# Threads of one model, and utterances that are worked on at the same time.
_THREADS = 2
# The last piece of a word is seldom spoken for longer (seconds); before a pause nothing else tells where it ends.
_LAST_PIECE_SECONDS = 0.4
# What begins a word in tokens of sentencepiece, and how sherpa-onnx gives it.
_WORD = ("▁", " ")


class LocalRecogniser:
    """Hears with the first of the named models that knows the language. A model is loaded when it is needed first."""

    def __init__(self, home: Path, names: Sequence[str], catalogue: Mapping[str, Model] = CATALOGUE) -> None:
        self._home = home
        self._names = names
        self._catalogue = catalogue
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="speech-local")
        self._loaded: dict[str, sherpa_onnx.OnlineRecognizer] = {}
        self._loading = asyncio.Lock()
        self.info = EngineInfo(
            "sherpa-onnx", Destination("localhost"), languages=languages_of(names, HEARS, catalogue), streaming=True
        )

    async def listen(self, listening: Listening) -> "_Utterance":
        """Begin to hear. Raises `Unavailable` when there is no model for the language, or it cannot be loaded."""
        model, recogniser = await self._model(listening.language)
        return _Utterance(self._pool, recogniser, f"{self.info.name} {model.name}", listening.language or "en")

    async def prepare(self, listening: Listening) -> None:
        """Load the model, which takes a second or more."""
        await self._model(listening.language)

    async def close(self) -> None:
        """Let the models go."""
        self._loaded.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _model(self, language: str) -> "tuple[Model, sherpa_onnx.OnlineRecognizer]":
        model = for_language(self._names, HEARS, language, self._catalogue)
        if model is None:
            raise Unavailable(f"No model of SPEECH_LOCAL_MODELS hears {language!r}.")
        async with self._loading:
            if model.name not in self._loaded:
                self._loaded[model.name] = await in_pool(self._pool, _load, self._home, model)
        return model, self._loaded[model.name]


class _Utterance:
    """One stream of a recogniser. All work is done in the pool, one piece after the other."""

    def __init__(
        self, pool: ThreadPoolExecutor, recogniser: "sherpa_onnx.OnlineRecognizer", engine: str, language: str
    ) -> None:
        self._pool = pool
        self._recogniser = recogniser
        self._engine = engine
        self._language = language
        self._stream = recogniser.create_stream()
        self._size = 0
        self._told = ""

    async def feed(self, samples: bytes) -> str | None:
        """Hear more, and tell when that has changed anything."""
        self._size += len(samples)
        text = await in_pool(self._pool, self._hear, samples)
        if text == self._told:
            return None
        self._told = text
        return text

    async def finish(self) -> Transcript:
        """Hear to the end."""
        return await in_pool(self._pool, self._end)

    async def abandon(self) -> None:
        """Nothing is held open."""

    def _hear(self, samples: bytes) -> str:
        heard = np.frombuffer(samples, dtype="<i2").astype(np.float32) / 32_768
        self._stream.accept_waveform(HEARD_RATE, heard)
        while self._recogniser.is_ready(self._stream):
            self._recogniser.decode_stream(self._stream)
        return _lower(self._recogniser.get_result(self._stream))

    def _end(self) -> Transcript:
        self._stream.accept_waveform(HEARD_RATE, np.zeros(int(_TAIL_SECONDS * HEARD_RATE), dtype=np.float32))
        self._stream.input_finished()
        text = self._hear(b"")
        tokens = list(self._recogniser.tokens(self._stream))
        starts = list(self._recogniser.timestamps(self._stream))
        chances = list(self._recogniser.ys_probs(self._stream))
        words = _words(tokens, starts, chances, seconds(self._size))
        return Transcript(text, self._engine, self._language, words)


def _load(home: Path, model: Model) -> "sherpa_onnx.OnlineRecognizer":
    """Load a model. Blocks. Only what was fetched whole is loaded: sherpa-onnx ends the process on some files."""
    if not is_here(home, model):
        raise Unavailable(f"The model {model.name} is not here. Run `voiceassist models fetch {model.name}`.")
    try:
        import sherpa_onnx
    except ImportError as error:
        raise Unavailable("sherpa-onnx is not installed: the extra `speech`.") from error
    folder = place(home, model)
    files = {part: str(folder / name) for part, name in model.files.items()}
    try:
        return sherpa_onnx.OnlineRecognizer.from_transducer(
            **files, num_threads=_THREADS, sample_rate=HEARD_RATE, decoding_method="greedy_search"
        )
    except (RuntimeError, ValueError, AssertionError) as error:
        raise Unavailable(f"The model {model.name} cannot be loaded.") from error


@dataclass(slots=True)
class _Begun:
    """A word of which there may be more. `last` is where its last piece begins."""

    text: str
    start: float
    last: float
    chances: list[float]


def _words(tokens: Sequence[str], starts: Sequence[float], chances: Sequence[float], end: float) -> tuple[Word, ...]:
    """Words out of pieces of words, of which only the beginnings are known."""
    begun: list[_Begun] = []
    for token, start, chance in zip(tokens, starts, chances, strict=False):
        text = token.lstrip("".join(_WORD))
        if token.startswith(_WORD) or not begun:
            begun.append(_Begun(text, start, start, [chance]))
        else:
            begun[-1].text += text
            begun[-1].last = start
            begun[-1].chances.append(chance)
    following = [word.start for word in begun[1:]] + [end]
    return tuple(
        Word(
            _lower(word.text),
            word.start,
            max(word.start, min(after, word.last + _LAST_PIECE_SECONDS)),
            min(1.0, math.exp(sum(word.chances) / len(word.chances))),
        )
        for word, after in zip(begun, following, strict=False)
    )


def _lower(text: str) -> str:
    """Models of LibriSpeech write capitals only."""
    text = text.strip()
    return text.lower() if text.isupper() else text
