"""When a command is about: the spans of time its words name, in the user's zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from backend.actions.action import Option
from backend.assistant.commands.request import AskBack, Impossible, Request
from backend.assistant.understanding.command import Slot, When
from backend.assistant.understanding.intents import SlotType

# "My next appointment" is looked for so far ahead, and an event without a time as well.
AHEAD = timedelta(days=60)

_GRAINS = {
    "second": relativedelta(minutes=1),
    "minute": relativedelta(minutes=1),
    "hour": relativedelta(hours=1),
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}
_CLOCK = frozenset({"second", "minute", "hour"})


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end`, both aware. `exact`: `start` is a time of day that was said, no whole stretch."""

    start: datetime
    end: datetime
    exact: bool = False


def said_when(request: Request, *kinds: SlotType) -> When | None:
    """What the first slot of these types means; the time of day comes first, since it has the meaning of the whole.

    Raises `AskBack` for a time that exists twice, `Impossible` for one that does not exist.
    """
    for kind in kinds or (SlotType.TIME, SlotType.DATE, SlotType.RECURRENCE):
        slot = request.slot(kind)
        if slot is not None and slot.when is not None:
            return checked(request, slot, slot.when)
    return None


def checked(request: Request, slot: Slot, when: When) -> When:
    """The time, if it is one: see `said_when`."""
    if when.start is None or "does_not_exist" in when.trouble:
        raise Impossible(request.phrases.say("no_such_time", said=slot.value))
    if "exists_twice" in when.trouble:
        name = f"reading:{slot.value}"
        if (chosen := request.choices.get(name)) is None:
            readings = [when.start.replace(fold=fold) for fold in (0, 1)]
            options = [
                Option(str(moment.fold), f"{request.phrases.wording.clock(moment)} (UTC{moment:%z})")
                for moment in readings
            ]
            raise AskBack(name, request.phrases.say("exists_twice", said=slot.value), options)
        fold = int(chosen == "1")
        start = when.start.replace(fold=fold)
        return When(start, when.end, when.grain, stop=when.stop, direction=when.direction, rrule=when.rrule)
    return when


def span_of(when: When, now: datetime) -> Span:
    """The stretch that a time means: a point lasts one unit of its grain; "before" and "after" are open to one side."""
    start = when.start
    assert start is not None
    if when.direction == "before":
        return Span(now, start)
    if when.direction == "after":
        return Span(start, start + AHEAD)
    end = when.end or start + _GRAINS.get(when.grain, relativedelta(days=1))
    return Span(start, end, exact=when.grain in _CLOCK and when.end is None)


def asked_span(request: Request) -> Span | None:
    """The span that a question is about; None when it names no time."""
    when = said_when(request)
    return None if when is None else span_of(when, request.now)


def deadline(when: When) -> When:
    """When something is to be done: of "by Friday", which is said as the time from now to then, its end."""
    if when.grain != "second" or when.end is None:
        return when
    return When(when.end, grain="minute" if when.end.time() != time(0) else "day")


def has_clock(when: When) -> bool:
    """Whether a time of day was said, and not only a day."""
    return when.grain in _CLOCK
