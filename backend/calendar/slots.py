"""A time at which everybody is free: within working hours, on the clock of who asks, the earliest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from backend.calendar.event import Person
from backend.calendar.freebusy import Span, joined
from backend.errors import BadInput

# Nobody meets at 10:07.
_GRID = timedelta(minutes=15)
_LONGEST = timedelta(days=92)
_MOST = 10


@dataclass(frozen=True, slots=True)
class Hours:
    """When people work: from `first` to `last` (whole hours of the local day), on these weekdays (0 is Monday)."""

    first: int = 8
    last: int = 18
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which all whose times are known are free; `unknown` are the others."""

    start: datetime
    end: datetime
    unknown: tuple[Person, ...] = ()


def find_slots(
    busy: Sequence[Span],
    minutes: int,
    start: datetime,
    end: datetime,
    zone: tzinfo,
    hours: Hours,
    unknown: Sequence[Person] = (),
    limit: int = _MOST,
) -> list[Slot]:
    """Free times of `minutes` between two moments, in `zone`; those that follow one another at once are left out, so
    that there is a choice. Raises `BadInput` for a length or window that makes no sense."""
    length = timedelta(minutes=minutes)
    if not timedelta(0) < length <= timedelta(hours=hours.last - hours.first):
        raise BadInput(
            f"{minutes} minutes do not fit into a working day ({hours.first}:00–{hours.last}:00).", field="minutes"
        )
    if end <= start:
        raise BadInput("The end of the time to look in is before its start.", field="end")
    end = min(end, start + _LONGEST)
    taken = joined(busy)
    found: list[Slot] = []
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date() and len(found) < limit:
        if day.weekday() in hours.weekdays:
            opens = datetime.combine(day, time(hours.first), tzinfo=zone).astimezone(UTC)
            midnight = datetime.combine(day, time(0), tzinfo=zone)
            closes = (midnight + timedelta(hours=hours.last)).astimezone(UTC)
            found += _in(max(opens, start), min(closes, end), length, taken, zone, tuple(unknown))
        day += timedelta(days=1)
    return found[:limit]


def _in(
    opens: datetime,
    closes: datetime,
    length: timedelta,
    taken: Sequence[Span],
    zone: tzinfo,
    unknown: tuple[Person, ...],
) -> list[Slot]:
    slots = []
    at = _on_grid(opens)
    while at + length <= closes:
        clash = next((span for span in taken if span.start < at + length and span.end > at), None)
        if clash is None:
            slots.append(Slot(at.astimezone(zone), (at + length).astimezone(zone), unknown))
            at = _on_grid(at + length)
        else:
            at = _on_grid(clash.end)
    return slots


def _on_grid(at: datetime) -> datetime:
    """This moment, or the next one at which a meeting may begin."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    over = (at - epoch) % _GRID
    return at.astimezone(UTC) + (_GRID - over if over else timedelta(0))
