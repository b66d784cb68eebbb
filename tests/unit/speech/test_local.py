"""Hearing and speaking on this machine: sherpa-onnx itself over tiny models; `tiny_models` tells what they prove."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from backend.errors import Unavailable
from backend.speech.local.hearing import LocalRecogniser, _words
from backend.speech.local.models import HEARS, SPEAKS, Model, place, problem
from backend.speech.local.phonemes import phonemes
from backend.speech.local.speaking import LocalSynthesiser
from backend.speech.protocol import Listening, Voice
from tests.unit.speech.tiny_models import tiny_ear, tiny_kokoro, tiny_voice

pytest.importorskip("sherpa_onnx", reason="the extra `speech` is not installed")

ENGLISH = Listening("alice", "en")


def noise(seconds: float) -> bytes:
    """What the tiny transducer takes for "call doctor"."""
    return np.random.default_rng(1).integers(-8_000, 8_000, int(seconds * 16_000)).astype("<i2").tobytes()


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return tiny_ear(tmp_path)


@pytest.fixture
async def ear(tmp_path: Path, model: Model) -> AsyncIterator[LocalRecogniser]:
    recogniser = LocalRecogniser(tmp_path, [model.name], {model.name: model})
    yield recogniser
    await recogniser.close()


@pytest.fixture
async def mouth(tmp_path: Path) -> AsyncIterator[LocalSynthesiser]:
    voice = tiny_voice(tmp_path)
    synthesiser = LocalSynthesiser(tmp_path, [voice.name], {voice.name: voice})
    yield synthesiser
    await synthesiser.close()


async def test_words_come_while_somebody_speaks_and_only_when_they_change(ear: LocalRecogniser) -> None:
    utterance = await ear.listen(ENGLISH)
    said = noise(1.0) + bytes(32_000)
    told = [text for start in range(0, len(said), 640) if (text := await utterance.feed(said[start : start + 640]))]
    assert told[0] == "call"
    assert told[1].startswith("call doc")
    assert len(told) == len(set(told)) > 8
    transcript = await utterance.finish()
    assert transcript.text.startswith("call doctor call doctor")
    assert transcript.text == told[-1]
    assert transcript.engine == "sherpa-onnx tiny-ear"


async def test_words_have_their_times(ear: LocalRecogniser) -> None:
    utterance = await ear.listen(ENGLISH)
    await utterance.feed(bytes(16_000) + noise(1.0) + bytes(32_000))
    words = (await utterance.finish()).words
    assert [word.text for word in words[:3]] == ["call", "doctor", "call"]
    assert words[0].start == pytest.approx(0.5, abs=0.15)
    assert words[-1].end == pytest.approx(1.5, abs=0.45)
    assert all(before.end <= after.start + 1e-6 for before, after in pairwise(words))
    assert all(word.confidence is not None and 0.0 <= word.confidence <= 1.0 for word in words)


async def test_silence_is_nothing_said(ear: LocalRecogniser) -> None:
    utterance = await ear.listen(ENGLISH)
    assert await utterance.feed(bytes(64_000)) is None
    transcript = await utterance.finish()
    assert (transcript.text, transcript.words) == ("", ())
    empty = await (await ear.listen(ENGLISH)).finish()
    assert empty.text == ""


async def test_utterances_at_the_same_time_do_not_hear_each_other(ear: LocalRecogniser) -> None:
    one, two = await ear.listen(ENGLISH), await ear.listen(ENGLISH)
    for _ in range(20):
        await asyncio.gather(one.feed(noise(0.1)), two.feed(bytes(3_200)))
    assert (await one.finish()).text.startswith("call")
    assert (await two.finish()).text == ""


def test_a_word_ends_where_the_next_begins_or_soon_after_its_last_piece() -> None:
    words = _words(["▁CALL", "▁DOC", "TOR", " Nowak"], [0.1, 0.3, 0.4, 2.0], [-0.1, 0.0, -0.2, 0.0], 2.1)
    assert [(word.text, word.start, round(word.end, 3)) for word in words] == [
        ("call", 0.1, 0.3),
        ("doctor", 0.3, 0.8),
        ("Nowak", 2.0, 2.1),
    ]
    assert _words([], [], [], 1.0) == ()


@pytest.mark.parametrize("part", ["encoder", "decoder", "joiner"])
async def test_a_model_that_is_broken_is_a_clear_error(tmp_path: Path, model: Model, part: str) -> None:
    (place(tmp_path, model) / model.files[part]).write_bytes(b"rubbish")
    ear = LocalRecogniser(tmp_path, [model.name], {model.name: model})
    with pytest.raises(Unavailable, match="tiny-ear cannot be loaded"):
        await ear.prepare(ENGLISH)
    await ear.close()


async def test_a_model_that_is_not_here_or_is_another_one_says_how_it_is_fetched(tmp_path: Path, model: Model) -> None:
    (place(tmp_path, model) / "tokens.txt").unlink()
    other = replace(model, sha256="f" * 64)
    for wanted in (model, other, replace(model, folder="nowhere")):
        ear = LocalRecogniser(tmp_path, [wanted.name], {wanted.name: wanted})
        with pytest.raises(Unavailable, match="voiceassist models fetch tiny-ear"):
            await ear.listen(ENGLISH)
        await ear.close()


async def test_each_language_has_its_model_and_another_language_is_refused(tmp_path: Path) -> None:
    english, german = tiny_ear(tmp_path, "english"), tiny_ear(tmp_path, "german", ("de",))
    names = ["english", "german"]
    ear = LocalRecogniser(tmp_path, names, {"english": english, "german": german})
    assert ear.info.languages == ("en", "de")
    for language, engine in (("en", "english"), ("de", "german"), ("", "english")):
        transcript = await (await ear.listen(Listening("alice", language))).finish()
        assert transcript.engine == f"sherpa-onnx {engine}"
    with pytest.raises(Unavailable, match="hears 'fr'"):
        await ear.listen(Listening("alice", "fr"))
    await ear.close()


async def test_speech_comes_sentence_by_sentence_at_our_rate(mouth: LocalSynthesiser) -> None:
    pieces = [piece async for piece in mouth.speak("Good morning. How are you? All is well.", Voice(), "alice")]
    assert len(pieces) >= 3
    sound = np.frombuffer(b"".join(pieces), dtype="<i2")
    crossings = np.count_nonzero(np.diff(np.signbit(sound))) / (sound.size / 24_000)
    assert crossings == pytest.approx(440, abs=15)  # a hum of 220 Hz made at 22,050 is one at 24,000
    assert np.abs(sound).max() > 10_000


async def test_a_kokoro_model_speaks_in_the_voice_that_was_chosen(tmp_path: Path) -> None:
    model = tiny_kokoro(tmp_path)
    mouth = LocalSynthesiser(tmp_path, [model.name], {model.name: model})
    for name, hertz in (("high", 440), ("low", 220), ("", 220), ("nobody", 220)):
        pieces = [piece async for piece in mouth.speak("Good morning, doctor.", Voice(name=name), "alice")]
        sound = np.frombuffer(b"".join(pieces), dtype="<i2")
        crossings = np.count_nonzero(np.diff(np.signbit(sound))) / (sound.size / 24_000)
        assert crossings == pytest.approx(2 * hertz, rel=0.05)
    # Kokoro ends the process on more phonemes than it has styles for.
    assert [piece async for piece in mouth.speak("one more word and " * 200, Voice(), "alice")]
    await mouth.close()


async def test_slower_speech_is_longer(mouth: LocalSynthesiser) -> None:
    async def length(speed: float) -> int:
        return sum([len(piece) async for piece in mouth.speak("Good morning.", Voice(speed=speed), "alice")])

    assert await length(0.5) == pytest.approx(2 * await length(1.0), rel=0.1)


async def test_whoever_stops_listening_stops_it_and_it_speaks_again(mouth: LocalSynthesiser) -> None:
    async with aclosing(mouth.speak("One. " * 200, Voice(), "alice")) as sound:
        await anext(sound)
    assert [piece async for piece in mouth.speak("Two.", Voice(), "alice")]


async def test_a_voice_that_is_not_used_any_more_says_so_at_once(mouth: LocalSynthesiser) -> None:
    assert [piece async for piece in mouth.speak("One.", Voice(), "alice")]
    await mouth.close()
    async with asyncio.timeout(30):
        with pytest.raises(Unavailable, match="not used any more"):
            await anext(mouth.speak("Two.", Voice(), "alice"))


async def test_nothing_that_can_be_pronounced_is_no_sound(mouth: LocalSynthesiser) -> None:
    with pytest.raises(Unavailable, match="gave no sound"):
        await anext(mouth.speak("…", Voice(), "alice"))
    with pytest.raises(Unavailable, match="speaks 'de'"):
        await anext(mouth.speak("Guten Morgen", Voice("de"), "alice"))
    assert await mouth.voices() == ["hum"]


async def test_text_is_pronounced_in_sentences_with_their_punctuation() -> None:
    assert await phonemes("Good morning, doctor. How are you?", "en") == ["ɡˈʊd mˈɔːɹnɪŋ, dˈɑːktɚ.", "hˈaʊ ɑːɹ juː?"]
    (german,) = await phonemes("Guten Morgen", "de")
    assert german.startswith("ɡˈuːtən m")
    assert german.endswith(".")


async def test_text_is_no_command_for_the_program_that_pronounces_it() -> None:
    spelled, plain = await phonemes("[[ kat ]] -v de --help\x01 <break/>", "en"), await phonemes("kat", "en")
    assert spelled
    assert spelled != plain
    assert await phonemes(" … !? ", "en") == []
    long = await phonemes("one more word and " * 100, "en")
    assert len(long) > 3
    assert max(map(len, long)) <= 300
    with pytest.raises(Unavailable, match="does not know the language"):
        await phonemes("hello", "xx")


def test_what_is_missing_is_told_with_what_to_do(tmp_path: Path, model: Model) -> None:
    catalogue = {model.name: model, "gone": replace(model, name="gone", folder="gone")}
    assert problem(tmp_path, [model.name], HEARS, catalogue) is None
    assert "'other'; there are tiny-ear, gone" in (problem(tmp_path, ["other"], HEARS, catalogue) or "")
    assert "models fetch gone" in (problem(tmp_path, ["gone"], HEARS, catalogue) or "")
    assert "that speaks" in (problem(tmp_path, [model.name], SPEAKS, catalogue) or "")
    assert "that hears" in (problem(tmp_path, [], HEARS, catalogue) or "")
