"""The words of a question with where they stand, and the noun phrases that say what it is about."""

import re
from dataclasses import dataclass

from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS

_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]\w*(?:['’.-](?=\w)\w+)*|[?!.,;:()]")
_PARTICIPLE = re.compile(r"\w{3,}(?:ed|ing)$")
_ADVERBS = frozenset(
    """last first still already again ever always never now soon often today usually allowed kept done given held taken
    found made paid sent seen zuletzt noch schon wieder immer jetzt oft nie""".split()  # noqa: SIM905 - as in terms
)
# More words than these are no phrase but a list.
_LONGEST = 5


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a sign; `low` is its form for comparison."""

    text: str
    low: str
    start: int
    end: int

    @property
    def sign(self) -> bool:
        return not self.text[0].isalnum()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that name something: `text` without what leads it in, at `start` to `end` of the question.

    `led` says that a determiner, a number or a capital marks it as a name or a noun; `person`: of a human being.
    """

    text: str
    start: int
    end: int
    led: bool
    person: bool
    aspect: bool


def split(text: str) -> list[Word]:
    """The words and signs of a text."""
    return [Word(m.group(), m.group().casefold().replace("’", "'"), *m.span()) for m in _WORD.finditer(text)]


def is_content(word: Word, words: QuestionWords) -> bool:
    """Whether a word names something: no sign, no small word, no finite verb."""
    return not word.sign and word.low not in STOP_WORDS and word.low not in words.verbs and word.low not in _ADVERBS


def noun_phrases(text: str, found: list[Word], words: QuestionWords) -> list[Phrase]:
    """Runs of words that name something, in their order; titles ("Mrs") belong to the name behind them."""
    phrases: list[Phrase] = []
    run: list[int] = []

    def close() -> None:
        # What follows the noun is most often a verb form: "the contract signed".
        while len(run) > 1 and words.code == "en" and _PARTICIPLE.fullmatch(found[run[-1]].low):
            run.pop()
        if run:
            phrases.append(_phrase(text, found, run[:_LONGEST], words))
        run.clear()

    for index, word in enumerate(found):
        titled = word.low.rstrip(".") in words.titles and index + 1 < len(found)
        if titled or is_content(word, words):
            run.append(index)
        # "Dr. Malik": the stop belongs to the title.
        elif not (word.text == "." and run and found[run[-1]].low in words.titles):
            close()
    close()
    return phrases


def _phrase(text: str, found: list[Word], run: list[int], words: QuestionWords) -> Phrase:
    first, last = found[run[0]], found[run[-1]]
    before = found[run[0] - 1] if run[0] else None
    parts = [found[index] for index in run]
    named = any(part.low.rstrip(".") in words.titles for part in parts)
    capital = run[0] > 0 and first.text[0].isupper()
    return Phrase(
        text[first.start : last.end],
        first.start,
        last.end,
        led=named or capital or first.text[0].isdigit() or (before is not None and before.low in words.determiners),
        person=named or any(part.low in words.people for part in parts),
        aspect=all(part.low in words.aspects or part.low in words.generic for part in parts),
    )
