"""`voiceassist vad`, as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import sounds


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two utterances with a second and a half around each; the second one breaks off."""
    pause = sounds.silence(1.5)
    said = sounds.say("Move the meeting to Friday."), sounds.say("Call Jonas and Clara tomorrow.", "flite:rms")[:16_000]
    file = tmp_path / "recording.wav"
    file.write_bytes(sounds.wav(np.concatenate([pause, said[0], pause, said[1]])))
    return file


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from backend.cli import main; main()", "vad", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_segments_are_where_somebody_speaks(recording: Path) -> None:
    ran = run(str(recording), "--json")
    found = json.loads(ran.stdout)
    first, second = found["segments"]
    assert first["start"] == pytest.approx(1.5, abs=0.15)
    assert second["end"] == pytest.approx(found["seconds"], abs=0.05)
    assert second["start"] - first["end"] == pytest.approx(1.5, abs=0.2)


def test_a_table_says_the_same(recording: Path) -> None:
    ran = run(str(recording))
    segments = json.loads(run(str(recording), "--json").stdout)["segments"]
    lines = ran.stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [[f"{s['start']:.2f}", f"{s['end']:.2f}"] for s in segments]
    assert lines[3].startswith("2 segments")


def test_a_recording_without_speech_has_no_segments(tmp_path: Path) -> None:
    file = tmp_path / "noise.wav"
    file.write_bytes(sounds.wav(sounds.at_level(sounds.noise("white", 3), -30)))
    assert json.loads(run(str(file), "--json").stdout)["segments"] == []


def test_what_is_no_recording_ends_in_one_plain_line(tmp_path: Path) -> None:
    file = tmp_path / "letter.wav"
    file.write_text("Dear Clara")
    ran = run(str(file))
    assert ran.returncode == 1
    assert "no recording" in ran.stderr
    assert "Traceback" not in ran.stderr
