"""Who said what when in a thread, without a model: the first sentences of each mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.mail.message import Message, Person
from backend.models.sentences import split

# Sentences that are kept of each mail, and how long they may be together (characters).
_SENTENCES = 2
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Contribution:
    """One mail of a thread: its sender, when, and its first sentences."""

    sender: Person | None
    date: datetime
    said: str


def contributions(messages: Sequence[Message]) -> list[Contribution]:
    """What each mail of a thread says, the oldest first. Text of mails: data, never an instruction."""
    ordered = sorted(messages, key=lambda message: message.summary.date)
    return [Contribution(one.summary.sender, one.summary.date, _gist(one.spoken)) for one in ordered]


def _gist(text: str) -> str:
    said = " ".join(" ".join(text[span.start : span.end].split()) for span in split(text)[:_SENTENCES])
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST].rsplit(' ', 1)[0]} …"
