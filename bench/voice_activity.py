"""How well speech is told from other sound: frames, starts, minutes of noise. Part of `bench.turn_taking`."""

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.speech.protocol import HEARD_RATE
from backend.voice.activity import Activity, Thresholds
from tests import sounds
from tests.sounds import Sound

VOICES = (
    "flite:slt",
    "flite:kal",
    "flite:rms",
    "flite:awb",
    "espeak:en-us",
    "espeak:en-gb+f3",
    "espeak:de",
    "espeak:de+f2",
)
_ENGLISH = (
    "Add a meeting with Doctor Smith on Friday at three.",
    "What did the report say about the budget for next year?",
    "Yes, please.",
    "Cancel my appointment with the dentist and tell them that I am sorry.",
    "Find the notes from the last meeting of the quality group.",
    "Move it to ten past eleven.",
)
_GERMAN = (
    "Trag mir einen Termin mit Frau Weber am Freitag um drei ein.",
    "Was steht im Bericht über das Budget für das nächste Jahr?",
    "Ja, bitte.",
    "Sag meinen Termin beim Zahnarzt ab und schreib, dass es mir leid tut.",
    "Such die Notizen der letzten Sitzung.",
    "Verschieb es auf zehn nach elf.",
)
# Noises under speech, and how much quieter they are (dB). Babble is other people's speech, and detected as such.
_CONDITIONS = (
    ("room", None), ("white", 20), ("white", 10), ("pink", 20), ("pink", 10), ("pink", 5), ("pink", 0),
    ("keyboard", 10), ("music", 15), ("music", 10), ("babble", 15), ("babble", 10),
)  # fmt: skip
# Speech is what is within 40 dB of the loudest frame of the clean clip, and the gaps of up to 0.2 s in it.
_SPEECH_RANGE_DB = 40.0
_GAP_FRAMES = 20
# The page sends frames of 20 ms.
_SENT = HEARD_RATE // 50
# What a browser's noise suppression leaves of a quiet room.
_SUPPRESSED_DB = -80.0
# A start within these many seconds around a true one belongs to it.
_NEAR = (-0.2, 0.6)
# What a figure of a recording with its own noise can have for a floor: so much above its quietest frames.
_FLOOR_DB = 6.0

Speech = NDArray[np.bool_]


@dataclass(frozen=True)
class Detected:
    """What an `Activity` made of a sound: which frames are speech, and when each start was noticed (seconds)."""

    speech: Speech
    noticed: tuple[float, ...]
    segments: tuple[tuple[float, float], ...]


def detect(sound: Sound, thresholds: Thresholds | None = None) -> Detected:
    """Feed a sound as the page sends it."""
    activity = Activity(thresholds or Thresholds())
    samples = sounds.pcm(sound)
    speech = np.zeros(len(sound) // sounds.FRAME, bool)
    noticed, segments, start = [], [], 0.0
    for place in range(0, len(samples), 2 * _SENT):
        for change in activity.feed(samples[place : place + 2 * _SENT]):
            if change.kind == "started":
                start = change.at
                noticed.append(activity.heard)
            else:
                segments.append((start, change.at))
    if activity.speaking:
        segments.append((start, activity.heard))
    for begin, end in segments:
        speech[round(100 * begin) : round(100 * end)] = True
    return Detected(speech, tuple(noticed), tuple(segments))


def truth(clean: Sound, *, own_noise: bool = False) -> Speech:
    """Which frames of 10 ms are speech. `own_noise`: it is a recording, with a noise floor of its own."""
    level = 10 * np.log10(sounds.frame_power(clean) + 1e-12)
    floor = level.max() - _SPEECH_RANGE_DB
    if own_noise:
        floor = max(floor, np.percentile(level, 3) + _FLOOR_DB)
    speech: Speech = level > floor
    loud = np.flatnonzero(speech)
    for one, other in itertools.pairwise(loud):
        if other - one <= _GAP_FRAMES:
            speech[one:other] = True
    return speech


def scene(voice: str, seed: int) -> Sound:
    """A voice that says six sentences, with pauses between."""
    random = np.random.default_rng(seed)
    parts = [sounds.silence(random.uniform(0.5, 2))]
    for text in _GERMAN if ":de" in voice else _ENGLISH:
        parts += [sounds.say(text, voice), sounds.silence(random.uniform(0.7, 2.5))]
    return np.concatenate(parts)


def frames() -> dict[str, object]:
    """Misses and false alarms as shares of the frames, and latencies of starts, per noise."""
    scenes = [scene(voice, seed) for seed, voice in enumerate(VOICES)]
    babble = np.sum([np.resize(one, 20 * HEARD_RATE) for one in scenes], axis=0).astype(np.float32)
    beds: Mapping[str, Callable[[int], Sound]] = {
        "white": lambda seed: sounds.noise("white", 20, seed),
        "pink": lambda seed: sounds.noise("pink", 20, seed),
        "keyboard": lambda seed: sounds.keyboard(20, seed),
        "music": lambda seed: sounds.music(20, seed),
        "babble": lambda seed: np.roll(babble, seed * HEARD_RATE),
    }
    report: dict[str, object] = {}
    for kind, snr in _CONDITIONS:
        counts = []
        latencies: list[float] = []
        lost = 0
        for seed, clean in enumerate(scenes):
            heard = in_room(clean, seed) if snr is None else sounds.mixed(clean, beds[kind](seed), snr)
            found, true = detect(heard), truth(clean)
            counts.append(_counts(found.speech, true))
            late = [_latency(found.noticed, at) for at in _starts(true)]
            latencies += [one for one in late if one is not None]
            lost += sum(one is None for one in late)
        name = kind if snr is None else f"{kind}, {snr} dB"
        report[name] = _shares(counts) | {
            "start_noticed_ms": {"p50": _ms(latencies, 50), "p95": _ms(latencies, 95)},
            "starts_lost": lost,
        }
    return report


def in_room(clean: Sound, seed: int = 0, room_db: float = sounds.ROOM_DB) -> Sound:
    """Recorded in a quiet room."""
    bed = sounds.noise("pink", len(clean) / HEARD_RATE + 0.1, seed)[: len(clean)]
    return clean + sounds.at_level(bed, room_db)


def noises(seconds: float) -> dict[str, object]:
    """How often so much of each noise is taken for the start of speech."""
    made: Mapping[str, Callable[[], Sound]] = {
        "silence": lambda: sounds.silence(seconds),
        "white": lambda: sounds.at_level(sounds.noise("white", seconds), -35),
        "pink": lambda: sounds.at_level(sounds.noise("pink", seconds), -30),
        "brown": lambda: sounds.at_level(sounds.noise("brown", seconds), -25),
        "hum": lambda: sounds.at_level(sounds.hum(seconds), -30),
        "keyboard": lambda: sounds.at_level(sounds.keyboard(seconds), -25),
        "music": lambda: sounds.at_level(sounds.music(seconds), -25),
        "coughs": lambda: sounds.at_level(sounds.coughs(seconds), -25),
        "thuds": lambda: sounds.at_level(sounds.thuds(seconds), -25),
        "doors": lambda: sounds.at_level(sounds.doors(seconds), -25),
    }
    return {name: len(detect(in_room(make())).segments) for name, make in made.items()}


def outside(folder: Path) -> dict[str, object]:
    """Recordings of people that we did not make. Their pauses are short, so false alarms are few frames of few."""
    read = [sounds.recorded(file) for file in sorted((folder / "ljspeech").glob("*.wav"))]
    counts = [_counts(detect(one).speech, truth(one, own_noise=True)) for one in read]
    long = detect(sounds.recorded(next((folder / "silero-vad").rglob("*.wav"))))
    return {
        "ljspeech": _shares(counts),
        "silero-vad": {"segments": [[round(number, 2) for number in segment] for segment in long.segments]},
    }


def costs() -> dict[str, object]:
    """What a microphone costs: milliseconds of processor time for a second of sound, and megabytes."""
    quiet = sounds.at_level(sounds.noise("pink", 30), -75)
    loud = in_room(np.resize(scene("flite:slt", 0), 30 * HEARD_RATE))
    ungated = replace(Thresholds(), quiet_rms=0.0)
    return {
        "quiet_cpu_ms_per_s": _cpu(quiet, Thresholds()),
        "quiet_cpu_ms_per_s_without_gate": _cpu(quiet, ungated),
        "spoken_cpu_ms_per_s": _cpu(loud, Thresholds()),
        "idle_mb": _memory(quiet, Thresholds()),
        "idle_mb_without_gate": _memory(quiet, ungated),
        "gate": [_gate(db) for db in (-26.0, -40.0, -50.0)],
    }


def _cpu(sound: Sound, thresholds: Thresholds) -> float:
    began = time.process_time()
    detect(sound, thresholds)
    return round(1000 * (time.process_time() - began) / (len(sound) / HEARD_RATE), 3)


def _memory(sound: Sound, thresholds: Thresholds) -> float:
    samples = sounds.pcm(sound[: 2 * HEARD_RATE])
    before = _resident()
    kept = [Activity(thresholds) for _ in range(50)]
    for activity in kept:
        activity.feed(samples)
    return round((_resident() - before) / len(kept), 3)


def _resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _gate(db: float) -> dict[str, object]:
    """Whether speech of this level is found later, or not, because quiet chunks are not asked about."""
    later, changes, fewer = [], 0, 0
    for seed, voice in enumerate(VOICES):
        heard = in_room(sounds.at_level(scene(voice, seed), db), seed, _SUPPRESSED_DB)
        gated, all_of_it = detect(heard), detect(heard, replace(Thresholds(), quiet_rms=0.0))
        changes += len(all_of_it.segments)
        fewer += len(all_of_it.segments) - len(gated.segments)
        if len(gated.segments) == len(all_of_it.segments):
            pairs = zip(gated.segments, all_of_it.segments, strict=True)
            later += [1000 * (one[0] - other[0]) for one, other in pairs]
    return {"level_db": db, "segments": changes, "fewer": fewer, "starts_later_ms": round(float(np.mean(later)), 1)}


def _starts(true: Speech) -> list[float]:
    return [float(place) / 100 for place in np.flatnonzero(np.diff(true.astype(int)) == 1) + 1]


def _latency(noticed: Iterable[float], at: float) -> float | None:
    near = [moment - at for moment in noticed if _NEAR[0] < moment - at < _NEAR[1]]
    return near[0] if near else None


def _counts(found: Speech, true: Speech) -> tuple[int, int, int, int]:
    """Frames: missed, of speech, false alarms, of other sound."""
    count = min(len(found), len(true))
    found, true = found[:count], true[:count]
    return int((true & ~found).sum()), int(true.sum()), int((found & ~true).sum()), int((~true).sum())


def _shares(counts: list[tuple[int, int, int, int]]) -> dict[str, object]:
    missed, speech, false, other = np.sum(counts, axis=0)
    return {
        "miss": round(float(missed / speech), 4),
        "false_alarm": round(float(false / max(other, 1)), 4),
        "wrong_of_all": round(float((missed + false) / (speech + other)), 4),
    }


def _ms(seconds: list[float], percent: float) -> int | None:
    return round(1000 * float(np.percentile(seconds, percent))) if seconds else None
