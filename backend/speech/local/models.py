"""The models that can be fetched, and where they are kept.

Only models are listed whose archive's SHA-256 several independent projects state alike; the maker of the archives
states none for most of them. Sizes are of the archives.
"""

import importlib.util
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HEARS = "hears"
SPEAKS = "speaks"

# In the folder of a model that was fetched whole: the checksum of the archive that it came out of.
_SEAL = ".sha256"

_RELEASES = "https://github.com/k2-fsa/sherpa-onnx/releases/download"


class Family(StrEnum):
    """How a model is loaded."""

    TRANSDUCER = "transducer"  # hears; streaming
    KOKORO = "kokoro"
    PIPER = "piper"


@dataclass(frozen=True, slots=True)
class Model:
    """A model in an archive (tar.bz2) with one folder. `files` are in it, by what they are; `voices` in their order."""

    name: str
    family: Family
    languages: tuple[str, ...]
    url: str
    sha256: str
    size: int
    folder: str
    files: Mapping[str, str]
    licence: str
    voices: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Whether it hears or speaks."""
        return HEARS if self.family is Family.TRANSDUCER else SPEAKS


def _zipformer(name: str, folder: str, sha256: str, size: int, epoch: str) -> Model:
    # Small integers for the two large parts; the decoder is small, and hears a little better as it is.
    files = {
        "encoder": f"encoder-{epoch}.int8.onnx",
        "decoder": f"decoder-{epoch}.onnx",
        "joiner": f"joiner-{epoch}.int8.onnx",
        "tokens": "tokens.txt",
    }
    url = f"{_RELEASES}/asr-models/{folder}.tar.bz2"
    return Model(name, Family.TRANSDUCER, ("en",), url, sha256, size, folder, files, "Apache-2.0")


_ALL = (
    _zipformer(
        "zipformer-en",
        "sherpa-onnx-streaming-zipformer-en-2023-06-26",
        "639e25b578e9e997131402199419c13a941f8e4e198e2da1ce57dbf5cf401282",
        310_414_022,
        "epoch-99-avg-1-chunk-16-left-128",
    ),
    _zipformer(
        "zipformer-en-small",
        "sherpa-onnx-streaming-zipformer-en-20M-2023-02-17",
        "9c559283e8498d3fe95913c79ca1cb454bb26281ac2b102b41306c7d752765d9",
        127_887_156,
        "epoch-99-avg-1",
    ),
    Model(
        "kroko-de",
        Family.TRANSDUCER,
        ("de",),
        f"{_RELEASES}/asr-models/sherpa-onnx-streaming-zipformer-de-kroko-2025-08-06.tar.bz2",
        "9e27b783c20e67b0d0f13a258c1861fce199917c969d9176a438bee38df64962",
        57_565_698,
        "sherpa-onnx-streaming-zipformer-de-kroko-2025-08-06",
        {"encoder": "encoder.onnx", "decoder": "decoder.onnx", "joiner": "joiner.onnx", "tokens": "tokens.txt"},
        "CC-BY-SA-4.0",
    ),
    Model(
        "kokoro-en",
        Family.KOKORO,
        ("en",),
        f"{_RELEASES}/tts-models/kokoro-en-v0_19.tar.bz2",
        "912804855a04745fa77a30be545b3f9a5d15c4d66db00b88cbcd4921df605ac7",
        319_625_534,
        "kokoro-en-v0_19",
        {"model": "model.onnx", "voices": "voices.bin", "tokens": "tokens.txt"},
        "Apache-2.0",
        (
            "af", "af_bella", "af_nicole", "af_sarah", "af_sky", "am_adam", "am_michael", "bf_emma", "bf_isabella",
            "bm_george", "bm_lewis",
        ),
    ),
    Model(
        "piper-de",
        Family.PIPER,
        ("de",),
        f"{_RELEASES}/tts-models/vits-piper-de_DE-thorsten-high.tar.bz2",
        "dd4ed1b0d42c30a1a4862fc2b243e8044d52b8889c9ff3d1e99e92028888bc4a",
        115_591_546,
        "vits-piper-de_DE-thorsten-high",
        {"model": "de_DE-thorsten-high.onnx", "tokens": "tokens.txt"},
        "CC0-1.0",
        ("thorsten",),
    ),
)  # fmt: skip

CATALOGUE: Mapping[str, Model] = {model.name: model for model in _ALL}


def place(home: Path, model: Model) -> Path:
    """The folder that a model is kept in."""
    return home / "models" / model.folder


def is_here(home: Path, model: Model) -> bool:
    """Whether the model was fetched whole, out of the archive that is pinned."""
    folder = place(home, model)
    try:
        sealed = (folder / _SEAL).read_text(encoding="ascii").strip() == model.sha256
    except OSError:
        return False
    return sealed and all((folder / name).exists() for name in model.files.values())


def seal(folder: Path, model: Model) -> None:
    """Note that this folder holds the model, whole."""
    (folder / _SEAL).write_text(f"{model.sha256}\n", encoding="ascii")


def problem(home: Path, names: Sequence[str], kind: str, catalogue: Mapping[str, Model] = CATALOGUE) -> str | None:
    """What is missing for models of this kind to be used; None when nothing is."""
    if unknown := [name for name in names if name not in catalogue]:
        return f"SPEECH_LOCAL_MODELS names {unknown[0]!r}; there are {', '.join(catalogue)}."
    wanted = [catalogue[name] for name in names if catalogue[name].kind == kind]
    if not wanted:
        able = ", ".join(model.name for model in catalogue.values() if model.kind == kind)
        return f"Name a model that {kind} in SPEECH_LOCAL_MODELS: {able}."
    if importlib.util.find_spec("sherpa_onnx") is None:
        return "Install the extra `speech`."
    if kind == SPEAKS and shutil.which("espeak-ng") is None:
        return "Install espeak-ng: it tells how words are pronounced."
    if missing := [model.name for model in wanted if not is_here(home, model)]:
        return f"Run `voiceassist models fetch {' '.join(missing)}`."
    return None


def for_language(
    names: Sequence[str], kind: str, language: str, catalogue: Mapping[str, Model] = CATALOGUE
) -> Model | None:
    """The first of the named models that knows the language, or the first of all where it is not known yet."""
    able = [catalogue[name] for name in names if catalogue[name].kind == kind]
    return next((model for model in able if not language or language in model.languages), None)


def languages_of(names: Sequence[str], kind: str, catalogue: Mapping[str, Model] = CATALOGUE) -> tuple[str, ...]:
    """What the named models of this kind know."""
    known = [language for name in names if catalogue[name].kind == kind for language in catalogue[name].languages]
    return tuple(dict.fromkeys(known))
