"""Whether somebody who begins to speak while the assistant does wants it to stop, or only listens aloud."""

from dataclasses import dataclass
from enum import StrEnum

from backend.voice.words import TurnWords, alike, made_of, plain, turn_words


class Verdict(StrEnum):
    """What to do with the sound that is held while somebody speaks."""

    STOP = "stop"
    IGNORE = "ignore"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Interruption:
    """Judges by how long somebody speaks, and while it is short by the words.

    A backchannel is short and of few words ("mm-hm", "yeah, okay"); whoever speaks longer has something to say,
    whatever the engine makes of it. Stop words count as soon as they are understood. Other words in a short utterance
    are misheard as often as not; what counts is which phrases they sound like. Measured by `make bench-turns`.
    """

    # Of forty backchannels by six voices the longest had 1.09 s of voice.
    long_seconds: float = 1.1
    # When the engine hears nothing but backchannels: "okay, okay, I see" of a slow speaker.
    backchannel_seconds: float = 1.5
    # How much more a spotted phrase counts than the sound of the transcript (percent of likeness).
    spotted_weight: float = 20.0

    def judge(
        self,
        spoken_for: float,
        transcript: str | None,
        echo: bool,
        language: str,
        ended: bool,
        spotted: str | None = None,
    ) -> Verdict:
        """The verdict so far; never `WAIT` when speech has `ended`.

        `spoken_for` are seconds of voiced sound, `transcript` what is understood of it (None: nothing yet), `echo`
        whether it is the assistant's own voice. `spotted`, for a short one that has ended: which of the backchannels
        and stop words it sounds most like (`speech.spotting`), where that is known.
        """
        if echo:
            return Verdict.IGNORE  # at once: who holds its voice for its own echo stutters
        words = plain(transcript or "")
        known = turn_words(language)
        if words and made_of(words, known.backchannels):
            stop = spoken_for >= self.backchannel_seconds
        elif spoken_for >= self.long_seconds or (words and made_of(words, known.backchannels | known.stops)):
            stop = True
        else:
            stop = ended and self._leans_to_stop(words, spotted, known)
        if stop:
            return Verdict.STOP
        return Verdict.IGNORE if ended else Verdict.WAIT

    def _leans_to_stop(self, words: tuple[str, ...], spotted: str | None, known: TurnWords) -> bool:
        """A short utterance of words that are neither, or of none."""
        if len(words) > 1 and (words[0] in known.asking or words[0] in known.needy):
            return True  # the beginning of a question or a command
        if not words and not spotted:
            return False  # a cough
        leaning = alike(words, known.stops) - alike(words, known.backchannels) if words else 0.0
        if spotted:
            listens = made_of(plain(spotted), known.backchannels)
            leaning += -self.spotted_weight if listens else self.spotted_weight
        return leaning >= 0
