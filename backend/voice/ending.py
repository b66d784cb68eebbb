"""When a turn is over: how long a silence means that no more follows."""

from dataclasses import dataclass
from typing import Protocol

from backend.voice.words import plain, turn_words


class EndOfTurn(Protocol):
    """A strategy."""

    def patience(self, transcript: str, language: str) -> float:
        """Seconds of silence after `transcript` (what is understood so far) with which the turn is over."""
        ...


@dataclass(frozen=True, slots=True)
class FixedSilence:
    """The same silence, whatever was said."""

    seconds: float = 0.5

    def patience(self, transcript: str, language: str) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class AdaptiveSilence:
    """The less complete it sounds, the longer the wait."""

    # "Yes", "stop": nothing follows that would change it. No shorter than what tells a stop from a gap between words.
    answer: float = 0.25
    # A command or a question that could stand as it is: a speaker's pause between two phrases is usually shorter.
    complete: float = 0.45
    # Nothing was understood: it may be a noise, or a word that the engine has not got yet.
    unknown: float = 0.8
    # "Add a meeting with": somebody thinks. Most pauses to think are over by then.
    incomplete: float = 1.5

    def patience(self, transcript: str, language: str) -> float:
        words = plain(transcript)
        known = turn_words(language)
        if not words:
            return self.unknown
        if " ".join(words) in known.answers:
            return self.answer
        if words[-1] in known.unfinished or " ".join(words) in known.needy:
            return self.incomplete
        return self.complete
