"""Sessions over WebRTC: a real client (aiortc), real ICE, DTLS, Opus and SCTP over UDP on the loopback."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra `webrtc` is not installed")

import aioice.ice

from backend.voice.limits import Limits
from tests.integration.voice.conftest import Spoken
from tests.integration.voice.webrtc_client import RtcClient, calling
from tests.sounds import frame_power, say
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(90)

FLU = "when is the flu vaccine offered"


@pytest.fixture
def limits() -> Limits:
    return Limits(per_user=2, first_within=2.0, asked_every=0.3)


@pytest.fixture
def webrtc() -> bool:
    return True


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves the loopback out, which is all that a machine without a network has."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


@pytest.fixture
async def http(spoken: Spoken) -> httpx.AsyncClient:
    return await spoken.http()


@pytest.fixture
async def client(http: httpx.AsyncClient) -> AsyncIterator[RtcClient]:
    async with calling(http) as client:
        yield client


def loud(client: RtcClient) -> float:
    """Seconds of what the client heard in which there was sound."""
    return float((frame_power(client.sound) > 1e-4).sum()) * 0.01


async def test_a_spoken_question_is_heard_and_its_answer_sounds(spoken: Spoken, client: RtcClient) -> None:
    spoken.hearing.says.append(FLU)
    await client.start()
    client.say(say(FLU))
    await client.event("speech.started")
    assert (await client.event("transcript.done"))["text"] == FLU
    await client.event("turn.done")
    ended = await client.event("audio.ended")
    await client.until(lambda: client.events[-1] == {"type": "session.state", "state": "listening"})
    [heard] = spoken.hearing.heard
    sound = np.frombuffer(heard, "<i2") / 32768
    assert 0.5 < 10 ** ((-26 - 20 * np.log10(np.sqrt((sound**2).mean()))) / 20) < 2.5, "as loud as it was said"
    await client.until(lambda: loud(client) > ended["samples"] / 24_000 - 0.2)
    assert loud(client) < ended["samples"] / 24_000 + 0.3, "in real time, once"
