"""Sessions over WebRTC: a real client (aiortc), real ICE, DTLS, Opus and SCTP over UDP on the loopback."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra `webrtc` is not installed")

import aioice.ice
from aioice.ice import StunProtocol
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from backend.voice.limits import Limits
from backend.voice.webrtc.line import WebRtcLine
from tests.integration.voice.conftest import Spoken
from tests.integration.voice.webrtc_client import RtcClient, calling
from tests.servers.caldav_servers import USER
from tests.sounds import frame_power, say
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(90)

FLU = "when is the flu vaccine offered"


PATIENT = Limits(per_user=2, first_within=60.0, asked_every=0.3)


@pytest.fixture
def limits() -> Limits:
    """A test that needs others is given them as a parameter."""
    return PATIENT


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


async def test_speech_over_an_answer_silences_it(spoken: Spoken, client: RtcClient) -> None:
    spoken.hearing.says += [FLU, "who is the fire warden please"]
    await client.start()
    client.say(say(FLU))
    await client.event("audio.started")
    await client.until(lambda: loud(client) > 0.5)
    client.say(say("who is the fire warden please"))
    paused = await client.event("audio.paused")
    quiet_from = len(client.heard)
    stopped = await client.event("audio.stopped")
    assert (stopped["speech"], stopped["reason"]) == (paused["speech"], "barge_in")
    await client.event("audio.started", 2)
    between = client.sound[quiet_from // 2 : len(client.heard) // 2 - 3_200]
    assert len(between) > 16_000
    assert (frame_power(between) > 1e-4).sum() * 0.01 < 0.4, "what was on its way, and nothing more"


async def test_of_an_interrupted_answer_what_was_sent_counts_as_heard(
    spoken: Spoken, client: RtcClient, http: httpx.AsyncClient
) -> None:
    spoken.hearing.says.append(FLU)
    spoken.speaking.seconds_per_character = 0.15
    ready = await client.start()
    assert ready["output_rate"] == 24_000
    client.say(say(FLU))
    turn = (await client.event("audio.started"))["turn_id"]
    await client.until(lambda: loud(client) > 1.5)
    client.send("interrupt")
    await client.event("audio.stopped", reason="interrupt")
    await client.until(lambda: client.events[-1] == {"type": "session.state", "state": "listening"})
    conversation = (await client.event("turn.started", turn_id=turn))["conversation_id"]
    messages = (await http.get(f"/conversations/{conversation}")).json()["data"]["messages"]
    kept = messages[-1]["text"].removesuffix("…").strip()
    assert kept
    assert len(kept) < len("The flu vaccine is offered from October on."), "1.5 s of seven"


async def test_a_typed_message_needs_no_microphone(client: RtcClient) -> None:
    await client.start()
    client.send("say", text=FLU)
    await client.event("turn.done")
    await client.until(lambda: loud(client) > 1.0)


async def test_messages_are_checked_as_on_the_websocket(client: RtcClient) -> None:
    await client.start()
    client.send("playback", speech=0, samples=1)
    assert (await client.event("error"))["code"] == "VALIDATION_ERROR"
    client.send("ping", id=7)
    assert (await client.event("pong"))["id"] == 7
    client.channel.send(b"bytes")
    assert (await client.event("error", 2))["fatal"]
    await client.until(lambda: client.closed is not None)


async def test_who_says_goodbye_leaves_nothing_behind(spoken: Spoken, http: httpx.AsyncClient) -> None:
    before: set[str] = set()
    for round_ in range(4):
        async with calling(http) as client:
            await client.start()
            assert len(spoken.voice.calls) == len(spoken.voice.sessions) == 1
        await until(lambda: len(spoken.voice.calls) == len(spoken.voice.sessions) == 0)
        names = {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("voice")}
        assert names == before, round_
        gc.collect()
        assert not [thing for thing in gc.get_objects() if isinstance(thing, WebRtcLine)]


async def test_a_client_that_is_lost_goes_on_over_another_connection(
    spoken: Spoken, http: httpx.AsyncClient, client: RtcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.1)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 2)
    session = (await client.start())["session_id"]
    client.say(say(FLU)[:8_000])
    await client.event("speech.started")
    await client.until(lambda: client.acknowledged > 150)  # three seconds
    monkeypatch.setattr(StunProtocol, "datagram_received", lambda *_: None)  # the network is gone
    await until(lambda: len(spoken.voice.calls) == 0)
    monkeypatch.undo()
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    assert len(spoken.voice.sessions) == 1, "it waits"
    async with calling(http) as again:
        again.send("session.resume", session_id=session, after=client.numbers[-1])
        ready = await again.event("session.ready")
        assert ready["resumed"]
        assert ready["received"] > 150
        await again.until(lambda: again.acknowledged > 0)
        assert again.acknowledged >= ready["received"], "numbered on from there"
        await again.until(lambda: again.acknowledged > ready["received"])
        spoken.hearing.says.append(FLU)
        again.send("mute", muted=True)  # what was half said is no sentence
        again.send("mute", muted=False)
        again.say(say(FLU))
        assert (await again.event("transcript.done"))["text"] == FLU
        assert not [event for event in again.events if event["type"] == "error"], "no gap in the numbers"


async def test_a_user_who_may_no_longer_come_in_is_put_out(spoken: Spoken, client: RtcClient) -> None:
    await client.start()
    spoken.refused.add(USER)
    refused = await client.event("error")
    assert (refused["code"], refused["fatal"]) == ("FORBIDDEN", True)
    await client.until(lambda: client.closed is not None)
    await until(lambda: len(spoken.voice.calls) == len(spoken.voice.sessions) == 0)


async def test_who_may_not_come_in_gets_no_answer(spoken: Spoken, http: httpx.AsyncClient) -> None:
    offer = {"sdp": await an_offer()}
    assert (await http.post("/voice/webrtc", json=offer, headers={"X-User": ""})).status_code == 401
    spoken.refused.add("mallory")
    assert (await http.post("/voice/webrtc", json=offer, headers={"X-User": "mallory"})).status_code == 403
    foreign = await http.post("/voice/webrtc", json=offer, headers={"X-Requested-With": ""})
    assert foreign.status_code == 403
    spoken.switched_off = True
    assert (await http.post("/voice/webrtc", json=offer)).status_code == 403
    assert len(spoken.voice.calls) == 0


async def an_offer() -> str:
    """The offer of a client that will not connect."""
    client = RtcClient()
    offer = await client.offer()
    await client.close()
    return offer


def without(offer: str, *beginnings: str) -> str:
    """An offer without the lines that begin so."""
    return "".join(line for line in offer.splitlines(keepends=True) if not line.startswith(beginnings))


async def test_what_is_no_offer_of_a_session_is_refused(spoken: Spoken, http: httpx.AsyncClient) -> None:
    offer = await an_offer()
    head, audio, data = re.split("(?=^m=)", offer, flags=re.MULTILINE)
    for wrong, told in (
        ("", "no media"),
        ("rubbish", "no media"),
        ("m=audio", "not the SDP"),
        (offer[: len(offer) // 3], ""),
        (head + data, "has application"),
        (head + audio, "has audio"),
        (offer + audio, "application, audio, audio"),
        (offer + audio.replace("m=audio", "m=video"), "video"),
        (offer.replace("a=sendrecv", "a=recvonly"), "recvonly"),
        (offer.replace("a=sendrecv", "a=inactive"), "inactive"),
        (offer.replace("opus/48000/2", "nopus/48000/2"), "Opus"),
        (offer.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 9"), "bundled"),
        (without(offer, "a=group"), "bundled"),
        (without(offer, "a=mid"), "bundled"),
        (without(offer, "a=fingerprint"), "fingerprint"),
        (without(offer, "a=ice-pwd"), "password"),
        (without(offer, "a=rtcp-mux"), ""),
        (offer.replace("a=setup:actpass", "a=setup:later"), ""),
        ("x" * 70_000, ""),
    ):
        refused = await http.post("/voice/webrtc", json={"sdp": wrong})
        assert refused.status_code == 422, (wrong[:200], refused.text)
        assert told in refused.json()["error"]["message"]
    assert len(spoken.voice.calls) == 0
    assert (await http.post("/voice/webrtc", json={"sdp": offer})).status_code == 200


@pytest.mark.parametrize("limits", [replace(PATIENT, first_within=4.0)])
async def test_clients_that_never_connect_are_few_and_forgotten(spoken: Spoken, http: httpx.AsyncClient) -> None:
    offer = await an_offer()
    statuses = [(await http.post("/voice/webrtc", json={"sdp": offer})).status_code for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    other = await spoken.http("otto")
    assert (await other.post("/voice/webrtc", json={"sdp": offer})).status_code == 200
    assert len(spoken.voice.calls) == 5
    await until(lambda: len(spoken.voice.calls) == 0)
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, WebRtcLine | StunProtocol)]
    async with calling(http) as client:
        await client.start()


@pytest.mark.parametrize("limits", [replace(PATIENT, first_within=2.0)])
async def test_a_client_that_opens_another_channel_is_not_served(spoken: Spoken, http: httpx.AsyncClient) -> None:
    client = RtcClient(channel="chat")
    await client.connect(http)
    await until(lambda: len(spoken.voice.calls) == 0)
    await client.close()


class Ear(asyncio.DatagramProtocol):
    """Notices that it is knocked at."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.set()


@pytest.mark.parametrize("limits", [replace(PATIENT, first_within=2.0)])
async def test_an_address_that_an_offer_names_is_not_knocked_at(spoken: Spoken, http: httpx.AsyncClient) -> None:
    transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    named = f"a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host\r\na=candidate:2 1 udp 9 x.local 9 typ host\r\n"
    offer = without(await an_offer(), "a=candidate", "a=end-of-candidates")
    offer = offer.replace("a=mid:0\r\n", f"a=mid:0\r\n{named}").replace("a=mid:1\r\n", f"a=mid:1\r\n{named}")
    assert (await http.post("/voice/webrtc", json={"sdp": offer})).status_code == 200
    await until(lambda: len(spoken.voice.calls) == 0)
    assert not ear.heard.is_set()
    # A peer that takes the offer as it is does knock.
    credulous = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    await credulous.setRemoteDescription(RTCSessionDescription(offer.replace("x.local", "127.0.0.1"), "offer"))
    await credulous.setLocalDescription()
    async with asyncio.timeout(30):
        await ear.heard.wait()
    await credulous.close()
    transport.close()


async def test_whether_it_is_offered_is_told(http: httpx.AsyncClient) -> None:
    assert (await http.get("/voice")).json()["data"]["webrtc"] is True


async def test_a_machine_without_a_network_says_so(
    spoken: Spoken, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = await an_offer()
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    refused = await http.post("/voice/webrtc", json={"sdp": offer})
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert len(spoken.voice.calls) == 0


async def test_sound_is_opus_and_nothing_else(http: httpx.AsyncClient) -> None:
    offer = await an_offer()
    assert "PCMU" in offer
    answer = (await http.post("/voice/webrtc", json={"sdp": offer})).json()["data"]["sdp"]
    assert re.findall(r"a=rtpmap:\d+ (\S+)", answer) == ["opus/48000/2"]


async def test_a_client_that_floods_is_put_out(spoken: Spoken, client: RtcClient) -> None:
    await client.start()
    for number in range(600):
        client.send("ping", id=number)
    flooded = await client.event("error", fatal=True)
    assert flooded["code"] == "RATE_LIMITED"
    await client.until(lambda: client.closed is not None)
    await until(lambda: len(spoken.voice.calls) == 0)
