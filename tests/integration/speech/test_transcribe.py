"""`voiceassist transcribe` writes down recordings."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.errors import BadInput
from tests.sounds import say, wav


@pytest.fixture
def command(tmp_path: Path) -> Path:
    path = tmp_path / "command.wav"
    path.write_bytes(wav(say("schedule a meeting with Grace Adeyemi tomorrow at ten", "flite:rms")))
    return path


def test_a_recording_becomes_text_with_times_and_facts(command: Path) -> None:
    ran = CliRunner().invoke(app, ["transcribe", "--json", str(command), "--name", "Grace Adeyemi"])
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout)
    assert report["text"] == "schedule a meeting with Grace Adeyemi tomorrow at ten"
    assert report["engine"] == "pocketsphinx"
    assert report["real_time_factor"] > 0
    assert 3 < report["seconds"] < 6
    assert [word["text"] for word in report["words"]] == report["text"].split()
    assert all(0 <= word["start"] < word["end"] <= report["seconds"] for word in report["words"])


def test_without_names_anything_may_be_said_and_several_files_are_told_apart(command: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    silent.write_bytes(wav(say("a", "flite:rms") * 0))
    ran = CliRunner().invoke(app, ["transcribe", str(command), str(silent)])
    assert ran.exit_code == 0, ran.output
    first, text, second, nothing = ran.stdout.splitlines()
    assert str(command) in first
    assert "schedule a meeting with" in text
    assert str(silent) in second
    assert nothing == "Nothing was heard."


def test_what_is_no_recording_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("Dear doctor")
    ran = CliRunner().invoke(app, ["transcribe", str(path)])
    assert isinstance(ran.exception, BadInput)
    assert "no recording" in ran.exception.message
