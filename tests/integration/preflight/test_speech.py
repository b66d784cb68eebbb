"""What preflight says of the engines that hear and speak."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.preflight import Check
from backend.preflight.models import speech
from backend.settings import ModelsWhere, Settings
from tests.servers.speech import Reply, SpeechServer, speech_server

MODELS = json.dumps({"object": "list", "data": [{"id": "whisper", "object": "model"}]}).encode()


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with speech_server() as running:
        running.reply = Reply(body=MODELS)
        yield running


async def checks(tmp_path: Path, **values: object) -> dict[str, Check]:
    given = {"_env_file": None, "app_persistent_storage": tmp_path, **values}
    return {check.name: check async for check in speech(Settings.model_validate(given))}


async def test_the_built_in_engines_need_nothing(tmp_path: Path) -> None:
    found = await checks(tmp_path)
    assert {name: check.ok for name, check in found.items()} == {"hears (builtin)": True, "speaks (builtin)": True}
    (only,) = (await checks(tmp_path, voice=False)).values()
    assert only.detail == "switched off"


async def test_a_server_is_asked_for_its_models(server: SpeechServer, tmp_path: Path) -> None:
    values = {"hears_by": "endpoint", "speaks_by": "endpoint", "transcription_model": "whisper", "speech_model": "tts"}
    found = await checks(tmp_path, **values, speech_base_url=server.base_url)
    assert found["hears (endpoint)"].ok
    assert not found["speaks (endpoint)"].ok
    assert found["speaks (endpoint)"].remedy == "It has: whisper"
    assert [asked.path for asked in server.asked] == ["/v1/models", "/v1/models"]
    server.reply = Reply(status=401)
    found = await checks(tmp_path, **values, speech_base_url=server.base_url)
    assert "AuthenticationError" in found["hears (endpoint)"].detail
    assert all(check.optional for check in found.values() if not check.ok)


async def test_what_lacks_settings_or_may_not_be_asked_says_what_to_change(
    server: SpeechServer, tmp_path: Path
) -> None:
    found = await checks(tmp_path, hears_by="local", hears_fallback="realtime, nextcloud")
    assert "SPEECH_LOCAL_MODELS" in found["hears (local)"].remedy
    assert "REALTIME_MODEL" in found["hears (realtime)"].remedy
    assert "app of Nextcloud" in found["hears (nextcloud)"].remedy
    found = await checks(
        tmp_path,
        hears_by="realtime",
        realtime_model="whisper",
        speech_base_url=server.base_url,
        speech_is_relay=True,
        models_where=ModelsWhere.LOCAL,
    )
    assert "MODELS_WHERE" in found["hears (realtime)"].remedy
    assert server.connections == 0
