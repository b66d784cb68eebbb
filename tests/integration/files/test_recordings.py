"""Recordings from Nextcloud into the index: real files, FFmpeg in the real child, a real server that hears."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from backend.errors import Unavailable
from backend.files.extraction.limits import Limits as ExtractionLimits
from backend.files.extraction.pool import Extractor
from backend.files.extraction.reasons import NOT_TRANSCRIBED
from backend.files.transcription import HeardTranscription
from backend.house import open_transcription
from backend.settings import RecordingsBy, Settings
from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.limits import Limits
from backend.speech.protocol import DICTATION, HEARD_RATE
from backend.speech.router import Hearing
from tests.recordings import long_wav, spoken, written
from tests.servers.product import all_indexed, product
from tests.servers.speech import Asked, Reply, SpeechServer, Words, speech_server
from tests.unit.jobs.waiting import until
from tests.unit.speech.engines import Ear

WELCOME = "Good morning, and welcome to the ward meeting."
SERVICED = "The centrifuge will be serviced on the ninth of October."
PAUSE = 70.0


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with speech_server() as running:
        yield running


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    async with Extractor(ExtractionLimits(seconds=60)) as pool:
        yield pool


def loud_from(samples: bytes) -> float:
    """When (seconds) there is something to hear."""
    return int(np.flatnonzero(np.abs(np.frombuffer(samples, "<i2").astype(int)) > 500)[0]) / HEARD_RATE


def in_order(*sentences: str) -> Reply:
    """A server that hears the sentences one after the other, each where its window is loud."""
    left = list(sentences)
    said = ""

    def text(asked: Asked) -> str:
        nonlocal said
        said = left.pop(0) if left else ""
        return said

    def words(asked: Asked) -> Words:
        begin = loud_from(asked.samples)
        return tuple((word, begin + n * 0.3, begin + n * 0.3 + 0.3) for n, word in enumerate(said.rstrip(".").split()))

    return Reply(text=text, words=words)


def put(storage: Path, name: str, make: Callable[[Path], object]) -> None:
    """A file in the home of the sample user, before there are others."""
    folder = storage / "demo" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    make(folder / name)


def hears(server: SpeechServer, **settings: str) -> dict[str, str]:
    return {
        "HEARS_BY": "endpoint",
        "SPEECH_BASE_URL": server.base_url,
        "TRANSCRIPTION_MODEL": "whisper-1",
        "EMBEDDING_MODEL": "builtin",
        **settings,
    }


async def row(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    rows = (await client.get("/api/v1/files", params={"q": name})).json()["data"]
    unknown = {"state": "unknown", "reason": None, "next_attempt_at": None}
    return next((found for found in rows if found["name"] == name), unknown)


async def answered(client: httpx.AsyncClient, question: str) -> dict[str, Any]:
    taken = (await client.post("/api/v1/chat/turns", json={"text": question})).json()["data"]
    while True:
        page = (await client.get(f"/api/v1/chat/turns/{taken['turn_id']}/events")).json()["data"]
        if page["done"]:
            last: dict[str, Any] = page["events"][-1]
            return last
        await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
async def test_a_meeting_is_asked_about_and_the_answer_says_when_it_was_said(
    server: SpeechServer, tmp_path: Path
) -> None:
    server.reply = in_order(WELCOME, SERVICED)
    samples = spoken([WELCOME, PAUSE, SERVICED, 2.0])
    put(tmp_path, "Ward meeting.mp3", lambda path: written(samples, path))
    async with product(tmp_path, **hears(server)) as address:
        await all_indexed(address)
        headers = {"X-Requested-With": "test"}
        async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=30) as client:
            assert (await row(client, "Ward meeting.mp3"))["state"] == "indexed"
            done = await answered(client, "When will the centrifuge be serviced?")
            assert "ninth of October" in done["text"]
            [cited] = [found for found in done["citations"] if found["title"] == "Ward meeting.mp3"]
            begin = len(spoken([WELCOME, PAUSE])) / 2 / HEARD_RATE
            assert abs(cited["time"] - begin) <= 1.5
            passage = (await client.get(f"/api/v1/passages/{cited['passage_id']}")).json()["data"]
            assert (passage["time"], passage["page"], passage["text"]) == (cited["time"], None, SERVICED)


@pytest.mark.timeout(240)
async def test_a_server_that_stalls_leaves_the_recording_for_later_and_other_files_are_indexed(
    server: SpeechServer, tmp_path: Path
) -> None:
    server.reply = Reply(silent=True)
    put(tmp_path, "memo.m4a", lambda path: written(spoken([SERVICED]), path))
    put(tmp_path, "note.txt", lambda path: path.write_text("The autoclave is in the cellar."))
    async with (
        product(tmp_path, **hears(server, SPEECH_TIMEOUT="1")) as address,
        httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as client,
    ):

        async def put_off() -> bool:
            note, memo = await row(client, "note.txt"), await row(client, "memo.m4a")
            return (note["state"], memo["state"], bool(memo["next_attempt_at"])) == ("indexed", "waiting", True)

        async def transcribed() -> bool:
            return bool((await row(client, "memo.m4a"))["state"] == "indexed")

        await until(put_off, seconds=90)
        server.reply = in_order(*[SERVICED] * 5)
        await until(transcribed, seconds=90)


@pytest.mark.timeout(240)
async def test_what_may_not_be_sent_or_heard_says_why(server: SpeechServer, tmp_path: Path) -> None:
    put(tmp_path, "memo.ogg", lambda path: written(spoken([SERVICED]), path))
    put(tmp_path, "fake.wav", lambda path: path.write_bytes(b"RIFF\xff\xff\0\0WAVE" + bytes(range(256)) * 8))
    put(tmp_path, "fake.mp3", lambda path: path.write_bytes(bytes(range(256)) * 8))
    local_only = hears(server, MODELS_WHERE="local", SPEECH_IS_RELAY="true")
    async with product(tmp_path, **local_only) as address:
        await all_indexed(address)
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as client:
            memo = await row(client, "memo.ogg")
            assert (memo["state"], server.asked) == ("skipped", [])
            assert memo["reason"].startswith(f"{NOT_TRANSCRIBED}: 127.0.0.1 was not asked")
            for name in ("fake.wav", "fake.mp3"):
                fake = await row(client, name)
                assert fake["state"] == "failed"
                assert "damaged" in fake["reason"]


@pytest.mark.parametrize("ending", [".wav", ".mp3", ".m4a", ".ogg", ".webm", ".flac"])
async def test_every_kind_of_recording_is_decoded_whole(extractor: Extractor, tmp_path: Path, ending: str) -> None:
    samples = spoken([WELCOME, 1.0, SERVICED])
    path = written(samples, tmp_path / f"memo{ending}")
    found = await extractor.extract(path, path.name, None, tmp_path / "sound")
    assert found.is_recording
    assert abs((tmp_path / "sound").stat().st_size - len(samples)) < HEARD_RATE / 10 * 2


async def test_a_long_recording_is_decoded_in_bounded_memory_and_one_that_is_too_long_is_refused(
    tmp_path: Path,
) -> None:
    samples = spoken([WELCOME, 10.0])
    sound = tmp_path / "sound"
    async with Extractor(ExtractionLimits(seconds=60, sound_seconds=1800)) as extractor:
        path = long_wav(samples, tmp_path / "talk.wav", 60)
        assert (await extractor.extract(path, path.name, None, sound)).is_recording
        before = peak(extractor)
        path = long_wav(samples, tmp_path / "talk.wav", 1200)
        assert (await extractor.extract(path, path.name, None, sound)).is_recording
        assert sound.stat().st_size == 1200 * HEARD_RATE * 2
        assert peak(extractor) - before < 8 * 2**10, "in KiB, of 37 MB"
        path = long_wav(samples, tmp_path / "talk.wav", 1900)
        refused = await extractor.extract(path, path.name, None, sound)
        assert refused.reason == "a recording of more than 0.5 hours, which is too long to be transcribed"


async def test_a_long_recording_is_transcribed_in_bounded_memory(tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    samples = spoken([WELCOME, 1.0])
    sound.write_bytes(samples * int(1200 * HEARD_RATE * 2 / len(samples)))
    ear = Ear("dictates", times=True)
    told: list[float] = []

    async def progress(fraction: float) -> None:
        ear.heard.clear()
        told.append(fraction)

    tracemalloc.start()
    try:
        found = await HeardTranscription(Hearing([ear]), DICTATION).transcribe("ann", sound, progress)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 12 * 2**20, "of 38 MB"
    assert (told[-1], told == sorted(told)) == (1.0, True)
    times = [page.time or 0 for page in found]
    assert 1150 < times[-1] < 1200
    assert max(after - before for before, after in pairwise(times)) <= 60


async def test_after_a_failure_transcription_goes_on_where_it_was(tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    samples = spoken([WELCOME, 1.0])
    sound.write_bytes(samples * int(300 * HEARD_RATE * 2 / len(samples)))
    ear, undisturbed = Ear("dictates", times=True), Ear("dictates", times=True)

    async def breaks(fraction: float) -> None:
        ear.error = Unavailable("it stalls") if fraction > 0.5 else None

    async def goes_on(fraction: float) -> None:
        """Nothing breaks."""

    transcription = HeardTranscription(Hearing([ear]), DICTATION)
    with pytest.raises(Unavailable, match="it stalls"):
        await transcription.transcribe("ann", sound, breaks)
    before = len(ear.heard)
    ear.error = None
    found = await transcription.transcribe("ann", sound, goes_on)
    assert found == await HeardTranscription(Hearing([undisturbed]), DICTATION).transcribe("ann", sound, goes_on)
    assert ear.heard == undisturbed.heard
    assert 4 < before < len(ear.heard)


async def test_an_engine_for_commands_transcribes_only_where_any_may(tmp_path: Path) -> None:
    commands, dictates = Ear("commands"), Ear("dictates")
    commands.info = replace(commands.info, grade="command")
    assert open_transcription(Settings(_env_file=None), Hearing([commands])) is None
    assert open_transcription(Settings(_env_file=None, recordings_by=RecordingsBy.ANY), Hearing([commands]))
    assert open_transcription(Settings(_env_file=None, recordings_by=RecordingsBy.ANY), Hearing([])) is None
    both = Hearing([commands, dictates])
    assert open_transcription(Settings(_env_file=None, recordings_by=RecordingsBy.NONE), both) is None
    chosen = open_transcription(Settings(_env_file=None), both)
    assert chosen is not None
    sound = tmp_path / "sound"
    sound.write_bytes(spoken([WELCOME]))

    async def progress(fraction: float) -> None:
        """Nobody looks."""

    await chosen.transcribe("ann", sound, progress)
    assert (len(commands.heard), len(dictates.heard)) == (0, 1)
    dictates.error = Unavailable("it stalls")
    with pytest.raises(Unavailable, match="it stalls"):
        await chosen.transcribe("ann", sound, progress)
    assert commands.heard == []


async def test_the_built_in_engine_transcribes_what_flite_says(tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    sound.write_bytes(spoken([2.0, "Please call the laboratory before noon.", 40.0, SERVICED, 1.0]))
    hearing = Hearing([BuiltinRecogniser(1)])

    async def progress(fraction: float) -> None:
        """Nobody looks."""

    try:
        first, second = await HeardTranscription(hearing, "").transcribe("ann", sound, progress)
    finally:
        await hearing.use((), Limits())
    assert first.text == "please call the laboratory before noon"
    assert abs((first.time or 0) - 2) <= 1
    assert "serviced on the ninth of october" in second.text
    assert abs((second.time or 0) - 45) <= 2


def peak(extractor: Extractor) -> int:
    """The most memory (KiB) that the one child has had."""
    (child,) = extractor.children
    status = Path(f"/proc/{child}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
