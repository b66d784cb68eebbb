"""Voice on a real Nextcloud: the page and single utterances by its proxy, and the session through HaRP.

Needs what `test_journey` needs; the session is tried where NEXTCLOUD_FRONT is given. The user `va_vera` is made when
missing. Chromium and the microphone are not part of it: they are in `tests/browser`.
"""

import base64
from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from backend.speech.wav import as_wav
from tests.integration.voice.client import Client
from tests.live.nextcloud import occ
from tests.live.test_journey import FRONT, URL, User, pytestmark  # noqa: F401 - the marks hold here as well
from tests.servers.exapp import ExApp
from tests.sounds import pcm, say

APP = "va_voice"
VERA = ("va_vera", "va_vera-Pass-1")
COMMAND = "what is on my calendar tomorrow"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vera(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[User]:
    """A user of a VoiceAssist that is registered and enabled."""
    await occ("user:add", "--password-from-env", VERA[0], check=False, OC_PASS=VERA[1])
    exapp = ExApp(tmp_path_factory.mktemp("voice"), URL, app=APP)
    try:
        await exapp.start()
        await exapp.register()
        async with httpx.AsyncClient(base_url=URL, timeout=180, trust_env=False) as http:
            yield User(http, VERA, APP)
    finally:
        await occ("app_api:app:unregister", APP, "--force", check=False)
        await exapp.stop()


async def test_the_page_to_talk_on_may_use_the_microphone_and_loads_its_scripts(vera: User) -> None:
    page = await vera.request("GET", f"{vera.proxy}/voice")
    assert page.status_code == 200
    assert page.headers["permissions-policy"] == "microphone=(self)"
    assert 'data-voiceassist-page="voice"' in page.text
    for script in ("voiceassist-main.js", "voiceassist-capture.js"):
        assert (await vera.request("GET", f"{vera.proxy}/js/{script}")).status_code == 200


async def test_an_utterance_is_heard_and_answered_by_requests_through_the_proxy(vera: User) -> None:
    taken = await vera.api(
        "POST",
        "/voice/utterances",
        content=as_wav(pcm(say(COMMAND))),
        headers={"Content-Type": "audio/wav"},
        params={"zone": "Europe/Berlin"},
    )
    assert "calendar" in taken["text"]
    spoken = await vera.request("GET", f"{vera.proxy}/api/v1/voice/turns/{taken['turn_id']}/speech", params={"part": 0})
    assert np.abs(np.frombuffer(spoken.content, "<i2")).max() > 1_000


@pytest.mark.skipif(not FRONT, reason="no NEXTCLOUD_FRONT given: HaRP is not tried")
async def test_through_harp_a_session_hears_and_answers(vera: User) -> None:
    address = f"{FRONT.replace('http', 'ws', 1)}/exapps/{APP}/api/v1/voice/session"
    basic = {"Authorization": "Basic " + base64.b64encode(":".join(VERA).encode()).decode()}
    async with connect(address, additional_headers=basic, origin=FRONT, proxy=None, compression=None) as socket:  # type: ignore[arg-type]
        client = Client(socket)
        await client.start(zone="Europe/Berlin")
        await client.say(say(COMMAND), pace=1.0)
        heard = await client.event("transcript.done")
        assert "calendar" in heard["text"]
        await client.event("turn.done", turn_id=heard["turn_id"])
        started = await client.event("audio.started", turn_id=heard["turn_id"])
        await client.event("audio.ended", speech=started["speech"])
        assert np.abs(np.frombuffer(bytes(client.sound[started["speech"]]), "<i2")).max() > 1_000
        await client.close()
    with pytest.raises(InvalidStatus):
        async with connect(address, origin=FRONT, proxy=None, compression=None):  # type: ignore[arg-type]
            pass
