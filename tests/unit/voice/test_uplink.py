"""The microphone's frames: each once, and not faster than anybody speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.voice.line import Closing
from backend.voice.uplink import Flood, Uplink
from backend.voice.wire import AudioIn


@given(st.lists(st.integers(0, 60)))
def test_a_frame_is_taken_once_and_gaps_are_counted(numbers: list[int]) -> None:
    uplink = Uplink()
    taken: list[int] = []
    missing = 0
    for number in numbers:
        new, gap = uplink.accept(AudioIn(number, b""))
        if new:
            taken.append(number)
        missing += gap
    assert taken == sorted(set(taken))
    assert uplink.received == (taken[-1] if taken else 0) == len(taken) + missing


def test_real_time_is_no_flood_and_twice_as_fast_is() -> None:
    now = 0.0
    flood = Flood(lambda: now)

    def hour(step: float) -> None:
        nonlocal now
        for _ in range(50 * 3_600):
            now += step
            flood.heard()

    hour(0.02)
    with pytest.raises(Closing):
        hour(0.01)
