"""The assistant's own voice in the microphone: told from the user's by its words."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from backend.voice.words import plain

# An echo comes this long after the words were due, at most: the client's buffer, a Bluetooth loudspeaker, the room, and
# how far a word stands from where the length of the text puts it.
_LATEST = 0.8
# What is further back cannot be meant any more.
_KEPT_SECONDS = 10.0
# Of the words that were heard, so many must have been said, in that order: engines mishear an echo more than speech.
_OWN_WORDS = 0.6
# From three words on they may as well sound alike as a whole ("the lease is due" heard as "the lisa stew"); in percent.
_ALIKE_WORDS = 3
_OWN_LETTERS = 75.0


@dataclass(frozen=True, slots=True)
class _Clause:
    words: tuple[str, ...]
    start: float
    end: float

    def words_from(self, at: float) -> Iterator[str]:
        """Those that are not over by `at`: a word takes as long as its share of the letters."""
        letters = sum(map(len, self.words))
        spoken = 0
        for word in self.words:
            spoken += len(word)
            if self.start + (self.end - self.start) * spoken / letters >= at:
                yield word


class EchoGuard:
    """Remembers what the assistant said in the last seconds. All times are seconds of one clock that the caller has."""

    def __init__(self) -> None:
        self._said: deque[_Clause] = deque()

    def said(self, text: str, at: float, seconds: float) -> None:
        """`text` is spoken from `at` for `seconds`."""
        self._said.append(_Clause(plain(text), at, at + seconds))
        while self._said[0].end < at - _KEPT_SECONDS:
            self._said.popleft()

    def is_own(self, transcript: str, at: float) -> bool:
        """Whether the words that began to sound at `at` are what was being said then.

        Not: whether they were said before. Who answers "Clara or Jonas?" with a name repeats it, but later.
        """
        heard = plain(transcript)
        said = [word for clause in self._said for word in clause.words_from(at - _LATEST)]
        if not heard or not said:
            return False
        if LCSseq.similarity(heard, said) >= _OWN_WORDS * len(heard):
            return True
        alike = fuzz.partial_ratio(" ".join(heard), " ".join(said)) if len(heard) <= len(said) else 0.0
        return len(heard) >= _ALIKE_WORDS and alike >= _OWN_LETTERS
