"""Hearing by the Realtime API: what a session is told, and everything that its server can do."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from backend.egress.gate import Call, Carrier, Gate, Withheld
from backend.errors import Unavailable
from backend.settings import Settings
from backend.speech.endpoint import Address
from backend.speech.limits import Limits
from backend.speech.protocol import Listening, Transcript, Vocabulary
from backend.speech.realtime import RealtimeRecogniser
from tests.servers.realtime import RealtimeServer, Script, realtime_server
from tests.servers.speech import tone

# A busy machine stops for seconds: only tests of a server that is too slow are in a hurry.
PATIENT = Limits(connect=60.0, answer=60.0, stall=60.0)
SAID = tone(1.0, rate=16_000)
ALICE = Listening("alice", "en", Vocabulary("1", ("Dr. Adeyemi", "Ward round")))


@pytest.fixture
async def server() -> AsyncIterator[RealtimeServer]:
    async with realtime_server() as running:
        yield running


@pytest.fixture
def limits() -> Limits:
    """A test that needs others is given them as a parameter."""
    return PATIENT


@pytest.fixture
async def ear(server: RealtimeServer, limits: Limits) -> AsyncIterator[RealtimeRecogniser]:
    recogniser = RealtimeRecogniser(Gate(Settings(_env_file=None)), Address(server.base_url, "whisper", "k3y"), limits)
    yield recogniser
    await recogniser.close()


async def heard(ear: RealtimeRecogniser, said: bytes = SAID) -> Transcript:
    recognition = await ear.listen(ALICE)
    try:
        for start in range(0, len(said), 640):
            await recognition.feed(said[start : start + 640])
        return await recognition.finish()
    finally:
        await recognition.abandon()


async def test_a_session_is_told_what_it_hears_and_gets_the_sound_at_its_own_rate(
    server: RealtimeServer, ear: RealtimeRecogniser
) -> None:
    assert await heard(ear) == Transcript("call doctor adeyemi", "whisper", "en")
    (session,) = server.sessions
    assert session.path == "/v1/realtime?intent=transcription"
    assert session.key == "Bearer k3y"
    assert session.settings == {
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "transcription": {"model": "whisper", "language": "en", "prompt": "Dr. Adeyemi, Ward round"},
                "turn_detection": None,
            }
        },
    }
    sound = np.frombuffer(bytes(session.sound), dtype="<i2")
    assert abs(sound.size - 24_000) < 50
    assert abs(np.count_nonzero(np.diff(np.signbit(sound))) - 440) < 6  # a tone of 220 Hz still is one


async def test_words_come_while_somebody_still_speaks(server: RealtimeServer, ear: RealtimeRecogniser) -> None:
    recognition = await ear.listen(ALICE)
    told: list[str] = []
    async with asyncio.timeout(30):
        while "call doctor adeyemi" not in told:
            if (text := await recognition.feed(SAID[:640])) is not None:
                told.append(text)
            await asyncio.sleep(0.005)
    assert told[0] in ("call", "call doctor", "call doctor adeyemi")
    assert not server.sessions[0].committed
    await recognition.abandon()
    await server.sessions[0].closed.wait()


async def test_what_is_said_before_the_line_stands_is_not_lost(server: RealtimeServer, ear: RealtimeRecogniser) -> None:
    server.script = Script(open_delay=0.3)
    assert (await heard(ear)).text == "call doctor adeyemi"
    assert abs(len(server.sessions[0].sound) - 48_000) < 100


async def test_hardly_any_sound_is_nothing_said(ear: RealtimeRecogniser) -> None:
    assert (await heard(ear, SAID[:1_280])).text == ""


@pytest.mark.parametrize(
    ("limits", "script", "message"),
    [
        (replace(PATIENT, connect=0.5), Script(open_delay=2.0), "cannot be reached"),
        (replace(PATIENT, answer=0.6), Script(silent=True), "did not answer in time"),
        (replace(PATIENT, answer=0.6), Script(endless=True), "did not answer in time"),
        (replace(PATIENT, answer=0.6), Script(deaf=True), "did not answer in time"),
        (PATIENT, Script(status=401), r"refused the connection \(401\). Check SPEECH_API_KEY"),
        (PATIENT, Script(status=503), r"refused the connection \(503\)"),
        (PATIENT, Script(cut=2), "broke off"),
        (PATIENT, Script(rubbish="rubbish"), "unreadable"),
        (PATIENT, Script(rubbish=b"\xff\xfe"), "unreadable"),
        (PATIENT, Script(rubbish="[]"), "unreadable"),
        (PATIENT, Script(rubbish="{}"), "unreadable"),
        (
            PATIENT,
            Script(rubbish='{"type": "conversation.item.input_audio_transcription.delta", "item_id": 7}'),
            "unreadable",
        ),
        (PATIENT, Script(rubbish='{"type": "' + "a" * 2_000_000 + '"}'), "broke off"),
        (PATIENT, Script(error=True), "refused the session"),
        (PATIENT, Script(failed=True), "could not hear it"),
    ],
)
async def test_whatever_the_server_does_ends_in_time_in_a_clear_error_and_without_a_task_left(
    server: RealtimeServer, ear: RealtimeRecogniser, script: Script, message: str
) -> None:
    server.script = script
    tasks = asyncio.all_tasks()
    began = time.monotonic()
    with pytest.raises(Unavailable, match=message) as raised:
        await heard(ear)
    assert time.monotonic() - began < 30
    assert "Nowak" not in str(raised.value)
    await ear.close()
    left = {task.get_name() for task in asyncio.all_tasks() - tasks}
    assert not any(name.startswith("speech") for name in left)


async def test_a_failure_is_told_with_the_next_sound_and_not_only_at_the_end(
    server: RealtimeServer, ear: RealtimeRecogniser
) -> None:
    server.script = Script(cut=1)
    recognition = await ear.listen(ALICE)

    async def speak_on() -> None:
        while True:
            await recognition.feed(SAID[:640])
            await asyncio.sleep(0.005)

    async with asyncio.timeout(30):
        with pytest.raises(Unavailable, match="broke off"):
            await speak_on()
    await recognition.abandon()


async def test_nobody_there_is_unavailable() -> None:
    ear = RealtimeRecogniser(Gate(Settings(_env_file=None)), Address("http://127.0.0.1:9/v1", "whisper"), PATIENT)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await heard(ear)
    await ear.close()


async def test_the_gate_is_asked_for_the_sound_before_a_line_is_opened_and_names_stay_in_the_house(
    server: RealtimeServer,
) -> None:
    calls: list[Call] = []

    async def no_sound(call: Call) -> str | None:
        calls.append(call)
        return None if allowed else "Sound stays here."

    allowed = False
    guarded = Gate(Settings(_env_file=None), [no_sound])
    ear = RealtimeRecogniser(guarded, Address(server.base_url, "whisper", carrier=Carrier.RELAY), PATIENT)
    with pytest.raises(Withheld, match="stays here"):
        await ear.listen(ALICE)
    await asyncio.sleep(0)
    assert server.sessions == []
    allowed = True
    await heard(ear)
    assert "prompt" not in server.sessions[0].settings["audio"]["input"]["transcription"]
    assert all(call.sound and call.user_id == "alice" for call in calls)
    assert len(calls) == 3  # before the utterance, and when its line was opened
    await ear.close()


async def test_a_proxy_of_the_environment_does_not_hear_what_stays_in_the_house(
    server: RealtimeServer, ear: RealtimeRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "ws_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert (await heard(ear)).text == "call doctor adeyemi"
