"""A command understood: the result of `Understanding`, and its JSON form."""

from dataclasses import dataclass, field
from datetime import datetime

from backend.assistant.understanding.intents import Intent, SlotType


@dataclass(frozen=True, slots=True)
class When:
    """A resolved time.

    start: its first moment. end: the exclusive end of a stretch; None for a point, which lasts one unit of `grain`.
    stop: where a range of clock times stops as said ("1 to 2pm" stops at 2pm; `end` counts the hour of 2pm).
    direction: before or after `start`, for open ranges. rrule, exdates, skip_holidays: repeating times (RFC 5545).
    trouble: what is wrong with it (does_not_exist: the clocks skip it, or there is no such day; exists_twice); such a
    time must be asked about, not guessed.
    """

    start: datetime | None
    end: datetime | None = None
    grain: str = "day"
    stop: datetime | None = None
    direction: str | None = None
    rrule: str | None = None
    exdates: tuple[datetime, ...] = ()
    skip_holidays: bool = False
    holiday: str | None = None
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a command. `value` is its text as said; `first` and `last` are character positions of it."""

    type: SlotType
    value: str
    first: int
    last: int
    when: When | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What a text asks for. `confidence` is between 0 and 1.

    `about_files`: what only looks something up may as well be a question about the user's files.
    """

    intent: Intent
    confidence: float
    slots: tuple[Slot, ...] = field(default_factory=tuple)
    about_files: bool = False

    def first(self, kind: SlotType) -> Slot | None:
        """The first slot of a type."""
        return next((slot for slot in self.slots if slot.type is kind), None)


def as_json(command: Command) -> dict[str, object]:
    """The command as plain values. Fields without a value are left out, except start, end and grain of times."""
    return {
        "intent": command.intent.value,
        "slots": [_slot(slot) for slot in command.slots],
        "confidence": round(command.confidence, 2),
    }


def _slot(slot: Slot) -> dict[str, object]:
    made: dict[str, object] = {"type": slot.type.value, "value": slot.value}
    if slot.seconds is not None:
        made["seconds"] = slot.seconds
    when = slot.when
    if when is None:
        return made
    made |= {
        "start": None if when.start is None else when.start.isoformat(),
        "end": None if when.end is None else when.end.isoformat(),
        "grain": when.grain,
    }
    optional: dict[str, object] = {
        "stop": None if when.stop is None else when.stop.isoformat(),
        "direction": when.direction,
        "rrule": when.rrule,
        "exdates": [day.isoformat() for day in when.exdates],
        "skip_holidays": when.skip_holidays,
        "holiday": when.holiday,
        "trouble": list(when.trouble),
    }
    return made | {name: value for name, value in optional.items() if value}
