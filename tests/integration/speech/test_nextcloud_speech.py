"""Hearing and speaking by Nextcloud's TaskProcessing, over the stand-in: files go in and out by their id."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest

from backend.egress.gate import Call, Gate, Withheld
from backend.errors import Unavailable, VoiceAssistError
from backend.nextcloud.appapi import Clients
from backend.nextcloud.tasks import AUDIO_TO_TEXT, TEXT_TO_SPEECH, Tasks
from backend.settings import ModelsWhere, Settings
from backend.speech.decoding.decoder import Decoder
from backend.speech.nextcloud import NextcloudRecogniser, NextcloudSynthesiser
from backend.speech.protocol import Listening, Transcript, Voice
from backend.speech.wav import as_wav
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.speech import tone

ANN = Listening("ann", "de")
SAID = tone(0.4, rate=16_000)
NOW = 1_800_000_000.0
# Seconds. A busy machine stops for some: only the test of a task that never ends is in a hurry.
PATIENT = 60.0


@pytest.fixture
def server() -> Iterator[AppApiServer]:
    with AppApiServer(Cloud(("ann", "ben"))).serving() as server:
        yield server


@pytest.fixture
async def tasks(server: AppApiServer) -> AsyncIterator[Tasks]:
    clients = Clients(server.appapi)
    yield Tasks(clients, lambda: NOW)
    await clients.close()


def gate(**settings: Any) -> Gate:
    return Gate(Settings(_env_file=None, **settings))


async def heard(tasks: Tasks, said: bytes = SAID, timeout: float = PATIENT, **settings: Any) -> Transcript:
    ear = NextcloudRecogniser(gate(**settings), tasks, "https://cloud.test", timeout=timeout)
    recognition = await ear.listen(ANN)
    assert await recognition.feed(said) is None
    return await recognition.finish()


async def spoken(tasks: Tasks, decoder: Decoder, **settings: Any) -> bytes:
    mouth = NextcloudSynthesiser(gate(**settings), tasks, "https://cloud.test", PATIENT, decoder)
    return b"".join([piece async for piece in mouth.speak("Guten Morgen.", Voice("de"), "ann")])


def names(server: AppApiServer, user: str = "ann") -> list[str]:
    return sorted(seen.path for seen in server.cloud.everything(user) if seen.item.content is not None)


async def test_a_recording_is_lent_to_the_task_as_its_user_and_nothing_of_it_stays(
    server: AppApiServer, tasks: Tasks
) -> None:
    read: list[bytes | None] = []

    def recognise(given: dict[str, Any]) -> dict[str, object]:
        (seen,) = [seen for seen in server.cloud.everything("ann") if seen.item.file_id == given["input"]]
        assert seen.path.startswith("/.voiceassist/1800000000-")
        assert seen.path.endswith(".wav")
        assert "/.voiceassist/.noindex" in names(server)  # our own index leaves it out
        read.append(seen.item.content)
        return {"output": " Guten Morgen \n"}

    server.board.providers[AUDIO_TO_TEXT] = recognise
    for _ in range(2):
        assert await heard(tasks) == Transcript("Guten Morgen", "Nextcloud", "de")
    assert read == [as_wav(SAID)] * 2
    assert [task["userId"] for task in server.board.tasks.values()] == ["ann", "ann"]
    assert server.board.deleted == [1, 2]
    assert names(server) == ["/.voiceassist/.noindex"]
    assert server.cloud.trash["ann"] == {}
    assert names(server, "ben") == []


async def test_the_stand_in_has_a_trash_which_is_passed_by(server: AppApiServer) -> None:
    """The control of the test above."""
    server.cloud.write("ann", "/one.wav", b"x")
    server.cloud.remove("ann", "/one.wav")
    assert len(server.cloud.trash["ann"]) == 1


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        (lambda _: None, "did not answer within 1 s"),
        (lambda _: {}, "gave no text"),
        (lambda _: {"output": 7}, "gave no text"),
        (lambda _: 1 / 0, "failed"),
        (None, "no provider for core:audio2text"),
    ],
)
async def test_whatever_becomes_of_the_task_the_recording_is_taken_back(
    server: AppApiServer, tasks: Tasks, provider: Any, message: str
) -> None:
    if provider is not None:
        server.board.providers[AUDIO_TO_TEXT] = provider
    began = time.monotonic()
    with pytest.raises(Unavailable, match=message):
        await heard(tasks, timeout=1.0 if "within 1 s" in message else PATIENT)
    assert time.monotonic() - began < 30
    assert names(server) == ["/.voiceassist/.noindex"]


async def test_a_recording_that_a_dead_process_left_behind_is_taken_away(server: AppApiServer, tasks: Tasks) -> None:
    server.board.providers[AUDIO_TO_TEXT] = lambda _: {"output": "Ja"}
    await heard(tasks)
    old, young = f"{NOW - 4000:.0f}-a.wav", f"{NOW - 60:.0f}-b.wav"
    for name in (old, young, "notes.txt"):
        server.cloud.write("ann", f"/.voiceassist/{name}", b"x")
    await heard(tasks)
    assert names(server) == ["/.voiceassist/.noindex", f"/.voiceassist/{young}", "/.voiceassist/notes.txt"]


async def test_a_user_that_nextcloud_does_not_let_write_is_a_clear_error(server: AppApiServer, tasks: Tasks) -> None:
    server.cloud.homes.pop("ann")  # 401 from now on
    with pytest.raises(VoiceAssistError, match="does not take a recording"):
        await heard(tasks)


async def test_speech_is_fetched_by_its_id_before_the_task_is_deleted(
    server: AppApiServer, tasks: Tasks, decoder: Decoder
) -> None:
    given: list[dict[str, Any]] = []

    def speak(task: dict[str, Any]) -> dict[str, object]:
        given.append(task)
        server.board.files[77] = as_wav(tone(1.0, rate=16_000))
        return {"speech": 77}

    server.board.providers[TEXT_TO_SPEECH] = speak
    sound = np.frombuffer(await spoken(tasks, decoder), dtype="<i2")
    assert abs(sound.size - 24_000) < 200
    assert abs(np.count_nonzero(np.diff(np.signbit(sound))) - 440) < 6
    assert given == [{"input": "Guten Morgen."}]
    assert server.board.deleted == [1]


@pytest.mark.parametrize(
    ("output", "file", "message"),
    [
        ({}, b"", "gave no file"),
        ({"speech": "77"}, b"", "gave no file"),
        ({"speech": 78}, b"", r"did not hand over .* \(404\)"),
        ({"speech": 77}, b"rubbish", "can be used. The file is no recording"),
        ({"speech": 77}, b"", "can be used. The file is no recording"),
        ({"speech": 77}, b"x" * (33 * 2**20), "too large"),
        ({"speech": 77}, as_wav(bytes(32_000 * 130)), "longer than 120 seconds"),
    ],
)
async def test_speech_that_is_none_is_a_clear_error(
    server: AppApiServer, tasks: Tasks, decoder: Decoder, output: dict[str, object], file: bytes, message: str
) -> None:
    server.board.files[77] = file
    server.board.providers[TEXT_TO_SPEECH] = lambda _: output
    with pytest.raises(Unavailable, match=message):
        await spoken(tasks, decoder)
    assert server.board.deleted == [1]


async def test_what_may_not_leave_is_not_even_put_into_a_home(
    server: AppApiServer, tasks: Tasks, decoder: Decoder
) -> None:
    server.board.providers[AUDIO_TO_TEXT] = lambda _: {"output": "Ja"}
    with pytest.raises(Withheld):
        await heard(tasks, models_where=ModelsWhere.LOCAL)
    with pytest.raises(Withheld):
        await spoken(tasks, decoder, models_where=ModelsWhere.LOCAL)
    assert server.requests == []
    near = await heard(tasks, models_where=ModelsWhere.LOCAL, nextcloud_model_is_local=True)
    assert near.text == "Ja"


async def test_the_gate_is_told_that_it_is_sound_and_whose(server: AppApiServer, tasks: Tasks) -> None:
    calls: list[Call] = []

    async def seen(call: Call) -> None:
        calls.append(call)

    server.board.providers[AUDIO_TO_TEXT] = lambda _: {"output": "Ja"}
    ear = NextcloudRecogniser(Gate(Settings(_env_file=None), [seen]), tasks, "https://cloud.test", timeout=PATIENT)
    recognition = await ear.listen(ANN)
    await recognition.feed(SAID)
    await recognition.finish()
    assert [(call.user_id, call.sound) for call in calls] == [("ann", True)] * 2
