"""Voice by requests, where no WebSocket passes: one utterance up, its speech part by part; and dictation."""

import importlib.util
import io
import struct
import wave
from urllib.parse import unquote

import httpx
import numpy as np
import pytest

from backend.errors import Unavailable
from backend.voice import recordings
from backend.voice.service import VoiceService
from tests.integration.voice.conftest import Spoken
from tests.sounds import pcm, say, wav
from tests.unit.speech.test_audio import encoded

pytestmark = pytest.mark.timeout(60)

FLU = "when is the flu vaccine offered"
PCM = {"Content-Type": "audio/pcm"}


async def finished(client: httpx.AsyncClient, turn_id: str) -> str:
    """The text of an answer."""
    while True:
        news = (await client.get(f"/chat/turns/{turn_id}/events")).json()["data"]
        if news["done"]:
            return str(news["events"][-1]["text"])


async def test_who_hears_and_speaks_is_told(spoken: Spoken) -> None:
    client = await spoken.http()
    info = (await client.get("/voice")).json()["data"]
    assert info["hears"] == {
        "name": "scripted ears",
        "data_goes_to": "this machine",
        "grade": "command",
        "languages": ["en", "de"],
        "streaming": True,
    }
    assert (info["enabled"], info["max_seconds"]) == (True, 60)
    assert (await client.get("/voice", params={"language": "fi"})).status_code == 503


async def test_an_utterance_is_heard_and_its_answer_spoken_part_by_part(spoken: Spoken) -> None:
    client = await spoken.http()
    spoken.hearing.says.append(FLU)
    heard = (await client.post("/voice/utterances", content=wav(say(FLU)), params={"zone": "Europe/Berlin"})).json()
    assert heard["data"]["text"] == FLU
    turn_id = heard["data"]["turn_id"]
    said = ""
    for part in range(100):
        answer = await client.get(f"/voice/turns/{turn_id}/speech", params={"part": part})
        if answer.status_code == 204:
            break
        assert answer.headers["content-type"].startswith("audio/pcm")
        assert len(answer.content) > 1_000
        said += unquote(answer.headers["x-speech-text"]) + " "
    text = await finished(client, turn_id)
    assert said.startswith(text.split(". ")[0])
    assert "From your file" in said


async def test_a_conversation_goes_on_by_requests(spoken: Spoken) -> None:
    client = await spoken.http()
    spoken.hearing.says.extend(["add kiosk review tomorrow at two pm", "no"])
    first = (await client.post("/voice/utterances", content=wav(say(FLU)))).json()["data"]
    await finished(client, first["turn_id"])
    where = {"conversation_id": first["conversation_id"]}
    second = (await client.post("/voice/utterances", content=wav(say("no")), params=where)).json()["data"]
    assert second["conversation_id"] == first["conversation_id"]
    await finished(client, second["turn_id"])
    kept = (await client.get(f"/conversations/{first['conversation_id']}")).json()["data"]
    assert kept["messages"][1]["actions"][0]["state"] == "dismissed"


async def test_a_doubtful_yes_and_a_silence_begin_no_turn(spoken: Spoken) -> None:
    client = await spoken.http()
    spoken.hearing.says.extend(["add kettle review tomorrow at two pm", "yes", ""])
    first = (await client.post("/voice/utterances", content=wav(say(FLU)))).json()["data"]
    await finished(client, first["turn_id"])
    where = {"conversation_id": first["conversation_id"]}
    spoken.hearing.confidence = 0.1
    doubtful = (await client.post("/voice/utterances", content=wav(say("yes")), params=where)).json()["data"]
    assert (doubtful["text"], doubtful["turn_id"]) == ("yes", None)
    silent = (await client.post("/voice/utterances", content=b"\0" * 32_000, params=where, headers=PCM)).json()["data"]
    assert (silent["text"], silent["turn_id"]) == ("", None)


async def test_dictation_gives_the_words_and_asks_nothing(spoken: Spoken) -> None:
    client = await spoken.http()
    spoken.hearing.says.append("dear doctor smith")
    sound = say("dear doctor smith")
    heard = (await client.post("/voice/transcriptions", content=pcm(sound), headers=PCM)).json()["data"]
    assert heard["text"] == "dear doctor smith"
    assert [word["text"] for word in heard["words"]] == ["dear", "doctor", "smith"]
    assert spoken.hearing.heard == [pcm(sound)]
    assert (await client.get("/conversations")).json()["data"] == []


def stereo() -> bytes:
    """Stereo at 44,100 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes(b"\x00\x10" * 44_100 * 2)
    return file.getvalue()


async def test_other_rates_and_channels_are_made_into_what_engines_hear(spoken: Spoken) -> None:
    client = await spoken.http()
    spoken.hearing.says.extend(["one", "two"])
    assert (await client.post("/voice/transcriptions", content=stereo())).json()["data"]["text"] == "one"
    assert abs(len(spoken.hearing.heard[0]) - 32_000) < 500
    cut = wav(say(FLU))[:20_000]
    assert (await client.post("/voice/transcriptions", content=cut)).json()["data"]["text"] == "two", "what is there"


_FAKE = b"RIFF" + struct.pack("<I", 2**31 - 1) + b"WAVEfmt " + b"\xff" * 64
_PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"nothing like sound", {}),
        (_FAKE, {}),
        (_PLAYLIST, {}),
        (encoded("flac", "flac", 8_000, np.zeros(8_000 * (recordings.LONGEST_SECONDS + 1), np.int16)), {}),
        (wav(say("yes"))[:30], {}),
        (b"\0" * 999, PCM),
        (b"\0" * 1_000, {"Content-Type": "audio/pcm;rate=48000"}),
        (b"\0" * 1_000, {"Content-Type": "audio/pcm; rate=16000; channels=2"}),
        (b"\0" * (16_000 * 2 * (recordings.LONGEST_SECONDS + 1)), PCM),
        (b"\0" * (recordings.LARGEST_BYTES + 1), {}),
    ],
    ids=[
        "empty",
        "text",
        "fake",
        "playlist",
        "silence",
        "header",
        "half a sample",
        "48 kHz",
        "stereo",
        "too long",
        "too large",
    ],
)
async def test_what_is_no_usable_recording_is_refused_with_a_reason(
    spoken: Spoken, content: bytes, headers: dict[str, str]
) -> None:
    answer = await (await spoken.http()).post("/voice/transcriptions", content=content, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert spoken.hearing.open <= 1


async def test_the_speech_of_somebody_elses_turn_is_not_there(spoken: Spoken) -> None:
    client = await spoken.http()
    spoken.hearing.says.append(FLU)
    turn_id = (await client.post("/voice/utterances", content=wav(say(FLU)))).json()["data"]["turn_id"]
    assert (await client.get(f"/voice/turns/{turn_id}/speech")).status_code == 200
    other = await spoken.http("mallory")
    assert (await other.get(f"/voice/turns/{turn_id}/speech")).status_code == 404


async def test_where_voice_is_switched_off_nothing_is_heard(spoken: Spoken) -> None:
    session = await spoken.client()
    client = await spoken.http()
    spoken.switched_off = True
    info = (await client.get("/voice")).json()["data"]
    assert (info["enabled"], info["hears"]) == (False, None)
    assert (await client.post("/voice/transcriptions", content=wav(say("yes")))).status_code == 403
    with pytest.raises(Exception, match="403"):
        await spoken.line()
    await session.send("ping", id=1)
    await session.event("pong")


async def test_webrtc_is_not_offered_unless_it_is_switched_on_and_installed(
    spoken: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await spoken.http()
    assert (await client.get("/voice")).json()["data"]["webrtc"] is False
    off = await client.post("/voice/webrtc", json={"sdp": "v=0"})
    assert (off.status_code, off.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert "VOICE_WEBRTC" in off.json()["error"]["message"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    missing = VoiceService(spoken.voice._parts, lambda: True, webrtc=True)
    with pytest.raises(Unavailable, match="extra `webrtc`"):
        _ = missing.calls
    assert missing.info("en").webrtc is False
