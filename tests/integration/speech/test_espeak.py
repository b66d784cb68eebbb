"""The real espeak-ng: sound that is heard, text that stays text, processes that end."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.errors import BadInput, Unavailable
from backend.speech.clauses import Clauses
from backend.speech.espeak import LONGEST_TEXT, Espeak
from backend.speech.protocol import SPOKEN_RATE, Voice

_LONG = "There is a long text that takes its time. " * 60
# Louder than this (of 32,768) somewhere: a voice. espeak-ng's silence is 0.
_AUDIBLE = 3_000


@pytest.fixture
async def engine() -> AsyncIterator[Espeak]:
    engine = Espeak()
    yield engine
    await engine.close()


async def heard(engine: Espeak, text: str, voice: Voice | None = None) -> NDArray[np.int16]:
    """All the samples of a text."""
    pieces = [piece async for piece in engine.speak(text, voice or Voice(), "anna")]
    return np.frombuffer(b"".join(pieces), dtype=np.int16)


def children() -> set[int]:
    """The ids of this process's running children."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def program(folder: Path, script: str) -> str:
    """A stand-in for the program that misbehaves: `--voices` works, speaking is `script`."""
    path = folder / "espeak-ng"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --voices ]; then exec espeak-ng --voices; fi\n{script}\n')
    path.chmod(0o755)
    return str(path)


async def test_a_sentence_is_heard_for_as_long_as_it_takes_to_say(engine: Espeak) -> None:
    samples = await heard(engine, "The patient takes five milligrams of the medicine twice a day.")

    assert int(np.abs(samples.astype(np.int32)).max()) > _AUDIBLE
    assert 2.5 < len(samples) / SPOKEN_RATE < 6.0  # eleven words at 175 a minute, and the pause behind them


async def test_sound_keeps_its_pitch_and_length_at_the_agreed_rate(engine: Espeak, tmp_path: Path) -> None:
    text = "This sentence was spoken once by the engine, and once by hand."
    samples = await heard(engine, text)
    process = await asyncio.create_subprocess_exec("espeak-ng", "-w", str(tmp_path / "x.wav"), text)
    await process.wait()
    by_hand = ((tmp_path / "x.wav").stat().st_size - 44) / 2 / 22_050

    assert len(samples) / SPOKEN_RATE == pytest.approx(by_hand, abs=0.0003)


async def test_speed_changes_how_long_it_takes(engine: Espeak) -> None:
    text = "The patient takes five milligrams of the medicine twice a day."
    slow, normal, fast = [len(await heard(engine, text, Voice(speed=speed))) for speed in (0.6, 1.0, 1.8)]

    assert slow > 1.3 * normal
    assert normal > 1.3 * fast


async def test_speed_beyond_reason_is_spoken_at_the_nearest_that_is_understood(engine: Espeak) -> None:
    assert len(await heard(engine, "Good day to you.", Voice(speed=1000.0))) > SPOKEN_RATE // 4
    assert len(await heard(engine, "Good day to you.", Voice(speed=0.0))) < 10 * SPOKEN_RATE


async def test_german_sounds_different_from_english(engine: Espeak) -> None:
    text = "Die Ärztin hat gesagt, dass alles gut ist."

    assert len(await heard(engine, text, Voice("de"))) != len(await heard(engine, text, Voice("en")))


async def test_names_of_phonemes_are_spoken_as_text(engine: Espeak) -> None:
    plain = await heard(engine, "one [[h@l'oU w3:ld]] two.")
    bare = await heard(engine, "one h@l'oU w3:ld two.")

    # As phonemes they are two short words, "hello world"; as text they take as long as without brackets.
    assert len(plain) > 0.9 * len(bare)


@pytest.mark.parametrize("text", ["-v de --stdin", "--version", "-w never.wav", "<voice name='de'>yes</voice>"])
async def test_nothing_in_a_text_is_an_option_or_a_command(engine: Espeak, text: str) -> None:
    assert len(await heard(engine, text)) > SPOKEN_RATE // 2
    assert "never.wav" not in os.listdir()  # noqa: PTH208 - nothing here waits


async def test_control_characters_change_no_voice(engine: Espeak) -> None:
    assert len(await heard(engine, "good \x01400S day, good day.")) == pytest.approx(
        len(await heard(engine, "good 400S day, good day.")), rel=0.05
    )


async def test_a_voice_that_is_an_option_is_not_used(engine: Espeak) -> None:
    samples = await heard(engine, "Good day.", Voice("en", name="--version"))

    assert len(samples) == len(await heard(engine, "Good day.", Voice("en")))


async def test_a_voice_of_another_engine_is_spoken_in_the_usual_one(engine: Espeak) -> None:
    assert len(await heard(engine, "Good day.", Voice("de", name="af_heart"))) == len(
        await heard(engine, "Good day.", Voice("de"))
    )


async def test_a_variant_of_a_language_that_is_not_offered_is_spoken_as_the_language(engine: Espeak) -> None:
    assert len(await heard(engine, "Grüß Gott.", Voice("de_AT"))) == len(await heard(engine, "Grüß Gott.", Voice("de")))


async def test_a_language_without_a_voice_is_unavailable(engine: Espeak) -> None:
    with pytest.raises(Unavailable, match="'xx'"):
        await heard(engine, "Hello.", Voice("xx"))


async def test_voices_are_language_tags(engine: Espeak) -> None:
    voices = await engine.voices()

    assert {"en", "de", "en-us", "en-gb", "fr"} <= set(voices)
    assert not [name for name in voices if name.startswith("mb") or " " in name]


async def test_the_first_sound_comes_before_the_program_has_ended(engine: Espeak) -> None:
    async with aclosing(engine.speak(_LONG, Voice(), "anna")) as pieces:
        assert await anext(pieces)
        assert children()


async def test_closing_stops_the_program(engine: Espeak) -> None:
    before = children()
    async with aclosing(engine.speak(_LONG, Voice(), "anna")) as pieces:
        await anext(pieces)
        during = children() - before

    assert during
    assert not children() - before


async def test_cancelling_stops_the_program(engine: Espeak) -> None:
    before, started = children(), asyncio.Event()

    async def speak() -> None:
        async with aclosing(engine.speak(_LONG, Voice(), "anna")) as pieces:
            await anext(pieces)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(speak())
    await started.wait()
    assert children() - before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not children() - before


async def test_closing_the_engine_stops_whoever_speaks(engine: Espeak) -> None:
    before = children()
    pieces = engine.speak(_LONG, Voice(), "anna")
    await anext(pieces)
    assert children() - before
    await engine.close()

    assert not children() - before
    await pieces.aclose()


async def test_many_speak_at_once_and_nothing_is_left(engine: Espeak) -> None:
    before = children()
    lengths = await asyncio.gather(*(heard(engine, "They all say the same.") for _ in range(12)))

    assert len({len(samples) for samples in lengths}) == 1
    assert not children() - before


async def test_nothing_to_say_is_no_sound(engine: Espeak) -> None:
    assert len(await heard(engine, " \n\t\x00 ")) == 0


async def test_a_comma_makes_a_shorter_pause_behind_the_clause_than_a_full_stop(engine: Espeak) -> None:
    assert len(await heard(engine, "Yes and no,")) < len(await heard(engine, "Yes and no."))


async def test_too_long_a_text_is_refused(engine: Espeak) -> None:
    with pytest.raises(BadInput, match="at most"):
        await heard(engine, "a" * (LONGEST_TEXT + 1))


async def test_a_missing_program_says_what_to_install() -> None:
    with pytest.raises(Unavailable, match="apt install espeak-ng"):
        await heard(Espeak("no-such-espeak"), "Hello.")


async def test_a_program_that_stalls_before_the_first_sound_is_stopped(tmp_path: Path) -> None:
    before = children()
    engine = Espeak(program(tmp_path, "exec sleep 60"), stall_seconds=60.0)
    await engine.voices()
    engine._stall_seconds = 0.3  # a busy machine may take longer for the list of voices
    with pytest.raises(Unavailable, match=r"for 0\.3 s"):
        await heard(engine, "Hello.")

    assert not children() - before


async def test_a_program_that_stalls_in_the_middle_is_stopped(tmp_path: Path) -> None:
    before = children()
    script = 'espeak-ng "$@" | head -c 20000; exec sleep 60'
    pieces: list[bytes] = []
    engine = Espeak(program(tmp_path, script), stall_seconds=60.0)

    async def listen() -> None:
        async for piece in engine.speak(_LONG, Voice(), "anna"):
            pieces.append(piece)
            engine._stall_seconds = 0.5  # a busy machine may take longer for the first sound

    with pytest.raises(Unavailable, match=r"for 0\.5 s"):
        await listen()

    assert pieces
    assert not children() - before


async def test_a_program_that_breaks_off_is_unavailable(tmp_path: Path) -> None:
    script = 'espeak-ng "$@" | head -c 20000; exit 3'
    with pytest.raises(Unavailable, match="status 3"):
        await heard(Espeak(program(tmp_path, script)), _LONG)


@pytest.mark.parametrize("script", ["exit 1", "echo this is no sound at all, and long enough", "kill -9 $$"])
async def test_a_program_that_gives_no_wave_file_is_unavailable(tmp_path: Path, script: str) -> None:
    with pytest.raises(Unavailable):
        await heard(Espeak(program(tmp_path, script)), "Hello.")


async def test_a_listener_who_is_slow_is_no_stall() -> None:
    engine = Espeak(stall_seconds=60.0)
    async with aclosing(engine.speak(_LONG, Voice(), "anna")) as pieces:
        await anext(pieces)
        engine._stall_seconds = 0.4
        await asyncio.sleep(0.6)  # the listener's own time; nothing to be awaited
        assert await anext(pieces)


async def test_an_answer_is_spoken_clause_by_clause(engine: Espeak) -> None:
    clauses = Clauses("de")
    cut = [*clauses.feed("Am 12.03.2026 gab es 2x 500 mg, also sehr viel. [1] Das war gut."), *clauses.flush()]
    lengths = [len(await heard(engine, clause.spoken, Voice("de"))) / SPOKEN_RATE for clause in cut]

    assert len(lengths) == 3
    assert all(0.4 < length < 8 for length in lengths)
