"""Whether somebody who begins to speak while the assistant does wants it to stop, or only listens aloud."""

from dataclasses import dataclass
from enum import StrEnum

from backend.voice.words import made_of, plain, turn_words


class Verdict(StrEnum):
    """What to do with the sound that is held while somebody speaks."""

    STOP = "stop"
    IGNORE = "ignore"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Interruption:
    """Judges by words, and where there are none (or none to be sure of) by how long somebody speaks.

    A backchannel is short and of few words ("mm-hm", "yeah, okay"); whoever speaks longer has something to say,
    whatever the engine makes of it. Stop words count as soon as they are understood. Measured by `make bench-turns`.
    """

    # Longer than any backchannel: "okay, okay, I see" of a slow speaker.
    long_seconds: float = 1.5
    # From here on, words that are no backchannel are believed: shorter ones are often misheard "mm-hm"s.
    words_seconds: float = 0.6
    # Without any word: a cough or a throat cleared is shorter.
    wordless_seconds: float = 1.0

    def judge(self, spoken_for: float, transcript: str | None, echo: bool, language: str, ended: bool) -> Verdict:
        """The verdict so far; never `WAIT` when speech has `ended`.

        `spoken_for` are seconds of voiced sound, `transcript` what is understood of it (None: nothing yet), `echo`
        whether it is the assistant's own voice.
        """
        if echo:
            return Verdict.IGNORE  # at once: who holds its voice for its own echo stutters
        words = plain(transcript or "")
        undecided = Verdict.IGNORE if ended else Verdict.WAIT
        known = turn_words(language)
        if made_of(words, known.backchannels):
            limit = self.long_seconds if words else self.wordless_seconds
            return Verdict.STOP if spoken_for >= limit else undecided
        if made_of(words, known.backchannels | known.stops) or spoken_for >= self.words_seconds:
            return Verdict.STOP
        return undecided
