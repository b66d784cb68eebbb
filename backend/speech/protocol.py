"""What the rest of the house knows about engines that hear and engines that speak."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # children that decode load this module, and settings would double the time they start in
    from backend.egress.gate import Destination

# What every engine hears: 16-bit signed little-endian samples, mono. Engines that want another rate resample.
HEARD_RATE = 16_000
# What every engine says: the same kind of samples at this rate (what OpenAI's speech endpoint and Kokoro give).
SPOKEN_RATE = 24_000
BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was heard. `start` and `end` are seconds from the beginning; `confidence` 0 to 1, if it is known."""

    text: str
    start: float
    end: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. `engine` heard it; `words` are empty where the engine gives no times."""

    text: str
    engine: str
    language: str = "en"
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and sentences that a user is likely to say; an engine uses what it can of them.

    `names` are of people, calendars, folders and files, as written. `phrases` are whole sentences of the kind that is
    said. `version` changes when anything in it does: what was built from it can be kept until then.
    `everybodys`: nothing in it is of one user, so that what is built from it may serve others.
    """

    version: str = ""
    names: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    everybodys: bool = False


@dataclass(frozen=True, slots=True)
class Listening:
    """For whom, and how, is listened. `language` is ISO 639-1, or empty where the engine should find out.

    `grade` is what the engine must be fit for (see `EngineInfo`); empty: any is asked.
    """

    user_id: str
    language: str = "en"
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    grade: str = ""


DICTATION = "dictation"


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who hears or speaks, and where the sound or the text goes for it.

    `grade` is told to the user: `command` hears commands with known names well and free speech badly. `languages` are
    ISO 639-1; empty: no limit is known. `streaming`: partial transcripts, or sound, come before the end.
    """

    name: str
    destination: "Destination"
    grade: str = DICTATION
    languages: tuple[str, ...] = ()
    streaming: bool = False


class Recognition(Protocol):
    """One utterance being heard. It ends with either `finish` or `abandon`."""

    async def feed(self, samples: bytes) -> str | None:
        """Hear more (16-bit mono at `HEARD_RATE`). The transcript so far when it has changed, else None.

        What was heard so far may still change. Raises `Unavailable` when the engine has failed.
        """
        ...

    async def finish(self) -> Transcript:
        """There is no more. Raises `Withheld` when the sound may not go there, `Unavailable` when the engine fails."""
        ...

    async def abandon(self) -> None:
        """Nobody wants to know any more; never raises."""
        ...


class Recogniser(Protocol):
    """An engine that hears."""

    @property
    def info(self) -> EngineInfo: ...

    async def listen(self, listening: Listening) -> Recognition:
        """Begin to hear an utterance. Raises as `Recognition.finish` does."""
        ...

    async def prepare(self, listening: Listening) -> None:
        """Do ahead of the first utterance what takes time (build a language model, open a connection)."""
        ...

    async def close(self) -> None:
        """Give processes and connections back."""
        ...


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak. `name` is the engine's own word for a voice, empty for its usual one; `speed` 1.0 is normal."""

    language: str = "en"
    name: str = ""
    speed: float = 1.0


class Synthesiser(Protocol):
    """An engine that speaks."""

    @property
    def info(self) -> EngineInfo: ...

    def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        """The sound of a clause, piece by piece: 16-bit mono at `SPOKEN_RATE`. Closing the generator stops the engine.

        `text` is already made for speaking (`spoken.speakable`). Raises `Withheld` when the text may not go there,
        `Unavailable` when the engine does not answer, stalls or breaks off.
        """
        ...

    async def voices(self) -> Sequence[str]:
        """The names that a `Voice` may have here; empty where nobody knows."""
        ...

    async def close(self) -> None:
        """Give processes and connections back."""
        ...
