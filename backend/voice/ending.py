"""When a turn is over: how long a silence means that no more follows."""

from dataclasses import dataclass
from typing import Protocol

from backend.voice.words import TurnWords, ends_with, plain, turn_words


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
    # A command or a question that can stand as it is: a speaker's pause between two phrases is usually shorter.
    complete: float = 0.45
    # It may be complete ("who is it from") or not ("who is"), or nothing was understood.
    doubtful: float = 0.8
    # "Add a meeting with": somebody thinks. Most pauses to think are over by then.
    incomplete: float = 1.5

    def patience(self, transcript: str, language: str) -> float:
        words = plain(transcript)
        known = turn_words(language)
        if not words:
            return self.doubtful
        if " ".join(words) in known.answers:
            return self.answer
        if _needs_object(words, known):
            return self.incomplete
        if _is_parted(words, known):
            return self.complete
        if ends_with(words, known.unfinished):
            return self.doubtful if len(words) > 2 and words[0] in known.asking else self.incomplete
        asked_before = any(word in known.asking for word in words[:-2])
        return self.doubtful if words[-1] in known.doubtful and not asked_before else self.complete


def _needs_object(words: tuple[str, ...], known: TurnWords) -> bool:
    """A bare command, with or without "can you please" before it; or that alone."""
    first = next((place for place, word in enumerate(words) if word not in known.polite), len(words))
    return first == len(words) or " ".join(words[first:]) in known.needy


def _is_parted(words: tuple[str, ...], known: TurnWords) -> bool:
    """The last word is the other half of the verb near the beginning."""
    halves = (half for verb, half in known.parted.items() for word in words[:-1] if word.startswith(verb))
    return any(words[-1] in half for half in halves)
