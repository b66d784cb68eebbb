"""Sound at one rate, piece by piece, to sound at another."""

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from backend.speech.protocol import BYTES_PER_SAMPLE


class Resampler:
    """Takes 16-bit mono samples at one rate and gives them at another. A piece may end in the middle of a sample."""

    def __init__(self, rate: int, wanted: int) -> None:
        self._rate = rate
        self._resampler = to_mono(wanted)
        self._half = b""  # of a sample

    def feed(self, samples: bytes) -> bytes:
        """More sound. What can be given of it by now, which may be nothing."""
        samples = self._half + samples
        whole = len(samples) - len(samples) % BYTES_PER_SAMPLE
        self._half = samples[whole:]
        if not whole:
            return b""
        frame = AudioFrame(format="s16", layout="mono", samples=whole // BYTES_PER_SAMPLE)
        frame.planes[0].update(samples[:whole])
        frame.sample_rate = self._rate
        return samples_of(self._resampler.resample(frame))

    def finish(self) -> bytes:
        """What the filter still holds; nothing may be fed after it."""
        return samples_of(self._resampler.resample(None))


def to_mono(rate: int) -> AudioResampler:
    """FFmpeg's resampler from whatever it is given to 16-bit mono at `rate`."""
    return AudioResampler(format="s16", layout="mono", rate=rate)


def samples_of(frames: list[AudioFrame]) -> bytes:
    """What is in 16-bit mono frames; their planes are longer than that."""
    return b"".join(bytes(frame.planes[0])[: frame.samples * BYTES_PER_SAMPLE] for frame in frames)
