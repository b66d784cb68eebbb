"""The built-in recognition hears commands that flite speaks."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from backend.errors import BadInput, Unavailable
from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.protocol import Listening, Recogniser, Vocabulary
from tests.sounds import pcm, say, silence

ANN = Listening("ann", "en", Vocabulary("1", ("Siobhan O'Brien", "Priya Nair", "Grace Adeyemi", "Anna Weber")))
FRAME = 640


def said(text: str, voice: str = "flite:rms") -> bytes:
    return pcm(np.concatenate([silence(0.3), say(text, voice), silence(0.5)]))


@pytest.fixture
async def engine() -> AsyncIterator[BuiltinRecogniser]:
    engine = BuiltinRecogniser(children=1)
    yield engine
    await engine.close()


async def heard(engine: Recogniser, samples: bytes, listening: Listening = ANN) -> str:
    recognition = await engine.listen(listening)
    await recognition.feed(samples)
    return (await recognition.finish()).text


async def test_a_command_with_an_unusual_name_is_heard_only_by_whom_it_is_a_contact(engine: BuiltinRecogniser) -> None:
    command = said("schedule a meeting with Grace Adeyemi tomorrow at ten")
    assert await heard(engine, command) == "schedule a meeting with Grace Adeyemi tomorrow at ten"
    ben = Listening("ben", "en", Vocabulary("1", ("Bob Brown",)))
    assert "Adeyemi" not in await heard(engine, command, ben)


async def test_partial_transcripts_come_before_the_end_and_words_have_their_times(engine: BuiltinRecogniser) -> None:
    await engine.prepare(ANN)
    recognition = await engine.listen(ANN)
    sound = said("send a mail to Anna Weber")
    partials: list[str] = []
    for place in range(0, len(sound), FRAME):
        partial = await recognition.feed(sound[place : place + FRAME])
        if partial is not None:
            partials.append(partial)
        await asyncio.sleep(0.01)
    transcript = await recognition.finish()
    assert len(partials) > 2
    assert transcript.text == "send a mail to Anna Weber"
    assert " ".join(word.text for word in transcript.words) == transcript.text
    assert all(one.end <= two.start + 0.02 for one, two in zip(transcript.words, transcript.words[1:], strict=False))
    assert 0.2 < transcript.words[0].start < 0.6
    assert transcript.words[-1].end < len(sound) / 32_000


async def test_a_changed_vocabulary_is_heard_from_then_on(engine: BuiltinRecogniser) -> None:
    command = said("schedule a meeting with Daniel Okafor tomorrow at ten")
    assert "Okafor" not in await heard(engine, command)
    newer = Listening("ann", "en", Vocabulary("2", (*ANN.vocabulary.names, "Daniel Okafor")))
    await engine.prepare(newer)
    assert "Okafor" in await heard(engine, command, newer)


async def test_the_former_vocabulary_serves_while_a_new_one_is_made(engine: BuiltinRecogniser) -> None:
    await engine.prepare(ANN)
    newer = Listening("ann", "en", Vocabulary("2", tuple(f"Zora{number} Okafor" for number in range(500))))
    assert await heard(engine, said("send a mail to Anna Weber"), newer) == "send a mail to Anna Weber"
    await engine.prepare(newer)
    assert "Anna Weber" not in await heard(engine, said("send a mail to Anna Weber"), newer)


async def test_everybodys_vocabulary_serves_somebody_new_while_their_own_is_made(engine: BuiltinRecogniser) -> None:
    command = said("schedule a meeting tomorrow at ten")
    await engine.prepare(Listening("", "en", Vocabulary("all", (), ("mm hm",), everybodys=True)))
    zoe = Listening("zoe", "en", Vocabulary("1", tuple(f"Zora{number} Okafor" for number in range(500))))
    shared = await engine.children.model(Listening("", "en", Vocabulary("all", everybodys=True)))
    assert await engine.children.model(zoe) == shared
    assert await heard(engine, command, zoe) == "schedule a meeting tomorrow at ten"
    await engine.prepare(zoe)
    assert await engine.children.model(zoe) != shared
    assert await engine.children.model(ANN) == shared, "what is another user's serves nobody else"


async def test_a_phrase_that_no_command_resembles_is_heard_by_who_has_it(engine: BuiltinRecogniser) -> None:
    phrase = said("marmalade elephants whistle beyond the lighthouse")
    eve = Listening("eve", "en", Vocabulary("1", (), ("Marmalade elephants whistle beyond the lighthouse.",)))
    assert (await heard(engine, phrase, eve)).lower() == "marmalade elephants whistle beyond the lighthouse"
    assert (await heard(engine, phrase)).lower() != "marmalade elephants whistle beyond the lighthouse"


async def test_two_utterances_are_heard_at_once_in_one_child(engine: BuiltinRecogniser) -> None:
    texts = ["cancel the meeting on friday", "what is planned for tomorrow"]
    assert await asyncio.gather(*(heard(engine, said(text)) for text in texts)) == texts
    assert len(engine.children.pids) == 1


async def test_silence_and_nothing_at_all_are_heard_as_nothing(engine: BuiltinRecogniser) -> None:
    assert await heard(engine, bytes(64_000)) == ""
    assert await heard(engine, b"") == ""


async def test_clipped_and_loud_noise_give_some_transcript(engine: BuiltinRecogniser) -> None:
    clipped = (np.sign(np.random.default_rng(1).standard_normal(16_000)) * 32_767).astype("<i2").tobytes()
    recognition = await engine.listen(ANN)
    await recognition.feed(clipped)
    assert (await recognition.finish()).engine == "pocketsphinx"


async def test_half_a_sample_and_sound_after_the_end_are_refused(engine: BuiltinRecogniser) -> None:
    recognition = await engine.listen(ANN)
    with pytest.raises(BadInput, match="half a sample"):
        await recognition.feed(b"\0")
    await recognition.finish()
    with pytest.raises(BadInput, match="over"):
        await recognition.feed(b"\0\0")


async def test_another_language_is_refused(engine: BuiltinRecogniser) -> None:
    with pytest.raises(BadInput, match="English only"):
        await engine.listen(Listening("ann", "de"))


async def test_twenty_abandoned_recognitions_leave_nothing_behind(engine: BuiltinRecogniser) -> None:
    await engine.prepare(ANN)
    tasks, files, memory = len(asyncio.all_tasks()), open_files(), resident(engine.children.pids[0])
    for number in range(20):
        recognition = await engine.listen(ANN)
        await recognition.feed(bytes(FRAME * (1 + number)))
        if number % 2:
            await asyncio.sleep(0)
        await recognition.abandon()
        await recognition.abandon()
    assert await heard(engine, said("cancel the meeting on friday")) == "cancel the meeting on friday"
    gc.collect()
    assert len(asyncio.all_tasks()) == tasks
    assert open_files() == files
    assert resident(engine.children.pids[0]) < memory + 60 * 2**20


async def test_a_child_that_is_killed_fails_its_utterance_and_the_next_one_is_heard(engine: BuiltinRecogniser) -> None:
    await engine.prepare(ANN)
    recognition = await engine.listen(ANN)
    await recognition.feed(bytes(64_000))
    os.kill(engine.children.pids[0], signal.SIGKILL)
    with pytest.raises(Unavailable, match="broke off"):
        await recognition.finish()
    assert await heard(engine, said("cancel the meeting on friday")) == "cancel the meeting on friday"


async def test_closing_ends_the_children_and_removes_what_was_made_of_the_names() -> None:
    engine = BuiltinRecogniser(children=1)
    recognition = await engine.listen(ANN)
    await engine.prepare(ANN)
    (pid,) = engine.children.pids
    folder = engine.children.folder
    assert folder is not None
    assert any("Siobhan" in file.read_text() for file in folder.glob("*/classes"))
    await engine.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()
    with pytest.raises(Unavailable):
        await recognition.finish()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
