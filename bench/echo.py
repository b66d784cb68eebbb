"""Whether the assistant's own voice is told from the user's by its words. Part of `bench.turn_taking`.

The echo: sentences of the kind that the product says, by its built-in voice, out of a small loudspeaker, through a
room, late and quiet, heard by the product's own engine. The user: what that engine heard of the interruptions, at every
moment of every sentence.

By sound (the microphone against what was played) it was tried and left out. The best of it, the peak of GCC-PHAT, mixed
up about one in six with half a second of sound. With 0.8 s it told an echo from a user, but not from a user over an
echo; and by then there are words.
"""

from collections.abc import Sequence

import numpy as np

from backend.speech.protocol import HEARD_RATE, Listening, Recogniser, Vocabulary
from backend.voice.activity import Activity
from backend.voice.echo import EchoGuard
from tests import sounds
from tests.sounds import Sound

_SENTENCES = (
    "I will add a meeting with Clara Ostwald on Friday at three. Say yes or no.",
    "From your file leave policy: parental leave is sixteen weeks, and both parents can share it.",
    "You have two appointments tomorrow. The first is at nine with the quality group.",
    "Do you mean Clara Ostwald or Clara Berg?",
    "I could not find anything about that in your files.",
    "The appointment with Doctor Smith is cancelled.",
    "Jonas wrote yesterday that the inspection is moved to the end of March.",
    "I will send an email to the team that the meeting starts at ten. Shall I send it?",
)
_VOICE = "espeak:en-us"
_LEVELS_DB = (-30.0, -40.0, -48.0)
# How late the echo is, at the microphone (seconds), and how long the room rings.
_DELAYS = (0.1, 0.25, 0.45)
_RINGS_SECONDS = 0.3
# What a small loudspeaker plays (Hz).
_LOUDSPEAKER = (300, 6000)
_STEP = HEARD_RATE // 10


def echo_of(sound: Sound, delay: float, db: float, seed: int) -> Sound:
    """What the microphone has of it."""
    random = np.random.default_rng(seed)
    count = round(_RINGS_SECONDS * HEARD_RATE)
    ring = 0.1 * random.normal(size=count) * np.exp(-6.9 * np.arange(count) / count)
    ring[0] = 1
    heard = np.convolve(sound, ring)
    spectrum = np.fft.rfft(heard)
    frequency = np.fft.rfftfreq(len(heard), 1 / HEARD_RATE)
    spectrum[(frequency < _LOUDSPEAKER[0]) | (frequency > _LOUDSPEAKER[1])] *= 0.05
    late = np.concatenate([sounds.silence(delay), np.fft.irfft(spectrum, len(heard)), sounds.silence(0.8)])
    bed = sounds.noise("pink", len(late) / HEARD_RATE + 0.1, seed)[: len(late)]
    return sounds.at_level(late.astype(np.float32), db) + sounds.at_level(bed, sounds.ROOM_DB)


async def heard_of_echo(engine: Recogniser, vocabulary: Vocabulary, text: str, number: int) -> tuple[str, float]:
    """The transcript of an echo, and when it began, in seconds after the sentence did."""
    echo = echo_of(sounds.say(text, _VOICE), _DELAYS[number % 3], _LEVELS_DB[number // 3 % 3], number)
    samples = sounds.pcm(echo)
    started = [change.at for change in Activity().feed(samples) if change.kind == "started"]
    recognition = await engine.listen(Listening("echo", "en", vocabulary))
    for place in range(0, len(samples), 2 * _STEP):
        await recognition.feed(samples[place : place + 2 * _STEP])
    return (await recognition.finish()).text, started[0] if started else 0.0


async def measure(engine: Recogniser, vocabulary: Vocabulary, interruptions: Sequence[str]) -> dict[str, object]:
    """The share of echoes taken for the user's voice, and of the user's words taken for an echo."""
    echoes = []
    for number in range(3 * len(_SENTENCES)):
        text = _SENTENCES[number % len(_SENTENCES)]
        guard, _ = _speaking(text)
        transcript, began = await heard_of_echo(engine, vocabulary, text, number)
        echoes.append(not transcript or guard.is_own(transcript, began))
    users = []
    for text in _SENTENCES:
        guard, seconds = _speaking(text)
        moments = np.arange(0, seconds, 0.5)
        users += [guard.is_own(words, float(at)) for words in interruptions if words for at in moments]
    return {
        "echoes": len(echoes),
        "taken_for_the_user": round(1 - sum(echoes) / len(echoes), 3),
        "interruptions": len(users),
        "taken_for_an_echo": round(sum(users) / len(users), 4) if users else None,
    }


def _speaking(text: str) -> tuple[EchoGuard, float]:
    guard = EchoGuard()
    seconds = len(sounds.say(text, _VOICE)) / HEARD_RATE
    guard.said(text, 0.0, seconds)
    return guard, seconds
