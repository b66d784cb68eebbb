"""Real engines behind the router: nothing is lost when a server dies during an utterance, or may not be asked."""

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.egress.gate import Gate
from backend.settings import ModelsWhere, Settings
from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.protocol import Listening, Transcript, Vocabulary, Voice
from backend.speech.registry import Builtin, Speech, open_speech
from backend.speech.wav import as_wav
from tests.servers.realtime import RealtimeServer, Script, realtime_server
from tests.servers.speech import Reply, SpeechServer, speech_server
from tests.unit.speech.engines import Mouth

# Said by flite, heard by the built-in engine, whose words these are.
SENTENCE = "what is on my calendar tomorrow"
ANN = Listening("ann", "en", Vocabulary("1", (), (SENTENCE,)))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The sentence, 16 kHz mono, spoken by a program."""
    file = tmp_path_factory.mktemp("said") / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", SENTENCE, "-o", os.fspath(file)], check=True, timeout=30)
    return file.read_bytes()[44:] + bytes(16_000)


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with speech_server() as running:
        yield running


@pytest.fixture
async def realtime() -> AsyncIterator[RealtimeServer]:
    async with realtime_server() as running:
        yield running


def settings(tmp_path: Path, **values: object) -> Settings:
    given = {"_env_file": None, "app_persistent_storage": tmp_path, "speech_timeout": 1.0, "speech_stall_timeout": 0.5}
    return Settings.model_validate({**given, **values})


def builtin() -> Builtin:
    return Builtin(lambda: BuiltinRecogniser(children=1), lambda: Mouth("builtin"))


async def heard(speech: Speech, said: bytes) -> Transcript:
    utterance = await speech.hearing.listen(ANN)
    for start in range(0, len(said), 640):
        await utterance.feed(said[start : start + 640])
    return await utterance.finish()


@pytest.mark.parametrize("script", [Script(cut=1), Script(silent=True), Script(status=503), Script(failed=True)])
async def test_a_sentence_is_heard_whole_by_the_built_in_engine_when_the_server_fails_during_it(
    realtime: RealtimeServer, tmp_path: Path, said: bytes, script: Script
) -> None:
    realtime.script = script
    made = settings(tmp_path, hears_by="realtime", realtime_model="live", speech_base_url=realtime.base_url)
    speech = open_speech(made, Gate(made), None, builtin())
    try:
        transcript = await heard(speech, said)
        assert transcript.engine == "pocketsphinx"
        assert transcript.text == SENTENCE
    finally:
        await speech.close()


async def test_what_the_administrator_keeps_inside_is_heard_and_spoken_inside(
    server: SpeechServer, tmp_path: Path, said: bytes
) -> None:
    """The control is the same with the gate open."""
    outside = {
        "hears_by": "endpoint",
        "speaks_by": "endpoint",
        "transcription_model": "whisper",
        "speech_model": "tts",
        "speech_base_url": server.base_url,
        "speech_is_relay": True,
    }
    kept = settings(tmp_path, models_where=ModelsWhere.LOCAL, **outside)
    gate = Gate(kept)
    speech = open_speech(kept, gate, None, builtin())
    try:
        assert (await heard(speech, said)).text == SENTENCE
        pieces = [piece async for piece in speech.speaking.speak("Yes", Voice(), "ann")]
        assert pieces == [b"builtin", b"Yes"]
        assert server.connections == 0
        assert (speech.hearing.info("en").name, speech.speaking.info("en").name) == ("pocketsphinx", "builtin")
        gate.use(settings(tmp_path, **outside))
        assert (await heard(speech, said)).engine == "whisper"
        pieces = [piece async for piece in speech.speaking.speak("Yes", Voice(), "ann")]
        assert b"builtin" not in pieces
        assert (speech.hearing.info("en").name, speech.speaking.info("en").name) == ("whisper", "tts")
    finally:
        await speech.close()


async def test_a_server_that_is_down_is_asked_three_times_and_then_left_alone(
    server: SpeechServer, tmp_path: Path, said: bytes
) -> None:
    server.reply = Reply(status=503)
    made = settings(tmp_path, hears_by="endpoint", transcription_model="whisper", speech_base_url=server.base_url)
    speech = open_speech(made, Gate(made), None, builtin())
    try:
        for _ in range(5):
            assert (await heard(speech, said)).engine == "pocketsphinx"
        assert len(server.asked) == 3
        assert speech.hearing.info("en").grade == "command"  # the page is told
        assert server.asked[0].file == as_wav(said)
    finally:
        await speech.close()


async def test_a_recording_is_transcribed_by_a_server_with_times_from_its_beginning(
    server: SpeechServer, tmp_path: Path, said: bytes
) -> None:
    server.reply = Reply("one two", words=(("one", 1.0, 2.0), ("two", 3.0, 4.0)))
    made = settings(tmp_path, hears_by="endpoint", transcription_model="whisper", speech_base_url=server.base_url)
    speech = open_speech(made, Gate(made), None, builtin())
    try:
        transcript = await speech.hearing.transcribe((said[:64_000] for _ in range(40)), ANN)
    finally:
        await speech.close()
    starts = [word.start for word in transcript.words]
    assert len(server.asked) in (3, 4)  # windows of 22 to 30 s
    assert sum(len(asked.samples) for asked in server.asked) == 40 * 64_000
    assert starts == sorted(starts)
    assert starts[:2] == [1.0, 3.0]
    assert 23.0 <= starts[2] <= 31.0
