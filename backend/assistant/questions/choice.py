"""What the user chose after being asked back, by id or in words, and the question that it makes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.assistant.questions.language import LANGUAGES, language_of
from backend.assistant.questions.phrase import split
from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS, terms
from backend.models.terms import words as plain_words
from backend.search.chunk import Passage

# An answer to a question with options is short (words); anything longer is a question of its own.
_LONGEST = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked back: what `question` may mean, as (id, label)."""

    question: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The question narrowed to what was chosen; `label` is None when all of it is wanted.

    `others` are the labels that were not chosen.
    """

    question: str
    label: str | None
    others: tuple[str, ...] = ()


def by_id(asked: Asked, option_id: str) -> Chosen | None:
    """The choice with this id, if it was offered."""
    label = dict(asked.options).get(option_id)
    return None if label is None else _made(asked, label)


def by_words(asked: Asked, text: str) -> Chosen | None:
    """The choice that a short answer names: a label or words of one alone, its place ("the second"), or "all"."""
    said = plain_words(text)
    words = LANGUAGES[language_of(asked.question)]
    if not said or len(said) > _LONGEST or "?" in text:
        return None
    telling = [word for word in said if word not in words.fillers]
    if telling and set(telling) <= words.every | set(words.fillers):
        return Chosen(asked.question, None)
    labels = [label for _, label in asked.options]
    same = [label for label in labels if plain_words(label) == said]
    named = set(terms(" ".join(telling), words.code)) - set(terms(asked.question, words.code))
    fitting = same or [label for label in labels if named and named <= set(terms(label, words.code))]
    if len(fitting) == 1:
        return _made(asked, fitting[0])
    if not fitting and len(telling or said) == 1:
        return _by_place(asked, (telling or said)[0], words)
    return None


def _by_place(asked: Asked, word: str, words: QuestionWords) -> Chosen | None:
    place = words.ordinals.get(word)
    if place is None or not -1 <= place <= len(asked.options):
        return None
    return _made(asked, asked.options[place - 1 if place > 0 else -1][1])


def _made(asked: Asked, label: str) -> Chosen:
    others = tuple(other for _, other in asked.options if other != label)
    return Chosen(narrowed(asked.question, label), label, others)


def narrowed(question: str, label: str) -> str:
    """The question with the label in the place of what it says more exactly, else behind it."""
    code = language_of(question)
    inside = set(terms(label, code))
    found = split(question)
    best: tuple[int, int] | None = None
    first = 0
    while first < len(found):
        last = first
        while last < len(found) and _part_of(found[last].low, inside, code):
            last += 1
        if last > first and (best is None or last - first > best[1] - best[0]):
            best = (first, last)
        first = max(last, first + 1)
    if best is None:
        return f"{question.rstrip(' ?.!')} ({label})?"
    start, end = found[best[0]].start, found[best[1] - 1].end
    return f"{question[:start]}{label}{question[end:]}"


def _part_of(word: str, inside: set[str], code: str) -> bool:
    return word not in STOP_WORDS and bool(own := set(terms(word, code))) and own <= inside


def without(passages: Sequence[Passage], chosen: Chosen) -> list[Passage]:
    """The passages but those that are of another reading; all of them, if none would be left."""
    others = {_form(label) for label in chosen.others}
    mine = "" if chosen.label is None else _form(chosen.label)

    def fits(passage: Passage) -> bool:
        levels = {_form(level) for level in (PurePosixPath(passage.document.path).stem, *passage.chunk.headings)}
        return mine in levels or levels.isdisjoint(others)

    return [passage for passage in passages if fits(passage)] or list(passages)


def _form(label: str) -> str:
    return re.sub(r"\W+", " ", label).strip().casefold()
