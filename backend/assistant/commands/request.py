"""A command as its handlers see it, and what they give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Literal

from backend.actions.action import Draft, Option
from backend.assistant.commands.phrases import Phrases
from backend.assistant.understanding.command import Command, Slot
from backend.assistant.understanding.intents import SlotType

SourceKind = Literal["event", "task", "mail", "contact", "reminder", "file"]


@dataclass(frozen=True, slots=True)
class Request:
    """A command of a user, said at `now` (aware) in the zone `zone`.

    `choices` are the answers to what was asked back about it so far, by name of the question.
    """

    user_id: str
    text: str
    command: Command
    now: datetime
    zone: tzinfo
    zone_name: str
    phrases: Phrases
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> datetime:
        """The first moment of the user's day."""
        return self.now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)

    def slot(self, kind: SlotType) -> Slot | None:
        """The first slot of a type."""
        return self.command.first(kind)

    def said(self, kind: SlotType) -> str:
        """The words of the first slot of a type, or nothing."""
        slot = self.slot(kind)
        return slot.value if slot else ""

    def all(self, kind: SlotType) -> list[Slot]:
        """The slots of a type, in the order of the text."""
        return [slot for slot in self.command.slots if slot.type is kind]

    def choosing(self, name: str, value: str) -> "Request":
        """The same, with one more question answered."""
        return replace(self, choices={**self.choices, name: value})


@dataclass(frozen=True, slots=True)
class Source:
    """What a line of an answer rests on. `quote` is what the server has, in words; `link` opens it in Nextcloud."""

    kind: SourceKind
    title: str
    quote: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer. Without a source it is VoiceAssist's own words."""

    text: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command comes to: lines to read, actions to confirm, or both.

    `found`: False when what was asked about is not there, so that the question may be about the files.
    """

    lines: Sequence[Line] = ()
    drafts: Sequence[Draft] = ()
    found: bool = True


class AskBack(Exception):
    """Ends the handling of a command with one short question; the command is handled again with the answer.

    `name` is what the answer is kept under in `Request.choices`. Without options any words are an answer.
    """

    def __init__(self, name: str, question: str, options: Sequence[Option] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.question = question
        self.options = tuple(options)


class Impossible(Exception):
    """The command cannot be carried out; `reason` is a plain sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
