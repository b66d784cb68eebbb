"""Hearing and speaking by an OpenAI-compatible server: what it is sent, and everything that it can do to its caller."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pytest

from backend.egress.gate import Call, Carrier, Gate, Withheld
from backend.errors import RateLimited, Unavailable
from backend.settings import ModelsWhere, Settings
from backend.speech.decoding.decoder import Decoder
from backend.speech.endpoint import Address
from backend.speech.endpoint_hearing import EndpointRecogniser
from backend.speech.endpoint_speaking import EndpointSynthesiser
from backend.speech.limits import Limits
from backend.speech.protocol import Listening, Transcript, Vocabulary, Voice, Word
from backend.speech.wav import as_wav
from tests.servers.speech import Reply, SpeechServer, speech_server, tone

# A busy machine stops for seconds: only tests of a server that is too slow are in a hurry.
PATIENT = Limits(connect=60.0, answer=60.0, stall=60.0)
QUICK = Limits(connect=60.0, answer=0.6, stall=0.4)
SAID = tone(0.4, rate=16_000)
ALICE = Listening("alice", "en", Vocabulary("1", ("Dr. Adeyemi", "Ward round")))


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with speech_server() as running:
        yield running


def gate(**settings: object) -> Gate:
    return Gate(Settings.model_validate({"_env_file": None, **settings}))


@pytest.fixture
def limits() -> Limits:
    """A test that needs others is given them as a parameter."""
    return PATIENT


@pytest.fixture
async def ear(server: SpeechServer, limits: Limits) -> AsyncIterator[EndpointRecogniser]:
    recogniser = EndpointRecogniser(gate(), Address(server.base_url, "whisper-1", "k3y"), limits)
    yield recogniser
    await recogniser.close()


@pytest.fixture
async def mouth(server: SpeechServer, decoder: Decoder, limits: Limits) -> AsyncIterator[EndpointSynthesiser]:
    synthesiser = EndpointSynthesiser(gate(), Address(server.base_url, "tts-1", "k3y"), "alloy", limits, decoder)
    yield synthesiser
    await synthesiser.close()


async def heard(ear: EndpointRecogniser, listening: Listening = ALICE, said: bytes = SAID) -> Transcript:
    recognition = await ear.listen(listening)
    for start in range(0, len(said), 640):
        assert await recognition.feed(said[start : start + 640]) is None
    return await recognition.finish()


async def spoken(mouth: EndpointSynthesiser, text: str = "Good morning.", voice: Voice | None = None) -> list[bytes]:
    return [piece async for piece in mouth.speak(text, voice or Voice(), "alice")]


async def test_an_utterance_is_sent_as_a_wav_with_language_names_and_key_and_comes_back_with_times(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    server.reply = Reply("Call Dr. Adeyemi", words=(("Call", 0.0, 0.2), ("Adeyemi", 0.2, 0.4)))
    assert await heard(ear) == Transcript(
        "Call Dr. Adeyemi", "whisper-1", "en", (Word("Call", 0.0, 0.2), Word("Adeyemi", 0.2, 0.4))
    )
    (asked,) = server.asked
    assert asked.path == "/v1/audio/transcriptions"
    assert asked.key == "Bearer k3y"
    assert asked.file == as_wav(SAID)
    assert asked.samples == SAID
    assert asked.fields["language"] == "en"
    assert asked.fields["prompt"] == "Dr. Adeyemi, Ward round"


async def test_a_server_outside_is_not_told_whom_a_user_knows(server: SpeechServer) -> None:
    ear = EndpointRecogniser(gate(), Address(server.base_url, "whisper-1", carrier=Carrier.RELAY), PATIENT)
    await heard(ear)
    assert "prompt" not in server.asked[0].fields
    await ear.close()


async def test_a_language_is_taken_from_the_server_where_none_was_given(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    server.reply = Reply("Guten Morgen", language="german")
    assert (await heard(ear, replace(ALICE, language=""))).language == "de"
    assert "language" not in server.asked[0].fields


async def test_a_model_without_times_is_asked_for_a_stream_and_remembered(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    server.reply = Reply("Call Dr. Adeyemi", refuses=("timestamp_granularities",))
    assert await heard(ear) == Transcript("Call Dr. Adeyemi", "whisper-1")
    assert await heard(ear) == Transcript("Call Dr. Adeyemi", "whisper-1")
    assert [asked.fields.get("stream") for asked in server.asked] == [None, "true", "true"]


async def test_a_server_that_knows_neither_or_ignores_a_stream_is_understood_as_well(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    server.reply = Reply("Yes", refuses=("timestamp_granularities",), ignores_stream=True)
    assert (await heard(ear)).text == "Yes"
    server.reply = Reply("No", refuses=("timestamp_granularities", "stream"))
    assert (await heard(ear)).text == "No"
    assert set(server.asked[-1].fields) == {"model", "language", "prompt"}


async def test_a_request_that_is_refused_for_what_it_holds_does_not_change_how_the_next_is_asked(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    server.replies = [Reply(status=400, body=b'{"error": {"message": "Audio is empty"}}')]
    with pytest.raises(Unavailable, match="refused the request"):
        await heard(ear)
    await heard(ear)
    assert [asked.fields["response_format"] for asked in server.asked] == ["verbose_json", "verbose_json"]


async def test_hardly_any_sound_is_nothing_said_and_nobody_is_asked(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    assert (await heard(ear, said=b"\1\0" * 800)).text == ""
    assert server.connections == 0


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (Reply(status=500), Unavailable, r"failed \(500\)"),
        (Reply(status=401), Unavailable, "refused the key"),
        (Reply(status=404), Unavailable, "does not know whisper-1"),
        (Reply(status=429, headers={"Retry-After": "7"}), RateLimited, "too many requests"),
        (Reply(body=b"rubbish"), Unavailable, "unreadable"),
        (Reply(body=b"[]"), Unavailable, "unreadable"),
        (Reply(body=b'{"text": 7}'), Unavailable, "unreadable"),
        (Reply(body=b'{"text": "a", "words": [{"word": "a"}]}'), Unavailable, "unreadable"),
        (Reply(body=b"<html>", kind="text/html"), Unavailable, "unreadable"),
        (Reply(body=b'{"text": "' + b"a" * 5_000_000 + b'"}'), Unavailable, "unreadable"),
    ],
)
async def test_whatever_a_server_that_hears_does_ends_at_once_and_in_a_clear_error(
    server: SpeechServer, ear: EndpointRecogniser, reply: Reply, error: type[Exception], message: str
) -> None:
    server.reply = reply
    began = time.monotonic()
    with pytest.raises(error, match=message):
        await heard(ear)
    assert time.monotonic() - began < 30


async def test_a_stream_that_breaks_off_is_no_transcript(server: SpeechServer, ear: EndpointRecogniser) -> None:
    server.reply = Reply(refuses=("timestamp_granularities",), cut=True)
    with pytest.raises(Unavailable, match="broke off"):
        await heard(ear)


async def test_nobody_there_is_unavailable() -> None:
    ear = EndpointRecogniser(gate(), Address("http://127.0.0.1:9/v1", "whisper-1"), PATIENT)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await heard(ear)
    await ear.close()


async def test_the_gate_is_told_that_it_is_sound_and_whose_and_keeps_it_before_a_connection_is_made(
    server: SpeechServer,
) -> None:
    calls: list[Call] = []

    async def no_sound(call: Call) -> str | None:
        calls.append(call)
        return "Sound of patients stays here." if call.sound and not allowed else None

    allowed = False
    guarded = Gate(Settings(_env_file=None, models_where=ModelsWhere.ANYWHERE), [no_sound])
    ear = EndpointRecogniser(guarded, Address(server.base_url, "whisper-1", carrier=Carrier.RELAY), PATIENT)
    with pytest.raises(Withheld, match="stays here"):
        await ear.listen(ALICE)
    assert server.connections == 0
    assert [(call.user_id, call.sound, call.near) for call in calls] == [("alice", True, False)]
    # The same through an open gate arrives, and the sending asks again.
    allowed = True
    recognition = await ear.listen(ALICE)
    await recognition.feed(SAID)
    await recognition.finish()
    assert len(calls) == 3
    assert calls[-1].sound
    assert calls[-1].user_id == "alice"
    # It may be closed while somebody speaks.
    recognition = await ear.listen(ALICE)
    await recognition.feed(SAID)
    allowed = False
    with pytest.raises(Withheld):
        await recognition.finish()
    assert len(server.asked) == 1
    await ear.close()


async def test_speech_comes_in_whole_samples_as_it_is_made(server: SpeechServer, mouth: EndpointSynthesiser) -> None:
    server.reply = Reply(sound=tone(0.5), piece=4_801)
    pieces = await spoken(mouth, voice=Voice(name="nova", speed=9.0))
    assert b"".join(pieces) == tone(0.5)
    assert len(pieces) > 2
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert server.asked[0].fields == {
        "model": "tts-1",
        "input": "Good morning.",
        "voice": "nova",
        "response_format": "pcm",
        "speed": 4.0,
    }


async def test_the_first_sound_does_not_wait_for_the_last(server: SpeechServer, mouth: EndpointSynthesiser) -> None:
    server.reply = Reply(delay=0.05)
    async with aclosing(mouth.speak("Good morning.", Voice(), "alice")) as sound:
        await anext(sound)
        assert server.sent_pieces < 3
    await server.hung_up.wait()  # whoever stops listening stops the server


async def test_a_voice_that_is_not_known_there_is_replaced_by_the_usual_one(
    server: SpeechServer, mouth: EndpointSynthesiser
) -> None:
    server.reply = Reply(voices=("alloy", "nova"))
    assert await spoken(mouth, voice=Voice(name="en-gb"))
    assert [asked.fields["voice"] for asked in server.asked] == ["en-gb", "alloy"]
    assert await mouth.voices() == ("alloy", "nova")


async def test_a_server_that_lists_no_voices_has_none(server: SpeechServer, mouth: EndpointSynthesiser) -> None:
    server.reply = Reply(status=404)
    assert await mouth.voices() == ()


async def test_a_server_that_knows_only_wav_is_decoded(server: SpeechServer, mouth: EndpointSynthesiser) -> None:
    server.reply = Reply(body=as_wav(tone(1.0, rate=16_000)), kind="audio/wav")
    sound = np.frombuffer(b"".join(await spoken(mouth)), dtype="<i2")
    assert abs(sound.size - 24_000) < 200
    crossings = np.count_nonzero(np.diff(np.signbit(sound)))
    assert abs(crossings - 440) < 6  # a tone of 220 Hz still is one


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(status=500), r"failed \(500\)"),
        (Reply(status=400), "refused the request"),
        (Reply(sound=b""), "gave no sound"),
        (Reply(body=b"<html>", kind="text/html"), "'text/html' instead of sound"),
        (Reply(body=b"{}", kind="application/json"), "instead of sound"),
        (Reply(body=b"rubbish", kind="audio/mpeg"), "can be used. The file is no recording"),
        (Reply(body=b"", kind="audio/wav"), "gave no sound"),
    ],
)
async def test_whatever_a_server_that_speaks_does_before_the_first_sound_is_a_clear_error(
    server: SpeechServer, mouth: EndpointSynthesiser, reply: Reply, message: str
) -> None:
    server.reply = reply
    began = time.monotonic()
    with pytest.raises(Unavailable, match=message):
        await spoken(mouth)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("limits", [QUICK])
async def test_a_server_that_says_nothing_is_not_waited_for(
    server: SpeechServer, ear: EndpointRecogniser, mouth: EndpointSynthesiser
) -> None:
    server.reply = Reply(silent=True)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer in time"):
        await heard(ear)
    with pytest.raises(Unavailable, match="did not answer in time"):
        await spoken(mouth)
    assert time.monotonic() - began < 30


async def test_a_pause_in_speech_has_a_limit_of_its_own(server: SpeechServer, decoder: Decoder) -> None:
    server.reply = Reply(stall=True)
    limits = Limits(connect=60.0, answer=60.0, stall=0.3)
    mouth = EndpointSynthesiser(gate(), Address(server.base_url, "tts-1"), "alloy", limits, decoder)
    sound = mouth.speak("Good morning.", Voice(), "alice")
    assert await anext(sound)
    async with asyncio.timeout(10):
        with pytest.raises(Unavailable, match="in time"):
            await anext(sound)
    await mouth.close()


async def test_speech_that_breaks_off_gives_what_there_was_and_then_an_error(
    server: SpeechServer, mouth: EndpointSynthesiser
) -> None:
    server.reply = Reply(cut=True)
    sound = mouth.speak("Good morning.", Voice(), "alice")
    assert await anext(sound)
    with pytest.raises(Unavailable):
        await anext(sound)


async def test_speech_without_end_is_cut_off(server: SpeechServer, mouth: EndpointSynthesiser) -> None:
    server.reply = Reply(forever=True, sound=tone(1.0), piece=48_000)
    pieces: list[bytes] = []

    async def listen() -> None:
        async for piece in mouth.speak("Good.", Voice(), "alice"):
            pieces.append(piece)

    with pytest.raises(Unavailable, match="did not come to an end"):
        await listen()
    assert 10 * 48_000 < sum(map(len, pieces)) <= 15 * 48_000


async def test_text_that_may_not_leave_is_not_sent(server: SpeechServer, decoder: Decoder) -> None:
    calls: list[Call] = []

    async def no_patients(call: Call) -> str | None:
        calls.append(call)
        return "It names a patient." if any("Nowak" in text for text in call.texts) else None

    guarded = Gate(Settings(_env_file=None), [no_patients])
    mouth = EndpointSynthesiser(guarded, Address(server.base_url, "tts-1"), "alloy", PATIENT, decoder)
    with pytest.raises(Withheld, match="names a patient"):
        await spoken(mouth, "Mrs Nowak is ill.")
    assert server.connections == 0
    assert (calls[0].user_id, calls[0].sound) == ("alice", False)
    assert await spoken(mouth, "It is raining.")
    await mouth.close()


async def test_what_a_server_repeats_in_an_error_stays_out_of_ours(
    server: SpeechServer, ear: EndpointRecogniser
) -> None:
    for status in (400, 429, 500):
        server.reply = Reply(status=status, body=b'{"error": {"message": "cannot hear: call Mrs Nowak"}}')
        with pytest.raises((Unavailable, RateLimited)) as raised:
            await heard(ear)
        assert "Nowak" not in str(raised.value)
