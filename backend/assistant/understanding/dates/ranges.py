"""Stretches of time: beginnings and ends, "by Friday", "after 5", "for three days from", seasons, weekends."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from backend.assistant.understanding.dates.clocks import shift, shifted
from backend.assistant.understanding.dates.cycles import Mapped, Now, Once, Periodic, Span, first
from backend.assistant.understanding.dates.days import day_of_month, named_month_day, unit_at
from backend.assistant.understanding.dates.grain import Grain, add, floor
from backend.assistant.understanding.dates.joining import between, intersect
from backend.assistant.understanding.dates.relations import occurrence
from backend.assistant.understanding.dates.values import Direction, Form, Length, Number, Ordinal, Time, Unit

_WEEKEND_START = 4 * 24 + 18  # Friday 18:00, in hours of the week


def between_days(day: Ordinal | Number, last: Ordinal | Number, month: Time) -> Time | None:
    """ "13 to 15 July"."""
    one, other = named_month_day(month, day), named_month_day(month, last)
    if one is None or other is None or day.value >= last.value:
        return None
    return between(one, other)


def month_then_days(month: Time, day: Ordinal | Number, last: Ordinal | Number) -> Time | None:
    """ "May 4 to 9"."""
    return between_days(day, last, month)


def days_of_months(day: Ordinal | Number, last: Ordinal | Number, months: Time) -> Time | None:
    """ "The 22nd to the 26th of next month"."""
    one, other = day_of_month(day), day_of_month(last)
    if one is None or other is None or day.value >= last.value or months.grain is not Grain.MONTH:
        return None
    both = between(one, other)
    return None if both is None else intersect(months.firm(), both.firm())


def weekend(*, weak: bool = False) -> Time:
    """Friday evening to Sunday night."""

    def make(week: datetime) -> list[Span]:
        return [Span(week + timedelta(hours=_WEEKEND_START), Grain.HOUR, add(week, Grain.WEEK, 1))]

    return Time(Periodic(Grain.WEEK, Grain.HOUR, make), Form.OTHER, weak=weak, index=-7)


def holiday_weekend(holiday: Time) -> Time | None:
    """The weekend that a holiday makes longer."""

    def change(span: Span, now: Now) -> Span | None:
        week = floor(span.start, Grain.WEEK)
        if span.start.weekday() <= 1:  # Monday or Tuesday: the weekend before it
            week = add(week, Grain.WEEK, -1)
        start = min(week + timedelta(hours=_WEEKEND_START), span.start)
        return Span(start, Grain.HOUR, max(add(week, Grain.WEEK, 1), span.end))

    cycle = Mapped(holiday.cycle, Grain.HOUR, change, timedelta(days=8))
    return Time(cycle, Form.HOLIDAY, holiday=holiday.holiday, index=-8)


def weekend_of(day: Time) -> Time | None:
    """ "The weekend of March 2nd"."""
    if day.grain is not Grain.DAY:
        return None

    def change(span: Span, now: Now) -> Span:
        week = floor(span.start, Grain.WEEK)
        return Span(week + timedelta(hours=_WEEKEND_START), Grain.HOUR, add(week, Grain.WEEK, 1))

    return Time(Mapped(day.cycle, Grain.HOUR, change, timedelta(days=8)), Form.OTHER, index=day.index)


def season(start: tuple[int, int], stop: tuple[int, int], index: int) -> Time:
    """A season from one day of the year (month, day) to another, exclusive; `index` tells seasons apart."""

    def make(year: datetime) -> list[Span]:
        first_day = year.replace(month=start[0], day=start[1])
        last = year.replace(month=stop[0], day=stop[1])
        return [Span(first_day, Grain.DAY, last if last > first_day else add(last, Grain.YEAR, 1))]

    return Time(Periodic(Grain.YEAR, Grain.DAY, make), Form.PART, index=-100 - index)


def season_at(offset: int, starts: Sequence[tuple[int, int]]) -> Time:
    """The running season (0), the next (1), the last (-1), by the days on which seasons start."""

    def make(now: Now) -> Span | None:
        days = [
            datetime(year, month, day) for year in range(now.wall.year - 2, now.wall.year + 3) for month, day in starts
        ]
        running = max(index for index, day in enumerate(days) if day <= now.wall)
        return Span(days[running + offset], Grain.DAY, add(days[running + offset + 1], Grain.DAY, -1))

    return Time(Once(Grain.DAY, make), Form.RANGE, index=offset)


# Beginning, middle and end of a unit: what part of it, and in which grain it is said.
_EDGES: dict[Grain, tuple[Grain, int]] = {
    Grain.DAY: (Grain.HOUR, 7),
    Grain.WEEK: (Grain.DAY, 3),
    Grain.MONTH: (Grain.DAY, 10),
    Grain.QUARTER: (Grain.MONTH, 1),
    Grain.YEAR: (Grain.MONTH, 3),
}


# Where the middle of a unit begins and how long it is, in the same grains.
_MIDDLES = {Grain.DAY: (11, 3), Grain.WEEK: (1, 3), Grain.MONTH: (10, 10), Grain.QUARTER: (1, 1), Grain.YEAR: (4, 4)}


def beginning(time: Time) -> Time | None:
    """The first days of a week or month, the first months of a year, the first month of a season."""
    if _is_season(time):
        return _part_of(time, lambda span: Span(span.start, Grain.DAY, add(span.start, Grain.MONTH, 1)), Grain.DAY)
    if not _has_edges(time):
        return None
    grain, size = _EDGES[time.grain]
    return _part_of(time, lambda span: Span(span.start, grain, add(span.start, grain, size)), grain)


def middle(time: Time) -> Time | None:
    """The middle of a week, month, year or season."""
    if _is_season(time):
        return _part_of(
            time,
            lambda span: Span(add(span.start, Grain.MONTH, 1), Grain.DAY, add(span.start, Grain.MONTH, 2)),
            Grain.DAY,
        )
    if not _has_edges(time):
        return None
    grain, _ = _EDGES[time.grain]
    skipped, length = _MIDDLES[time.grain]

    def change(span: Span) -> Span:
        start = add(span.start, grain, skipped)
        return Span(start, grain, add(start, grain, length))

    return _part_of(time, change, grain)


def end(time: Time) -> Time | None:
    """The last days of a week, the days of a month from the 21st, the last months of a year, of a season the last."""
    if _is_season(time):
        return _part_of(time, lambda span: Span(add(span.end, Grain.MONTH, -1), Grain.DAY, span.end), Grain.DAY)
    if not _has_edges(time):
        return None
    grain, size = _EDGES[time.grain]

    def change(span: Span) -> Span:
        if time.grain is Grain.MONTH:
            return Span(add(span.start, Grain.DAY, 2 * size), grain, span.end)
        # Of years and quarters a month more counts as their end than as their beginning.
        return Span(add(span.end, grain, -size - (grain is Grain.MONTH)), grain, span.end)

    return _part_of(time, change, grain)


def _is_season(time: Time) -> bool:
    return time.form is Form.PART and time.grain is Grain.DAY


def _has_edges(time: Time) -> bool:
    return time.grain in _EDGES and time.form not in {Form.RANGE, Form.PART} and not time.latent


def _part_of(time: Time, change: Callable[[Span], Span], grain: Grain) -> Time:
    cycle = Mapped(time.cycle, grain, lambda span, _: change(span), Length(time.grain, 1).reach)
    return Time(cycle, Form.RANGE, index=time.index, immediate=time.immediate)


def edge_of_unit(which: str, offset: int, unit: Unit) -> Time | None:
    """Beginning, middle or end of the running (0) or next (1) unit."""
    time = unit_at(offset, unit)
    return {"beginning": beginning, "middle": middle, "end": end}[which](time)


def edge(which: str, offset: int, grain: Grain) -> Time:
    """The same for a word that says it all, such as "EOM"."""
    time = edge_of_unit(which, offset, Unit(grain))
    assert time is not None
    return time


def rest_of_unit(unit: Unit) -> Time:
    """From now to the end of the running unit."""

    def make(now: Now) -> Span:
        stop = add(floor(now.wall, unit.grain), unit.grain, 1)
        if unit.grain > Grain.DAY:
            return Span(floor(now.wall, Grain.DAY), Grain.DAY, stop)
        return Span(floor(now.wall, Grain.MINUTE), Grain.MINUTE, stop)

    return Time(Once(Grain.DAY if unit.grain > Grain.DAY else Grain.MINUTE, make), Form.RANGE, index=500 + unit.grain)


def by(time: Time) -> Time | None:
    """From now until a time begins ("by Friday"), or ends where it is a stretch ("by the end of the month")."""
    if time.direction:
        return None

    def make(now: Now) -> Span | None:
        span = first(time.cycle, now, immediate=time.immediate)
        if span is None:
            return None
        stop = span.stop if time.form is Form.RANGE and span.stop is not None else span.start
        start = floor(now.wall, Grain.SECOND)
        return Span(start, Grain.SECOND, stop) if stop > start else None

    return Time(Once(Grain.SECOND, make), Form.RANGE, index=hash(("by", time.index, time.form)), due=time)


def by_end(time: Time) -> Time | None:
    """ "By the end of Friday": from now until a time is over."""
    return by(_part_of(time, lambda span: Span(span.start, time.grain, span.end), time.grain))


def within(length: Length) -> Time | None:
    """ "Within two weeks": from now until then."""
    return by(shifted(1, length))


def open_range(direction: Direction, time: Time) -> Time | None:
    """Before or after a time. The span is the one bound; `direction` says which side is meant."""
    if time.direction or (time.latent and time.form is not Form.CLOCK):
        return None
    return Time(
        time.cycle, Form.OPEN, clock=time.clock, direction=direction, index=time.index, immediate=time.immediate
    )


def since(time: Time) -> Time | None:
    """Since a time that has passed."""
    return open_range("after", occurrence(-1, time) or time)


def half_of(ordinal: Ordinal, time: Time) -> Time | None:
    """The first or second half of a month or year."""
    sizes = {Grain.MONTH: (Grain.DAY, 15), Grain.YEAR: (Grain.MONTH, 6)}
    if time.grain not in sizes or time.form is Form.RANGE or time.latent or ordinal.value not in {1, 2, -1}:
        return None
    grain, size = sizes[time.grain]

    def change(span: Span) -> Span:
        middle_day = add(span.start, grain, size)
        return Span(span.start, grain, middle_day) if ordinal.value == 1 else Span(middle_day, grain, span.end)

    return _part_of(time, change, grain)


def whole(time: Time) -> Time | None:
    """ "All week": the days of a unit."""
    if time.grain not in {Grain.WEEK, Grain.MONTH, Grain.YEAR} or time.form is Form.RANGE:
        return None
    return _part_of(time, lambda span: Span(span.start, Grain.DAY, span.end), Grain.DAY)


def whole_unit(unit: Unit) -> Time | None:
    """ "All day", "all week" of the running one."""
    return unit_at(0, unit) if unit.grain is Grain.DAY else whole(unit_at(0, unit))


def from_clock(time: Time) -> Time | None:
    """ "From 6pm": an open range, if it is plainly a time."""
    return None if time.latent else open_range("after", time)


def after_length(length: Length) -> Time | None:
    """ "After five days"."""
    return open_range("after", shifted(1, length))


def open_on(direction: Direction, day: Time, time: Time) -> Time | None:
    """ "Tomorrow before 5", "this afternoon after 4"."""
    if not (day.grain is Grain.DAY or day.form is Form.PART) or time.clock is None:
        return None
    both = intersect(day, time.firm())
    return None if both is None else open_range(direction, both)


def last_length(length: Length) -> Time | None:
    """ "The last half hour": up to now."""
    grain = length.grain

    def make(now: Now) -> Span:
        stop = floor(now.wall, grain)
        return Span(shift(stop, Length(grain, -length.count), now), grain, stop)

    return Time(Once(grain, make), Form.RANGE, index=-length.count)


def until(time: Time) -> Time | None:
    """Up to a time. Of a stretch its end is the bound."""
    if time.form is not Form.RANGE and time.form is not Form.PART:
        return open_range("before", time)
    cycle = Mapped(time.cycle, time.grain, lambda span, _: Span(span.end, time.grain), timedelta(days=32))
    return Time(cycle, Form.OPEN, direction="before", index=time.index)


def bounded(after: Time, before: Time) -> Time | None:
    """ "After 3 but before 6"."""
    if after.direction != "after" or before.direction != "before":
        return None
    return between(
        replace(after, direction=None, form=Form.CLOCK if after.clock else Form.OTHER), replace(before, direction=None)
    )


def lasting(time: Time, length: Length) -> Time | None:
    """From a time on for so long. The unit in which it stops belongs to it, as with other ranges."""
    if time.direction or time.form in {Form.RANGE, Form.PART} or length.grain < Grain.DAY <= time.grain:
        return None
    grain = min(time.grain, length.grain)

    def change(span: Span, now: Now) -> Span:
        stop = shift(span.start, length, now)
        return Span(span.start, grain, add(stop, grain, 1), stop)

    cycle = Mapped(time.cycle, grain, change, length.reach)
    return Time(cycle, Form.RANGE, immediate=time.immediate, index=hash((time.index, length)))


def lasting_clock(time: Time, length: Length) -> Time | None:
    """The same for a full hour written with its unit, "16h for 30 minutes"."""
    return lasting(time.firm(), length) if time.clock is not None and time.clock.minute is not None else None


def for_length(length: Length, time: Time) -> Time | None:
    """ "For ten days from the 18th"."""
    return lasting(time, length)
