"""A recording of any length, in windows."""

import tracemalloc
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import Unavailable
from backend.speech.protocol import Listening, Word
from backend.speech.recording import Windows
from backend.speech.router import Hearing
from tests.unit.speech.engines import Ear

SECOND = b"\x00\x10" * 16_000
LISTENING = Listening("alice", "en")


def speech(seconds: float) -> bytes:
    noise = np.random.default_rng(7).integers(-8_000, 8_000, int(seconds * 16_000))
    return noise.astype("<i2").tobytes()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 400_000), max_size=12), st.integers(0, 2**32 - 1))
def test_no_sample_is_lost_or_doubled_whatever_the_pieces(sizes: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).bytes(2 * sum(sizes))
    windows = Windows()
    found = []
    start = 0
    for size in sizes:
        found += list(windows.add(samples[start : start + 2 * size]))
        start += 2 * size
    found += list(windows.rest())
    assert b"".join(window.samples for window in found) == samples
    for before, after in pairwise(found):
        assert after.begin == pytest.approx(before.begin + len(before.samples) / 32_000)
    assert all(len(window.samples) <= 30 * 32_000 for window in found)


def test_a_window_ends_in_a_pause() -> None:
    said = speech(26.0) + bytes(32_000 // 2) + speech(10.0)
    (first, *_) = Windows().add(said)
    assert 26.0 <= len(first.samples) / 32_000 <= 26.5


async def test_times_count_from_the_beginning_of_the_recording() -> None:
    ear = Ear("one", times=True)

    def pieces() -> Iterator[bytes]:
        for _ in range(70):
            yield speech(1.0)

    transcript = await Hearing([ear]).transcribe(pieces(), LISTENING)
    assert transcript.text == "hello hello hello"
    assert transcript.engine == "one"
    assert transcript.words[0].start == 0.0
    for before, after in pairwise(transcript.words):
        assert after.start == pytest.approx(before.end)
    assert transcript.words[-1].end == pytest.approx(70.0)


async def test_without_times_a_window_stands_as_one_word() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield speech(10.0)

    transcript = await Hearing([Ear("one")]).transcribe(pieces(), LISTENING)
    assert transcript.words == (Word("hello", 0.0, 10.0),)


async def test_silence_is_not_given_to_an_engine() -> None:
    ear = Ear("one")
    transcript = await Hearing([ear]).transcribe(iter([bytes(32_000 * 50)]), LISTENING)
    assert (transcript.text, transcript.words, ear.heard) == ("", (), [])
    transcript = await Hearing([ear]).transcribe(iter([]), LISTENING)
    assert transcript.text == ""


async def test_an_engine_that_fails_in_the_middle_is_replaced_and_both_are_named() -> None:
    one, two = Ear("one"), Ear("two")

    def pieces() -> Iterator[bytes]:
        for second in range(60):
            if second == 40:
                one.error = Unavailable("down")
            yield speech(1.0)

    transcript = await Hearing([one, two]).transcribe(pieces(), LISTENING)
    assert transcript.engine == "one, two"
    assert sum(map(len, one.heard + two.heard)) == 60 * 32_000


async def test_half_an_hour_takes_the_memory_of_a_window() -> None:
    ear = Ear("one")

    def pieces() -> Iterator[bytes]:
        for _ in range(1800):
            yield SECOND
            ear.heard.clear()

    tracemalloc.start()
    try:
        transcript = await Hearing([ear]).transcribe(pieces(), LISTENING)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert transcript.words[-1].end == pytest.approx(1800.0)
    assert peak < 12 * 2**20
