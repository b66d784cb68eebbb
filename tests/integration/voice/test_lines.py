"""Lines that break, are taken over, refused and closed: what becomes of the session, and what its client is told."""

import asyncio
import gc
import struct
import tracemalloc
from contextlib import suppress
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from backend.voice.limits import Limits
from backend.voice.wire import Playback
from tests.integration.voice.client import Client, connected
from tests.integration.voice.conftest import Spoken
from tests.sounds import say, silence
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(90)

FLU = "when is the flu vaccine offered"


# A busy machine stops for seconds: only tests of a client that is too slow are in a hurry.
PATIENT = Limits(per_user=2, in_all=3, first_within=60.0, resume_within=60.0, asked_every=0.3, reads_within=60.0)


@pytest.fixture
def limits() -> Limits:
    """A test that needs others is given them as a parameter."""
    return PATIENT


async def resumed(spoken: Spoken, lost: Client) -> Client:
    """A new line for the session of a client that lost its own, with what that one has seen."""
    session_id = (await lost.event("session.ready"))["session_id"]
    client = await spoken.line()
    client.numbers.append(lost.after)
    client.sound, client.events = lost.sound, lost.events
    await client.send("session.resume", session_id=session_id, after=lost.after)
    ready = await client.event("session.ready", 2)
    assert ready["resumed"]
    assert ready["session_id"] == session_id
    client.seq = ready["received"]
    return client


async def test_a_line_that_breaks_in_the_middle_of_a_sentence_loses_no_word(spoken: Spoken) -> None:
    spoken.hearing.says.append(FLU)
    client = await spoken.client()
    sound = say(FLU)
    half = len(sound) // 2
    await client.hear(sound[:half])
    await client.event("speech.started")
    await client.until(lambda: client.acknowledged > 0)
    sent = client.seq
    await client.lose()
    again = await resumed(spoken, client)
    assert client.acknowledged <= again.seq <= sent
    # What did not arrive is sent again, and some of what did.
    again.seq -= 5
    await again.hear(sound[(again.seq * 320) :])
    await again.hear(silence(1.0))
    await again.event("turn.done")
    [heard] = spoken.hearing.heard
    whole = len(sound) * 2
    assert whole < len(heard) < whole + 32_000 * 1.2, "every frame once"
    assert again.kinds.count("speech.started") == 1


async def test_a_line_that_breaks_in_the_middle_of_an_answer_loses_no_word(spoken: Spoken) -> None:
    spoken.hearing.says.append(FLU)
    client = await spoken.client()
    await client.say(say(FLU))
    await client.event("audio.started")
    await client.lose()
    await asyncio.sleep(0.2)
    again = await resumed(spoken, client)
    ended = await again.event("audio.ended")
    assert len(again.sound[1]) == 2 * ended["samples"], "the client checks that no sound is missing or comes twice"
    assert again.kinds.count("turn.done") == again.kinds.count("audio.started") == 1


@pytest.mark.parametrize("limits", [replace(PATIENT, resume_within=2.0)])
async def test_a_session_whose_client_does_not_come_back_is_forgotten(spoken: Spoken) -> None:
    client = await spoken.client()
    session_id = (await client.event("session.ready"))["session_id"]
    await client.lose()
    assert len(spoken.voice.sessions) == 1
    await until(lambda: len(spoken.voice.sessions) == 0)
    late = await spoken.line()
    await late.send("session.resume", session_id=session_id, after=client.after)
    assert (await late.event("error"))["code"] == "NOT_FOUND"
    assert (await late.gone())[0] == 1008


async def test_a_session_of_somebody_else_cannot_be_resumed(spoken: Spoken) -> None:
    client = await spoken.client()
    session_id = (await client.event("session.ready"))["session_id"]
    other = await spoken.line("mallory")
    await other.send("session.resume", session_id=session_id, after=0)
    assert (await other.event("error"))["code"] == "NOT_FOUND"
    await client.send("ping", id=1)
    await client.event("pong")


async def test_a_second_line_takes_a_session_over(spoken: Spoken) -> None:
    client = await spoken.client()
    again = await resumed(spoken, client)
    assert (await client.gone())[0] == 4409
    await again.send("ping", id=7)
    assert (await again.event("pong"))["id"] == 7
    assert len(spoken.voice.sessions) == 1


async def test_sessions_of_a_user_and_of_all_are_limited(spoken: Spoken) -> None:
    first, second = await spoken.client(), await spoken.client()
    third = await spoken.line()
    await third.send("session.start")
    assert (await third.event("error")) == {**third.events[0], "code": "RATE_LIMITED", "fatal": True}
    assert (await third.gone())[0] == 1013
    await first.lose()  # gives way, though it might come back
    await spoken.client()
    await spoken.client("ben")
    fifth = await spoken.line("carl")
    await fifth.send("session.start")
    assert (await fifth.gone())[0] == 1013
    await second.send("ping", id=1)
    await second.event("pong")


async def test_a_user_who_may_no_longer_come_in_is_not_heard_any_more(spoken: Spoken) -> None:
    client = await spoken.client()
    await asyncio.sleep(0.5)
    await client.send("ping", id=1)
    await client.event("pong")
    spoken.refused.add("ida")
    assert (await client.event("error"))["code"] == "FORBIDDEN"
    assert (await client.gone())[0] == 1008
    assert len(spoken.voice.sessions) == 0


async def test_nobody_comes_in_without_signing_in_or_from_a_page_of_somebody_else(spoken: Spoken) -> None:
    address = spoken.url.replace("http", "ws", 1) + "/api/v1/voice/session"
    signed_in = {"X-User": "ida"}
    for headers in ({}, {**signed_in, "Origin": "https://evil.example"}, {**signed_in, "Origin": "null"}):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, additional_headers=headers, proxy=None)
        assert refused.value.response.status_code == 403
    async with connected(spoken.url, headers={"Origin": spoken.url}) as client:
        await client.start()


@pytest.mark.parametrize("limits", [replace(PATIENT, first_within=0.5)])
async def test_a_line_on_which_nobody_says_what_it_is_for_is_closed(spoken: Spoken) -> None:
    client = await spoken.line()
    assert (await client.gone())[0] == 1008
    talker = await spoken.line()
    await talker.send("ping", id=1)
    assert (await talker.gone())[0] == 1008


async def test_a_server_that_stops_says_so(spoken: Spoken) -> None:
    client = await spoken.client()
    await spoken.voice.close()
    assert (await client.event("error"))["code"] == "UNAVAILABLE"
    assert (await client.gone())[0] == 1001
    late = await spoken.line()
    await late.send("session.start")
    assert (await late.gone())[0] == 1001


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("hello", 1003),
        ("[]", 1003),
        ('{"type": "audio.ended"}', 1003),
        (b"", 1003),
        (struct.pack("<I", 1) + b"\0" * 1_280, 1003),  # stereo, or 32 kHz
        (struct.pack("<I", 1) + b"\0" * 1_920, 1003),  # 48 kHz
        (struct.pack("<I", 1) + b"\0" * 639, 1003),
        ("x" * 70_000, 1009),
        (b"\0" * 70_000, 1009),
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, str) else None,
)
async def test_what_the_protocol_does_not_know_ends_the_session_with_a_reason(
    spoken: Spoken, sent: str | bytes, code: int
) -> None:
    client = await spoken.client()
    await client.socket.send(sent)
    assert (await client.gone())[0] == code
    if code == 1003:
        assert (await client.event("error"))["code"] == "VALIDATION_ERROR"
    await until(lambda: len(spoken.voice.sessions) == 0 or code == 1009)


async def test_a_wrong_field_is_told_and_the_session_goes_on(spoken: Spoken) -> None:
    client = await spoken.client()
    await client.send("mute", muted="perhaps")
    error = await client.event("error")
    assert (error["code"], error["fatal"]) == ("VALIDATION_ERROR", False)
    await client.send("session.start")
    await client.event("error", code="CONFLICT")
    await client.send("ping", id=1)
    await client.event("pong")


async def test_missing_frames_are_told_and_repeated_ones_are_not_heard_twice(spoken: Spoken) -> None:
    spoken.hearing.says.append(FLU)
    client = await spoken.client()
    await client.hear(silence(0.4))
    client.seq += 3
    await client.hear(silence(0.2))
    assert "3 audio frames" in (await client.event("error"))["message"]
    client.seq = 0
    await client.hear(say(FLU)[: 16_000 // 4])
    await client.send("ping", id=1)
    await client.event("pong")
    assert "speech.started" not in client.kinds


async def test_a_client_that_floods_is_cut_off(spoken: Spoken) -> None:
    client = await spoken.client()
    with suppress(ConnectionClosed):
        await client.hear(silence(30.0))
    assert (await client.gone())[0] == 4429
    talker = await spoken.client()
    with suppress(ConnectionClosed):
        for _ in range(2_000):
            await talker.send("ping", id=1)
    assert (await talker.gone())[0] == 4429
    await until(lambda: len(spoken.voice.sessions) == 0)


@pytest.mark.parametrize("limits", [replace(PATIENT, reads_within=0.5, resume_within=2.0)])
async def test_a_client_that_stops_reading_is_let_go(spoken: Spoken) -> None:
    spoken.speaking.seconds_per_character = 5.0
    spoken.hearing.says.append(FLU)
    client = await spoken.client()
    client.socket.transport.pause_reading()
    await client.say(say(FLU))
    session = next(iter(spoken.voice.sessions._kept.values())).session
    ended = asyncio.create_task(until(lambda: len(spoken.voice.sessions) == 0, 20))
    while not ended.done():
        # It says that it plays, so that more is sent.
        session._answering.played(Playback(speech=1, samples=24_000 * 600))
        await asyncio.sleep(0.05)
    await ended
    assert spoken.speaking.open == 0
    await client.lose()  # it would not read the goodbye either


async def test_an_engine_that_stalls_is_told_and_leaves_nothing_behind(
    spoken: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.voice.utterance.STALLED_SECONDS", 0.3)
    spoken.hearing.stalls = True
    client = await spoken.client()
    await client.say(say(FLU))
    error = await client.event("error")
    assert (error["code"], error["fatal"]) == ("UNAVAILABLE", False)
    assert spoken.hearing.open == 0
    spoken.hearing.stalls = False
    spoken.hearing.says.append(FLU)
    await client.say(say(FLU))
    await client.event("turn.done")


@pytest.mark.parametrize("limits", [replace(PATIENT, resume_within=2.0)])
async def test_two_hundred_lines_that_are_cut_leave_no_task_and_no_memory(spoken: Spoken) -> None:
    sound = say("when is the flu")

    async def visit(number: int) -> None:
        async with connected(spoken.url, f"user {number % 3}") as client:
            await client.start()
            if number % 2:
                await client.hear(sound)
            await client.lose()

    async def settled() -> int:
        await until(lambda: len(spoken.voice.sessions) == 0, 20)
        await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("voice")])
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        for number in range(20):
            await visit(number)
        before, tasks = await settled(), len(asyncio.all_tasks())
        for number in range(200):
            await visit(number)
        after = await settled()
    finally:
        tracemalloc.stop()
    assert len(asyncio.all_tasks()) <= tasks
    assert after - before < 2_000_000, f"{after - before:,} bytes more"
    assert spoken.hearing.open == 0
