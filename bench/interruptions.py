"""Whether it is known who wants the assistant to stop and who only listens aloud. Part of `bench.turn_taking`.

Each text of `spoken/interruptions.tsv` is said twice, by different voices, in a quiet room and over noise, and heard in
real time by the product's own engine; the verdicts follow each other as in a session. German, which that engine does
not know, is judged by what was said (`as_said`), and so is English once more: how good the rule is without the ears.
"""

import asyncio
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.protocol import HEARD_RATE, Listening, Recogniser, Vocabulary
from backend.speech.spotting import PhraseSpotter
from backend.voice.activity import Activity
from backend.voice.interruption import Interruption, Verdict
from backend.voice.vocabulary import EVERYBODYS
from backend.voice.words import turn_words
from bench import echo
from tests import sounds
from tests.sounds import Sound

_TEXTS = Path(__file__).parent / "spoken" / "interruptions.tsv"
_VOICES = ("flite:slt", "flite:rms", "flite:awb", "espeak:en-us", "flite:kal", "espeak:en-gb+f3")
_GERMAN_VOICES = ("espeak:de", "espeak:de+f2")
_NOISE_DB = 15
# A user has spoken before, or there would be nothing to interrupt: the engine knows the microphone.
_BEFORE = "What did the report say about the budget for next year?"
_STEP = HEARD_RATE // 10
# A turn is over after this silence at the latest (`AdaptiveSilence.complete`).
_OVER_SECONDS = 0.45
_AT_ONCE = 2
# Sound before and behind speech that the phrase spotter is given (seconds).
_AROUND = 0.2


@dataclass(frozen=True)
class Clip:
    """One text by one voice in one room."""

    half: str
    language: str
    label: str
    text: str
    voice: str
    noisy: bool


@dataclass(frozen=True)
class Moment:
    """What is known a tenth of a second later; the last one of a clip is after its end."""

    spoken_for: float
    transcript: str
    ended: bool
    spotted: str | None = None


def clips() -> list[Clip]:
    """All of them."""
    with _TEXTS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    made = []
    for number, row in enumerate(rows):
        voices = _VOICES if row["language"] == "en" else _GERMAN_VOICES
        for noisy in (False, True):
            # By halves of the list, so that each voice says texts of both halves and labels.
            voice = voices[(number // 2 + 3 * noisy) % len(voices)]
            made.append(Clip(row["half"], row["language"], row["label"], row["text"], voice, noisy))
    return made


def sound(clip: Clip, text: str) -> Sound:
    """As the microphone has it."""
    clean = np.concatenate([sounds.silence(0.6), sounds.say(text, clip.voice), sounds.silence(0.9)])
    bed = sounds.noise("pink", len(clean) / HEARD_RATE + 0.1, seed=len(text))[: len(clean)]
    return sounds.mixed(clean, bed, _NOISE_DB) if clip.noisy else clean + sounds.at_level(bed, sounds.ROOM_DB)


def as_said(clip: Clip) -> list[Moment]:
    """What an engine without faults would know."""
    activity = Activity()
    samples = sounds.pcm(sound(clip, clip.text))
    spoken = 0.0
    moments = []
    for place in range(0, len(samples), 2 * _STEP):
        activity.feed(samples[place : place + 2 * _STEP])
        spoken = max(spoken, activity.spoken_for)
        moments.append(Moment(activity.spoken_for, "", False))
    return [*moments[:-1], Moment(moments[-1].spoken_for, clip.text, True)] if spoken else []


async def heard(clip: Clip, engine: Recogniser, vocabulary: Vocabulary, spotter: PhraseSpotter) -> list[Moment]:
    """What the engine makes of it, in real time; empty when no speech was detected."""
    listening = Listening(f"{clip.voice} {clip.noisy}", "en", vocabulary)
    activity = Activity()
    samples = sounds.pcm(sound(clip, clip.text))
    recognition = await engine.listen(listening)
    moments, transcript, voiced, before = [], "", 0.0, 0.0
    for place in range(0, len(samples), 2 * _STEP):
        piece = samples[place : place + 2 * _STEP]
        for change in activity.feed(piece):
            if change.kind == "stopped":
                voiced += activity.spoken_for
        before = voiced + (activity.spoken_for if activity.speaking else 0.0)
        transcript = await recognition.feed(piece) or transcript
        await asyncio.sleep(_STEP / HEARD_RATE)
        if before:
            moments.append(Moment(before, transcript, False))
        if before and activity.silent_for >= _OVER_SECONDS:
            break
    final = (await recognition.finish()).text
    if not moments:
        return []
    short = before < Interruption().long_seconds
    return [*moments, Moment(before, final, True, spotter.spot(_cut(samples)) if short else None)]


def _cut(samples: bytes) -> bytes:
    """From a little before speech to a little behind it: what a session has of it."""
    changes = Activity().feed(samples)
    start, end = max(0.0, changes[0].at - _AROUND), changes[-1].at + _AROUND
    return samples[2 * round(start * HEARD_RATE) : 2 * round(end * HEARD_RATE)]


def stops(rule: Interruption, moments: Sequence[Moment], language: str) -> bool:
    """Whether the assistant would have been stopped: by the first verdict that is not to wait."""
    for moment in moments:
        spoken, text = moment.spoken_for, moment.transcript or None
        verdict = rule.judge(spoken, text, False, language, moment.ended, moment.spotted)
        if verdict is Verdict.STOP:
            return True
    return False


def vocabulary() -> Vocabulary:
    """A user's, with everybody's phrases."""
    return Vocabulary("1", ("Clara Ostwald", "Doctor Smith"), EVERYBODYS.phrases)


async def trace(engine: Recogniser, chosen: Sequence[Clip]) -> dict[Clip, list[Moment]]:
    """The clips, heard by an engine."""
    traces: dict[Clip, list[Moment]] = {}
    turns = asyncio.Semaphore(_AT_ONCE)
    spotter = PhraseSpotter(turn_words("en").backchannels | turn_words("en").stops)

    async def one(clip: Clip) -> None:
        async with turns:
            traces[clip] = await heard(clip, engine, vocabulary(), spotter)

    speakers = {(clip.voice, clip.noisy): clip for clip in chosen}
    for clip in speakers.values():
        recognition = await engine.listen(Listening(f"{clip.voice} {clip.noisy}", "en", vocabulary()))
        await recognition.feed(sounds.pcm(sound(clip, _BEFORE)))
        await recognition.finish()
    await asyncio.gather(*map(one, chosen))
    return traces


def score(traces: dict[Clip, list[Moment]]) -> dict[str, object]:
    """The share of clips that are judged rightly, by half and label."""
    rule = Interruption()
    right: dict[str, list[bool]] = {}
    for clip, moments in traces.items():
        as_wanted = stops(rule, moments, clip.language) == _interrupts(clip)
        for name in (clip.half, f"{clip.half} {clip.label}", "noisy" if clip.noisy else "quiet"):
            right.setdefault(name, []).append(as_wanted)
        if not as_wanted and clip.half == "tuning":
            sys.stderr.write(f"wrong: {clip} {[(m.spoken_for, m.transcript) for m in moments[-2:]]}\n")
    return {name: {"clips": len(found), "right": round(sum(found) / len(found), 3)} for name, found in right.items()}


async def measure() -> dict[str, object]:
    """English as it is heard, and both languages as they are said; and the assistant's echo."""
    english = [clip for clip in clips() if clip.language == "en"]
    engine = BuiltinRecogniser()
    try:
        traces = await trace(engine, english)
        interrupting = [moments[-1].transcript for clip, moments in traces.items() if _interrupts(clip) and moments]
        own = await echo.measure(engine, vocabulary(), interrupting)
    finally:
        await engine.close()
    return {
        "en_heard": score(traces),
        "en_as_said": score({clip: as_said(clip) for clip in english}),
        "de_as_said": score({clip: as_said(clip) for clip in clips() if clip.language == "de"}),
        "echo": own,
    }


def _interrupts(clip: Clip) -> bool:
    return clip.label == "interruption"
