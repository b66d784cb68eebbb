"""Which engines settings choose, and what is missing for those that cannot be had."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from backend.egress.gate import Carrier, Gate
from backend.errors import Unavailable
from backend.nextcloud.tasks import Tasks
from backend.settings import Settings, SpeechBy
from backend.speech.decoding.decoder import Decoder
from backend.speech.limits import Limits
from backend.speech.problems import hearing_problem, speaking_problem
from backend.speech.protocol import Listening
from backend.speech.registry import Builtin, Registry, Speech, open_speech
from tests.unit.speech.engines import Ear, Mouth

SERVER = {"speech_base_url": "http://speech.test/v1", "transcription_model": "whisper", "speech_model": "kokoro"}
NO_TASKS = cast("Tasks", object())  # none is run here


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(**values: Any) -> Settings:
    return Settings.model_validate({**SERVER, **values})


def builtin() -> Builtin:
    return Builtin(lambda: Ear("builtin", languages=("en",)), lambda: Mouth("builtin"))


def heard_by(tasks: Tasks | None = None, **values: Any) -> list[str]:
    made = settings(**values)
    return [engine.info.name for engine in Registry(made, Gate(made), builtin(), Decoder(), tasks).recognisers()]


def spoken_by(tasks: Tasks | None = None, **values: Any) -> list[str]:
    made = settings(**values)
    return [engine.info.name for engine in Registry(made, Gate(made), builtin(), Decoder(), tasks).synthesisers()]


def test_by_default_the_built_in_engines_hear_and_speak() -> None:
    assert (heard_by(), spoken_by()) == (["builtin"], ["builtin"])


def test_the_built_in_engines_come_last_whatever_is_chosen() -> None:
    assert heard_by(hears_by="realtime", hears_fallback="endpoint", realtime_model="live") == [
        "live",
        "whisper",
        "builtin",
    ]
    assert spoken_by(speaks_by="endpoint") == ["kokoro", "builtin"]
    assert heard_by(hears_by="builtin", hears_fallback="endpoint") == ["builtin", "whisper"]


def test_nextcloud_hears_and_speaks_where_voiceassist_is_its_app() -> None:
    assert heard_by(NO_TASKS, hears_by="nextcloud", nextcloud_url="https://cloud.test") == ["Nextcloud", "builtin"]
    assert spoken_by(NO_TASKS, speaks_by="nextcloud", nextcloud_url="https://cloud.test") == ["Nextcloud", "builtin"]


def test_what_cannot_be_had_is_left_out() -> None:
    assert heard_by(hears_by="nextcloud", hears_fallback="local, endpoint", transcription_model="") == ["builtin"]
    assert spoken_by(speaks_by="local", speaks_fallback="endpoint", speech_base_url="") == ["builtin"]


def test_switched_off_nobody_hears_or_speaks() -> None:
    assert (heard_by(voice=False), spoken_by(voice=False)) == ([], [])


def test_each_engine_says_what_it_lacks() -> None:
    bare = Settings.model_validate({})
    assert hearing_problem(bare, SpeechBy.ENDPOINT, as_app=False) == "Set SPEECH_BASE_URL and TRANSCRIPTION_MODEL."
    assert hearing_problem(bare, SpeechBy.REALTIME, as_app=False) == "Set SPEECH_BASE_URL and REALTIME_MODEL."
    assert speaking_problem(bare, SpeechBy.ENDPOINT, as_app=False) == "Set SPEECH_BASE_URL and SPEECH_MODEL."
    assert "SPEECH_LOCAL_MODELS" in (speaking_problem(bare, SpeechBy.LOCAL, as_app=False) or "")
    for problem in (hearing_problem, speaking_problem):
        assert problem(bare, SpeechBy.NEXTCLOUD, as_app=False) == "Only as an app of Nextcloud."
        assert problem(bare, SpeechBy.NEXTCLOUD, as_app=True) is None
        assert problem(bare, SpeechBy.BUILTIN, as_app=False) is None
    assert hearing_problem(settings(), SpeechBy.REALTIME, as_app=False) is None


def test_a_relay_counts_as_outside_wherever_it_stands() -> None:
    made = settings(hears_by="endpoint", speech_is_relay=True)
    (engine, _) = Registry(made, Gate(made), builtin(), Decoder()).recognisers()
    assert engine.info.destination.carrier is Carrier.RELAY


@pytest.fixture
async def speech() -> AsyncIterator[Speech]:
    made = settings()
    opened = open_speech(made, Gate(made), None, builtin())
    yield opened
    await opened.close()


async def test_changed_settings_count_from_the_next_utterance_on(speech: Speech) -> None:
    assert speech.hearing.info("en").name == "builtin"
    await speech.use(settings(hears_by="endpoint", speaks_by="endpoint"))
    assert (speech.hearing.info("en").name, speech.speaking.info("en").name) == ("whisper", "kokoro")
    await speech.use(settings(voice=False))
    assert not speech.enabled
    with pytest.raises(Unavailable, match="switched off"):
        await speech.hearing.listen(Listening("alice"))


async def test_a_setting_that_is_not_about_speech_leaves_the_engines_alone(speech: Speech) -> None:
    utterance = await speech.hearing.listen(Listening("alice"))
    await speech.use(settings(llm_model="another"))
    assert (await utterance.finish()).engine == "builtin"
    assert speech.enabled


def test_a_recording_may_take_as_long_as_it_is_and_an_utterance_may_not() -> None:
    limits = Limits(answer=8.0)
    second = 32_000
    assert limits.for_sound(3 * second) == limits.for_sound(20 * second) == 8.0
    assert limits.for_sound(50 * second) == 38.0
