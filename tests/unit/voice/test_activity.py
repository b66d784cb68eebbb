"""Voice activity: the same changes however the sound is cut, and what an idle microphone costs."""

import itertools
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.voice import detector
from backend.voice.activity import Activity, Change, Thresholds
from tests import sounds


@pytest.fixture(scope="module")
def spoken() -> bytes:
    """A second of a quiet room, a sentence, a second, an answer, and a second."""
    pause = sounds.silence(1.0)
    scene = np.concatenate([pause, sounds.say("Call the lab now."), pause, sounds.say("Yes.", "flite:rms"), pause])
    room = sounds.at_level(sounds.noise("pink", len(scene) / 16_000 + 1), sounds.ROOM_DB)
    return sounds.pcm(scene + room[: len(scene)])


def fed(samples: bytes, cuts: list[int]) -> tuple[list[Change], Activity]:
    activity = Activity()
    changes = []
    places = [0, *sorted(2 * cut for cut in cuts), len(samples)]
    for start, end in itertools.pairwise(places):
        changes += activity.feed(samples[start:end])
    return changes, activity


def test_two_utterances_start_and_stop_where_they_are(spoken: bytes) -> None:
    changes, activity = fed(spoken, [])
    assert [change.kind for change in changes] == ["started", "stopped", "started", "stopped"]
    power = sounds.frame_power(sounds.from_pcm(spoken))
    loud = np.flatnonzero(power > power.max() / 3000) / 100
    first, last = loud[0], loud[-1]
    assert changes[0].at == pytest.approx(first, abs=0.1)
    assert changes[-1].at == pytest.approx(last, abs=0.1)
    assert activity.heard == pytest.approx(len(spoken) / 32_000)
    assert activity.silent_for == pytest.approx(activity.heard - changes[-1].at)
    assert 0.1 < activity.spoken_for < 0.7  # the "yes"


@given(st.lists(st.integers(0, 80_000), max_size=40))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cuts_give_the_same_changes(spoken: bytes, cuts: list[int]) -> None:
    cuts = [min(cut, len(spoken) // 2) for cut in cuts]
    whole, activity = fed(spoken, [])
    pieces, same = fed(spoken, cuts)
    assert pieces == whole
    assert (same.heard, same.silent_for, same.spoken_for) == (activity.heard, activity.silent_for, activity.spoken_for)


def test_while_somebody_speaks_there_is_no_silence(spoken: bytes) -> None:
    activity = Activity()
    said, voiced = [], 0.0
    for place in range(0, len(spoken), 640):
        activity.feed(spoken[place : place + 640])
        if activity.speaking:
            assert activity.silent_for == 0
            assert activity.spoken_for > 0
        said.append(activity.speaking)
        voiced = max(voiced, activity.spoken_for)
    assert any(said)
    assert not said[-1]
    assert voiced == pytest.approx(0.9, abs=0.4)


def test_the_first_voiced_chunk_is_seen_before_the_start(spoken: bytes) -> None:
    activity = Activity()
    seen = []
    for place in range(0, len(spoken), 1024):
        activity.feed(spoken[place : place + 1024])
        seen.append((activity.voiced, activity.speaking))
    assert seen.index((True, False)) == seen.index((True, True)) - 1


def test_reset_begins_another_audio(spoken: bytes) -> None:
    changes, activity = fed(spoken[:57_000], [])
    assert changes
    activity.reset()
    assert (activity.heard, activity.silent_for, activity.spoken_for, activity.speaking) == (0, 0, 0, False)
    assert activity.feed(spoken) == fed(spoken, [])[0]


def test_half_a_sample_is_refused_and_changes_nothing(spoken: bytes) -> None:
    activity = Activity()
    with pytest.raises(BadInput, match="3 bytes"):
        activity.feed(b"\0\0\0")
    assert activity.heard == 0
    assert activity.feed(spoken) == fed(spoken, [])[0]


def test_the_gate_for_quiet_changes_nothing_that_is_heard(spoken: bytes) -> None:
    ungated = Activity(replace(Thresholds(), quiet_rms=0.0)).feed(spoken)
    gated = Activity().feed(spoken)
    assert [change.kind for change in gated] == [change.kind for change in ungated]
    assert [change.at for change in gated] == pytest.approx([change.at for change in ungated], abs=0.1)


def test_fifty_quiet_microphones_have_no_network_among_them() -> None:
    room = sounds.pcm(sounds.at_level(sounds.noise("pink", 4), -80))
    tracemalloc.start()
    idle = [Activity() for _ in range(50)]
    for activity in idle:
        activity.feed(room)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(activity._network is None for activity in idle)
    assert taken / len(idle) < 50_000


def test_a_network_goes_back_after_speech_and_is_used_again(spoken: bytes) -> None:
    activity = Activity()
    activity.feed(spoken)
    first = activity._network
    assert first is not None
    activity.feed(bytes(32_000 * 4))
    assert activity._network is None
    activity.feed(spoken)
    assert activity._network is first


def test_loading_the_network_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_THREAD_LIMIT", "3")
    detector.give_back(detector._load())
    assert os.environ["OMP_THREAD_LIMIT"] == "3"
    monkeypatch.delenv("OMP_THREAD_LIMIT")
    detector.give_back(detector._load())
    assert "OMP_THREAD_LIMIT" not in os.environ


def test_the_network_works_in_the_thread_that_asks() -> None:
    """In a process of its own: this one may have threads of others."""
    count = "len(os.listdir('/proc/self/task'))"
    code = f"import os; from backend.voice import detector; detector.lend()(bytes(1024)); print({count})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "1"
