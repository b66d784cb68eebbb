"""Sound at one rate, piece by piece, to sound at another."""

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from backend.speech.protocol import BYTES_PER_SAMPLE


class Resampler:
    """Takes 16-bit mono samples at one rate and gives them at another. A piece may end in the middle of a sample."""

    def __init__(self, rate: int, wanted: int) -> None:
        self._rate = rate
        self._resampler = AudioResampler(format="s16", layout="mono", rate=wanted)
        self._half = b""  # of a sample

    def feed(self, samples: bytes) -> bytes:
        """More sound. What can be given of it by now, which may be nothing."""
        samples = self._half + samples
        whole = len(samples) - len(samples) % BYTES_PER_SAMPLE
        self._half = samples[whole:]
        if not whole:
            return b""
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(samples[:whole], dtype=np.int16).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = self._rate
        return _samples(self._resampler.resample(frame))

    def finish(self) -> bytes:
        """What the filter still holds; nothing may be fed after it."""
        return _samples(self._resampler.resample(None))


def _samples(frames: list[AudioFrame]) -> bytes:
    return b"".join(frame.to_ndarray().tobytes() for frame in frames)
