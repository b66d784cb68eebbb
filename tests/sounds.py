"""Sounds for tests and measurements, made when they are needed: speech by flite and espeak-ng, noises of numbers.

All are arrays of float32 between -1 and 1, mono, at 16 kHz. The same arguments give the same sound.
"""

import io
import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from backend.speech.audio import decode
from backend.speech.protocol import HEARD_RATE
from backend.speech.wav import as_wav

Sound = NDArray[np.float32]
# 10 ms.
FRAME = HEARD_RATE // 100

# How loud speech is in a well set microphone, and a quiet room behind it (dB relative to full scale, RMS).
SPEECH_DB = -26.0
ROOM_DB = -66.0


def say(text: str, voice: str = "flite:slt") -> Sound:
    """Speech at `SPEECH_DB`, from its first sound to its last.

    `voice` is `flite:` and one of its voices, or `espeak:` and a language or variant.
    """
    return _said(text, voice).copy()


@lru_cache(maxsize=512)
def _said(text: str, voice: str) -> Sound:
    program, name = voice.split(":")
    if program == "flite":
        # It cannot write to a pipe.
        command = ["flite", "-voice", name, "-t", text, "-o", "/dev/stdout"]
    else:
        command = ["espeak-ng", "-v", name, "--stdout", text]
    spoken = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    sound = at_level(recorded(io.BytesIO(spoken)), SPEECH_DB)
    loud = np.flatnonzero(frame_power(sound) > 10 ** (ROOM_DB / 10))
    return sound[loud[0] * FRAME : (loud[-1] + 1) * FRAME]


def recorded(file: Path | BinaryIO) -> Sound:
    """A recording, as ours."""
    return from_pcm(b"".join(decode(file)))


def from_pcm(samples: bytes) -> Sound:
    """Samples as they travel (16-bit little-endian)."""
    return (np.frombuffer(samples, "<i2") / 32768).astype(np.float32)


def pcm(sound: Sound) -> bytes:
    """A sound as it travels."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def wav(sound: Sound) -> bytes:
    """A sound as a WAV file."""
    return as_wav(pcm(sound))


def level(sound: Sound) -> float:
    """RMS over its loud parts (the frames within 30 dB of the loudest), in dB of full scale."""
    power = frame_power(sound)
    loud = power[power > power.max() / 1000]
    return float(10 * np.log10(loud.mean() + 1e-12))


def at_level(sound: Sound, db: float) -> Sound:
    """The same, that loud."""
    return (sound * 10 ** ((db - level(sound)) / 20)).astype(np.float32)


def frame_power(sound: Sound) -> NDArray[np.float64]:
    """Mean square of each whole frame of 10 ms."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power: NDArray[np.float64] = (frames**2).mean(axis=1)
    return power


def silence(seconds: float) -> Sound:
    """Digital silence."""
    return np.zeros(round(seconds * HEARD_RATE), np.float32)


def noise(kind: str, seconds: float, seed: int = 0) -> Sound:
    """`white`, `pink` or `brown` noise, with an RMS of 1 before it is set to a level."""
    count = round(seconds * HEARD_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    slope = {"white": 0.0, "pink": 0.5, "brown": 1.0}[kind]
    # Nothing below 20 Hz passes a microphone.
    frequency = np.fft.rfftfreq(count, 1 / HEARD_RATE)
    spectrum *= np.where(frequency < 20, 0, np.maximum(frequency, 20) ** -slope)
    sound = np.fft.irfft(spectrum, count)
    return np.asarray(sound / np.sqrt((sound**2).mean()), np.float32)


def hum(seconds: float, seed: int = 0) -> Sound:
    """Mains hum and its harmonics."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * HEARD_RATE)) / HEARD_RATE
    tones = [np.sin(2 * np.pi * 50 * n * time + random.uniform(0, 6)) / n for n in range(1, 8)]
    return np.asarray(np.sum(tones, axis=0), np.float32)


def keyboard(seconds: float, seed: int = 0) -> Sound:
    """Somebody types: clicks of a few milliseconds, down and up, some seven keys a second with pauses."""

    def key(random: np.random.Generator) -> Sound:
        return np.concatenate(
            [_burst(random, 0.012, 0.003, 1500, 7000), silence(0.07), _burst(random, 0.008, 0.002, 2000, 7500) / 2]
        )

    return _scattered(seconds, seed, key, every=(0.08, 0.25), rest=0.05)


def doors(seconds: float, seed: int = 0) -> Sound:
    """Doors fall shut every few seconds: a crack and a boom."""

    def door(random: np.random.Generator) -> Sound:
        return np.add(_burst(random, 0.4, 0.03, 60, 5000), _burst(random, 0.4, 0.1, 40, 200) / 2)

    return _scattered(seconds, seed, door, every=(1.5, 5), rest=0)


def thuds(seconds: float, seed: int = 0) -> Sound:
    """Steps and falls in the next room: only the low half of a bang comes through the wall, and sounds like a vowel."""
    return _scattered(seconds, seed, lambda random: _burst(random, 0.3, 0.05, 40, 900), every=(1.5, 5), rest=0)


def coughs(seconds: float, seed: int = 0) -> Sound:
    """Bursts like coughs, one to three in a row: noise with the resonances of a throat and no voice in it."""

    def fit(random: np.random.Generator) -> Sound:
        return np.concatenate([cough(random) for _ in range(random.integers(1, 4))])

    return _scattered(seconds, seed, fit, every=(2, 6), rest=0)


def cough(random: np.random.Generator) -> Sound:
    """One burst with a sharp beginning, and a rest after it."""
    sound = sum(
        _burst(random, 0.35, 0.07, low * random.uniform(0.8, 1.2), high) / (n + 1)
        for n, (low, high) in enumerate([(350, 900), (1000, 2000), (2200, 4500)])
    )
    return np.concatenate([np.asarray(sound, np.float32), silence(0.15)])


def music(seconds: float, seed: int = 0) -> Sound:
    """Chords, a tune and a beat, without a voice."""
    random = np.random.default_rng(seed)
    bars: list[Sound] = []
    while sum(len(bar) for bar in bars) < seconds * HEARD_RATE:
        root = int(random.choice([-24, -21, -19, -17, -14, -12, -9]))
        instrument = str(random.choice(list(_INSTRUMENTS)))
        chord = [_tone(instrument, 1.6, root + step) for step in (0, int(random.choice([3, 4])), 7)]
        tune = [_tone("pluck", 0.4, root + int(random.choice([12, 14, 16, 19]))) for _ in range(4)]
        beat = [np.concatenate([_burst(random, 0.1, 0.03, 60, 300), silence(0.3)]) for _ in range(4)]
        bars.append(np.asarray(np.sum([*chord, np.concatenate(tune), np.concatenate(beat)], axis=0), np.float32))
    return np.concatenate(bars)[: round(seconds * HEARD_RATE)]


# How loud the overtones of an instrument are: of a string, which dies away, and of pipes and reeds, which do not.
_INSTRUMENTS: dict[str, Callable[[int], float]] = {
    "pluck": lambda n: 1 / n,
    "sine": lambda n: float(n == 1),
    "triangle": lambda n: n % 2 / n**2,
    "square": lambda n: n % 2 / n,
    "sawtooth": lambda n: 1 / n,
}
_OVERTONES = 12


def _tone(instrument: str, seconds: float, semitones: int) -> Sound:
    """A note so many semitones above A (440 Hz)."""
    time = np.arange(round(seconds * HEARD_RATE)) / HEARD_RATE
    pitch = 440 * 2 ** (semitones / 12)
    sound = np.zeros(len(time))
    for n in range(1, _OVERTONES + 1):
        if pitch * n < HEARD_RATE / 2:
            fading = np.exp(-3 * n * time) if instrument == "pluck" else 1.0
            sound += _INSTRUMENTS[instrument](n) * np.sin(2 * np.pi * pitch * n * time) * fading
    sound *= np.minimum(1, np.minimum(time / 0.01, (seconds - time) / 0.05))
    return np.asarray(sound / 3, np.float32)


def _burst(random: np.random.Generator, seconds: float, decay: float, low: float, high: float) -> Sound:
    """Noise between two frequencies that begins at once and dies away."""
    count = round(seconds * HEARD_RATE)
    spectrum = np.fft.rfft(random.normal(size=count))
    frequency = np.fft.rfftfreq(count, 1 / HEARD_RATE)
    spectrum[(frequency < low) | (frequency > high)] = 0
    sound = np.fft.irfft(spectrum, count) * np.exp(-np.arange(count) / HEARD_RATE / decay)
    return np.asarray(sound / max(np.abs(sound).max(), 1e-9), np.float32)


def _scattered(
    seconds: float,
    seed: int,
    make: Callable[[np.random.Generator], Sound],
    every: tuple[float, float],
    rest: float,
) -> Sound:
    """Sounds one after the other, `every` so many seconds; after some, with the chance `rest`, a pause of two."""
    random = np.random.default_rng(seed)
    sound = silence(seconds)
    place = 0
    while True:
        place += round(random.uniform(*every) * HEARD_RATE) + (2 * HEARD_RATE if random.random() < rest else 0)
        one = make(random) * random.uniform(0.4, 1)
        if place + len(one) > len(sound):
            return sound
        sound[place : place + len(one)] += one


def mixed(speech: Sound, other: Sound, snr: float) -> Sound:
    """Speech over a noise that is `snr` dB quieter. The noise is cut, or repeated, to the length."""
    fitting = np.resize(other, len(speech))
    return (speech + at_level(fitting, level(speech) - snr)).astype(np.float32)
