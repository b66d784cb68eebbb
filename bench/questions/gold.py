"""Reads the gold questions and says when a passage holds the quote of one."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

# `questions.jsonl` came first, `more.jsonl` before the second round of tuning.
QUESTIONS = (Path(__file__).with_name("questions.jsonl"), Path(__file__).with_name("more.jsonl"))
# Texts of other kinds than a practice has; gold passages name them below the folder `PRIVATE`.
TEXTS = Path(__file__).with_name("texts")
PRIVATE = "Private"

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Gold:
    """A passage that is needed for the answer: the file below `samples/documents`, the PDF page from 1, exact words."""

    path: str
    page: int | None
    quote: str


@dataclass(frozen=True)
class Question:
    """One question. `history` holds (question, answer) pairs that came before a follow-up, the oldest first."""

    id: str
    question: str
    kind: str
    language: str
    split: str
    answer: str | None
    gold: tuple[Gold, ...]
    history: tuple[tuple[str, str], ...]


def load() -> list[Question]:
    """All questions of the files, in their order.

    Raises:
        KeyError: a line lacks a field.
        json.JSONDecodeError: a line is not JSON.
    """
    return [_question(json.loads(line)) for path in QUESTIONS for line in path.read_text("utf-8").splitlines()]


def holds(text: str, quote: str) -> bool:
    """Whether the words of `quote` follow one another in `text`.

    Only letters and digits count: extraction may set a table's cells apart by bars, tabs or line ends, and may keep or
    drop Markdown signs.
    """
    return f" {_words(quote)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _question(fields: dict[str, object]) -> Question:
    gold, history = fields["gold"], fields.get("history", [])
    if not isinstance(gold, list) or not isinstance(history, list):
        raise TypeError(f"gold and history of {fields['id']} must be lists")
    return Question(
        id=str(fields["id"]),
        question=str(fields["question"]),
        kind=str(fields["kind"]),
        language=str(fields["language"]),
        split=str(fields["split"]),
        answer=None if fields["answer"] is None else str(fields["answer"]),
        gold=tuple(Gold(item["path"], item["page"], item["quote"]) for item in gold),
        history=tuple((turn["question"], turn["answer"]) for turn in history),
    )
