"""Sound at another rate, however it arrives."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.speech.resampling import Resampler


def tone(rate: int, hertz: float = 440.0) -> bytes:
    """A second of a tone."""
    return (10_000 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype("<i2").tobytes()


def resampled(samples: bytes, size: int, rate: int = 22_050, wanted: int = 24_000) -> NDArray[np.int16]:
    """What comes out when the sound is fed in pieces of `size` bytes."""
    resampler = Resampler(rate, wanted)
    pieces = [resampler.feed(samples[start : start + size]) for start in range(0, len(samples), size)]
    return np.frombuffer(b"".join([*pieces, resampler.finish()]), dtype=np.int16)


@pytest.mark.parametrize("size", [1, 3, 441, 4096])
def test_pieces_of_any_size_give_the_same_sound(size: int) -> None:
    assert np.array_equal(resampled(tone(22_050), size), resampled(tone(22_050), 1 << 20))


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 48_000])
def test_a_second_stays_a_second_and_a_tone_keeps_its_pitch(rate: int) -> None:
    samples = resampled(tone(rate), 4096, rate)
    loudest = int(np.argmax(np.abs(np.fft.rfft(samples))))

    assert abs(len(samples) - 24_000) <= 2
    assert abs(loudest * 24_000 / len(samples) - 440) < 2
    assert 9_000 < int(np.abs(samples[1000:-1000]).max()) < 11_000


def test_the_same_rate_changes_nothing() -> None:
    assert resampled(tone(24_000), 4096, 24_000).tobytes() == tone(24_000)
