"""Speaks on this machine with Kokoro or Piper voices, by sherpa-onnx."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.egress.gate import Destination
from backend.errors import Unavailable
from backend.speech.local.models import CATALOGUE, SPEAKS, Family, Model, for_language, is_here, languages_of, place
from backend.speech.local.phonemes import phonemes
from backend.speech.local.pool import in_pool
from backend.speech.protocol import SPOKEN_RATE, EngineInfo, Voice
from backend.speech.resampling import Resampler

if TYPE_CHECKING:
    import sherpa_onnx

# Threads of one model, and clauses that are made at the same time.
_THREADS = 2
# A clause takes a slow processor a few seconds; loading the model comes on top, once.
_STALL_SECONDS = 20.0
_SLOWEST, _FASTEST = 0.5, 2.0


class LocalSynthesiser:
    """Speaks with the first of the named models that knows the language. A model is loaded when it is needed first."""

    def __init__(self, home: Path, names: Sequence[str], catalogue: Mapping[str, Model] = CATALOGUE) -> None:
        self._home = home
        self._names = names
        self._catalogue = catalogue
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="speech-local")
        self._loaded: dict[str, sherpa_onnx.OfflineTts] = {}
        self._loading = asyncio.Lock()
        self.info = EngineInfo(
            "sherpa-onnx", Destination("localhost"), languages=languages_of(names, SPEAKS, catalogue), streaming=True
        )

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        """The sound, sentence by sentence; see `Synthesiser.speak`."""
        model = for_language(self._names, SPEAKS, voice.language, self._catalogue)
        if model is None:
            raise Unavailable(f"No model of SPEECH_LOCAL_MODELS speaks {voice.language!r}.")
        loop = asyncio.get_running_loop()
        async with self._loading:
            if model.name not in self._loaded:
                self._loaded[model.name] = await in_pool(self._pool, _load, self._home, model)
        tts = self._loaded[model.name]
        wanted = _wanted(model, voice, await phonemes(text, model.languages[0]))
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        stopped = threading.Event()
        resampler = Resampler(tts.sample_rate, SPOKEN_RATE)

        def give(samples: NDArray[np.float32], _progress: float) -> int:
            if not stopped.is_set():
                loop.call_soon_threadsafe(pieces.put_nowait, resampler.feed(_as_pcm(samples)))
            return 0 if stopped.is_set() else 1

        def make() -> None:
            tts.generate("", wanted, callback=give)
            if not stopped.is_set():
                loop.call_soon_threadsafe(pieces.put_nowait, resampler.finish())

        def ended(made: "asyncio.Task[None]") -> None:
            pieces.put_nowait(None)
            if not made.cancelled():
                made.exception()  # seen, also when nobody listens any more

        making = asyncio.create_task(in_pool(self._pool, make), name="speech: make sound")
        making.add_done_callback(ended)
        sounded = False
        try:
            while (piece := await _next(pieces)) is not None:
                if piece:
                    sounded = True
                    yield piece
            await making
        finally:
            stopped.set()  # it ends after the sentence that it is at
        if not sounded:
            raise Unavailable("The model that speaks on this machine gave no sound.")

    async def voices(self) -> Sequence[str]:
        """The voices of all models that are named."""
        return [voice for name in self._names for voice in self._catalogue[name].voices]

    async def close(self) -> None:
        """Let the models go."""
        self._loaded.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _next(pieces: "asyncio.Queue[bytes | None]") -> bytes | None:
    try:
        async with asyncio.timeout(_STALL_SECONDS):
            return await pieces.get()
    except TimeoutError as error:
        raise Unavailable("The model that speaks on this machine is too slow.") from error


def _load(home: Path, model: Model) -> "sherpa_onnx.OfflineTts":
    """Load a model. Blocks. Only what was fetched whole is loaded: sherpa-onnx ends the process on some files."""
    if not is_here(home, model):
        raise Unavailable(f"The model {model.name} is not here. Run `voiceassist models fetch {model.name}`.")
    try:
        import sherpa_onnx
    except ImportError as error:
        raise Unavailable("sherpa-onnx is not installed: the extra `speech`.") from error
    folder = place(home, model)
    files = {part: str(folder / name) for part, name in model.files.items()}
    own = sherpa_onnx.OfflineTtsModelConfig(num_threads=_THREADS)
    if model.family is Family.KOKORO:
        own.kokoro = sherpa_onnx.OfflineTtsKokoroModelConfig(
            model=files["model"], voices=files["voices"], tokens=files["tokens"]
        )
    else:
        own.vits = sherpa_onnx.OfflineTtsVitsModelConfig(model=files["model"], tokens=files["tokens"])
    try:
        return sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=own))
    except (RuntimeError, ValueError) as error:
        raise Unavailable(f"The model {model.name} cannot be loaded.") from error


def _wanted(model: Model, voice: Voice, sentences: Sequence[str]) -> "sherpa_onnx.GenerationConfig":
    import sherpa_onnx

    wanted = sherpa_onnx.GenerationConfig()
    wanted.sid = model.voices.index(voice.name) if voice.name in model.voices else 0
    wanted.speed = min(_FASTEST, max(_SLOWEST, voice.speed))
    wanted.phoneme_codepoints = [[ord(symbol) for symbol in sentence] for sentence in sentences]
    return wanted


def _as_pcm(samples: NDArray[np.float32]) -> bytes:
    return (np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2").tobytes()
