"""Samples at one rate made into samples at another, piece by piece."""

import av
import numpy as np

from backend.speech.protocol import HEARD_RATE


class Resampler:
    """From `given` to `wanted` samples a second, 16-bit mono. The filter's tail comes with `rest`."""

    def __init__(self, wanted: int, given: int = HEARD_RATE) -> None:
        self._given = given
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=wanted)

    def add(self, samples: bytes) -> bytes:
        """What these give, as far as it can be told yet."""
        if not samples:
            return b""
        frame = av.AudioFrame.from_ndarray(np.frombuffer(samples, dtype="<i2")[None, :], format="s16", layout="mono")
        frame.sample_rate = self._given
        return self._sound(frame)

    def rest(self) -> bytes:
        """What is left at the end."""
        return self._sound(None)

    def _sound(self, frame: "av.AudioFrame | None") -> bytes:
        return b"".join(piece.to_ndarray().tobytes() for piece in self._resampler.resample(frame))
