"""Recordings for tests, made when they are needed: sentences that flite speaks, with pauses, in files of any kind."""

import wave
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from backend.speech.protocol import HEARD_RATE
from tests import sounds

# FFmpeg's encoder for each ending, and a rate that it takes.
_ENCODERS = {
    ".mp3": ("libmp3lame", 44_100),
    ".m4a": ("aac", 44_100),
    ".ogg": ("libopus", 48_000),
    ".webm": ("libopus", 48_000),
    ".flac": ("flac", 16_000),
    ".wav": ("pcm_s16le", 16_000),
}


def spoken(parts: Sequence[str | float]) -> bytes:
    """Samples as engines hear them: sentences, and pauses in seconds."""
    said = [
        sounds.say(part) if isinstance(part, str) else np.zeros(int(part * HEARD_RATE), np.float32) for part in parts
    ]
    return sounds.pcm(np.concatenate(said))


def written(samples: bytes, path: Path) -> Path:
    """The samples as a file of the kind that its ending tells."""
    encoder, rate = _ENCODERS[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.frombuffer(samples, "<i2").reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = HEARD_RATE
        for packet in stream.encode(frame):
            container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def long_wav(samples: bytes, path: Path, seconds: float) -> Path:
    """The samples again and again, for so many seconds; memory does not grow with them."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HEARD_RATE)
        left = int(seconds * HEARD_RATE) * 2
        while left > 0:
            file.writeframesraw(samples[:left])
            left -= len(samples)
    return path
