"""What is said, as a track: in order, held, dropped, and how far it is."""

import asyncio

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra `webrtc` is not installed")

from backend.voice.frames import Sound
from backend.voice.webrtc.track import SpokenTrack
from backend.voice.wire import Playback


def sound(speech: int, offset: int, count: int, value: int) -> Sound:
    return Sound(speech, offset, np.full(count, value, "<i2").tobytes())


async def heard(track: SpokenTrack, frames: int) -> list[int]:
    """The samples of the next frames."""
    return [int(value) for _ in range(frames) for value in (await track.recv()).to_ndarray()[0]]


async def test_what_is_put_comes_in_order_and_silence_after_it() -> None:
    reports: list[Playback] = []
    track = SpokenTrack(reports.append)
    track.put(sound(1, 0, 500, 7))
    track.put(sound(1, 500, 300, 8))
    track.end(1, 800)
    assert await heard(track, 2) == [7] * 500 + [8] * 300 + [0] * 160
    assert reports[-1] == Playback(speech=1, samples=800, ended=True)


async def test_it_is_played_in_real_time() -> None:
    loop = asyncio.get_running_loop()
    took = []
    for _ in range(3):
        track = SpokenTrack(lambda _: None)
        began = loop.time()
        stamps = [(await track.recv()).pts for _ in range(11)]
        took.append(loop.time() - began)
        assert stamps == [n * 480 for n in range(11)]
    assert 0.19 < min(took) < 0.4, "the quickest of three: the machine may stop in between"


async def test_what_is_held_is_kept_and_goes_on_where_it_was() -> None:
    reports: list[Playback] = []
    track = SpokenTrack(reports.append)
    track.put(sound(3, 2_400, 960, 5))
    assert await heard(track, 1) == [5] * 480
    track.hold()
    assert reports[-1] == Playback(speech=3, samples=2_880)
    assert await heard(track, 2) == [0] * 960
    track.go_on()
    assert await heard(track, 2) == [5] * 480 + [0] * 480


async def test_what_is_dropped_is_not_heard_and_what_follows_is() -> None:
    reports: list[Playback] = []
    track = SpokenTrack(reports.append)
    track.put(sound(1, 0, 4_800, 5))
    await heard(track, 1)
    track.hold()
    track.drop()
    track.put(sound(2, 0, 480, 6))
    assert await heard(track, 2) == [6] * 480 + [0] * 480


async def test_how_far_it_is_is_told_five_times_a_second() -> None:
    reports: list[Playback] = []
    track = SpokenTrack(reports.append)
    track.put(sound(1, 0, 24_000, 5))
    await heard(track, 31)
    assert [(report.samples, report.ended) for report in reports] == [
        (480, False),
        (5_280, False),
        (10_080, False),
        (14_880, False),
    ]


async def test_a_speech_that_was_played_before_its_end_was_told_is_over() -> None:
    reports: list[Playback] = []
    track = SpokenTrack(reports.append)
    track.put(sound(1, 0, 480, 5))
    await heard(track, 1)
    track.end(1, 480)
    assert reports[-1] == Playback(speech=1, samples=480, ended=True)
