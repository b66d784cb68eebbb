"""A command as its handlers see it, and what they give back."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from backend.actions.action import Draft, Option
from backend.assistant.commands.phrases import Phrases
from backend.assistant.events import Cited, SourceKind
from backend.assistant.shown import Source
from backend.assistant.understanding.command import Command, Slot
from backend.assistant.understanding.intents import Intent, SlotType
from backend.calendar.proposals import Who

# Questions whose answer is taken as it is said: what a mail says.
FREE_TEXTS = frozenset({"body"})

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Request:
    """A command of a user, said at `now` (aware) in the zone `zone`.

    `choices` are the answers to what was asked back about it so far, by name of the question. `recent` are the records
    that the answer before it named, for "this mail" and "it".
    """

    user_id: str
    text: str
    command: Command
    now: datetime
    zone: tzinfo
    zone_name: str
    phrases: Phrases
    choices: Mapping[str, str] = field(default_factory=dict)
    recent: Sequence[Cited] = ()

    @property
    def who(self) -> Who:
        """The user, as proposals about the calendar want to know."""
        return Who(self.user_id, self.phrases.code, self.zone_name)

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

    @property
    def title(self) -> str:
        """What an event, a task or a reminder is called, without what only leads on: "appointment with" somebody."""
        words = self.said(SlotType.TITLE).split()
        while words and words[-1].lower() in self.phrases.linking:
            words.pop()
        return " ".join(words)

    def all(self, kind: SlotType) -> list[Slot]:
        """The slots of a type, in the order of the text."""
        return [slot for slot in self.command.slots if slot.type is kind]

    @property
    def addresses(self) -> list[str]:
        """The mail addresses that were said."""
        return _ADDRESS.findall(self.text)

    def in_address(self, position: int) -> bool:
        """Whether a character of the text is part of a mail address."""
        return any(found.start() <= position < found.end() for found in _ADDRESS.finditer(self.text))

    @property
    def people(self) -> list[Slot]:
        """The people who were named; what is part of a mail address is no name, and "everyone" nobody's."""
        named = [slot for slot in self.all(SlotType.PERSON) if not self.in_address(slot.first)]
        return [slot for slot in named if slot.value.lower() not in self.phrases.everybody]

    def says(self, words: Collection[str]) -> bool:
        """Whether one of these words (in lower case) was said."""
        return any(word.strip(".,;:!?") in words for word in self.text.lower().split())

    @property
    def is_own(self) -> bool:
        """Whether it speaks of the user: "my calendar", "do I have". So does many a question about the files."""
        return self.says(self.phrases.own)

    @property
    def may_revise(self) -> bool:
        """Whether it may be about what is proposed: no command, or one that names nothing ("move it to Friday")."""
        if not self.command.intent.writes:
            return True
        changes = self.command.intent in {Intent.CALENDAR_MOVE, Intent.CALENDAR_CHANGE}
        return changes and not self.title and self.slot(SlotType.PERSON) is None

    def pointed_at(self, kind: SourceKind) -> str | None:
        """The id of the one record of this kind in the answer before, when the command says "this" or "it"."""
        found = [cited.document_id for cited in self.recent if cited.kind == kind]
        return found[0] if len(found) == 1 and self.says(self.phrases.pointing) else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer. Without a source it is VoiceAssist's own words."""

    text: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command comes to: lines to read, actions to confirm, or both.

    `found`: False when what was asked about is not there, so that the question may be about the files. The lines are
    then shown only if the files do not answer it either: that there is no such event, or those that come close.
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
