"""A question, understood before the search: what is asked, in which language, from when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from backend.assistant.questions.followups import Past, is_doubtful, stand_alone
from backend.assistant.questions.language import LANGUAGES, language_of
from backend.assistant.questions.names import Mentioned, mentioned
from backend.assistant.questions.periods import Period, period_of
from backend.assistant.questions.words import QuestionWords


@dataclass(frozen=True, slots=True)
class Understood:
    """What a question asks. `text` stands alone; `said` is how the user put it.

    `language` is the code of one of our languages, `period` when the documents are from, `names` files and folders.
    """

    said: str
    text: str
    language: str
    period: Period | None
    names: Mentioned

    @property
    def words(self) -> QuestionWords:
        """The words of its language."""
        return LANGUAGES[self.language]


def understand(said: str, past: Sequence[Past], now: datetime, zone: tzinfo = UTC) -> Understood:
    """Understand a question after the turns `past` (oldest first), at the moment `now` (aware), asked in `zone`.

    Never raises.
    """
    before = language_of(past[-1].question) if past else "en"
    language = language_of(said, before)
    words = LANGUAGES[language]
    text = stand_alone(said, past, words) or said
    return Understood(said, text, language, period_of(text, words, now, zone), mentioned(text, words))


def may_lean(said: str) -> bool:
    """Whether a question may lean on what was said before it, as far as it tells that itself."""
    words, anything = LANGUAGES[language_of(said)], (Past(said),)
    return stand_alone(said, anything, words) is not None or is_doubtful(said, said, anything, words)
