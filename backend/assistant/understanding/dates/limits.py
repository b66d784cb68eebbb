"""Where repeating times begin and end, how often they come, and what they leave out."""

from dataclasses import replace

from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.joining import intersect
from backend.assistant.understanding.dates.ranges import whole
from backend.assistant.understanding.dates.recurrence import at_clock, every_weekday
from backend.assistant.understanding.dates.values import (
    Count,
    Length,
    Number,
    Recurrence,
    Skip,
    Time,
    Times,
    Unit,
    Weekdays,
)


def begins(rule: Recurrence, time: Time) -> Recurrence | None:
    """ "... starting next week"."""
    if rule.begin is not None or time.latent or time.direction:
        return None
    day, clocked = _clock_apart(rule, time)
    return None if clocked is None else replace(clocked, begin=day)


def _clock_apart(rule: Recurrence, time: Time) -> tuple[Time, Recurrence | None]:
    """ "Every Monday until June at 9": the time of day belongs to the rule, whatever it was said with."""
    if time.clock is None or not time.parts:
        return time, rule
    day: Time | None = None
    for piece in time.parts:
        if piece.clock is None:
            day = piece if day is None else intersect(day, piece)
    clock = next((piece for piece in time.parts if piece.clock is not None), None)
    if day is None or clock is None:
        return time, None
    return day, at_clock(rule, clock)


def begun(time: Time, rule: Recurrence) -> Recurrence | None:
    """ "Starting next week, ..." """
    return begins(rule, time)


def ends(rule: Recurrence, time: Time) -> Recurrence | None:
    """ "... until June"."""
    if rule.until is not None or rule.count is not None or rule.lasting is not None or time.latent or time.direction:
        return None
    day, clocked = _clock_apart(rule, time)
    return None if clocked is None else replace(clocked, until=day)


def during(rule: Recurrence, time: Time) -> Recurrence | None:
    """ "... this week", "... next month": from its beginning, or now, to its end."""
    stretch = whole(time)
    return None if stretch is None or rule.until is not None else begins(rule, stretch)


def spans(rule: Recurrence, begin: Time, end: Time) -> Recurrence | None:
    """ "... from March to May"."""
    begun_rule = begins(rule, begin)
    return None if begun_rule is None else ends(begun_rule, end)


def lasts(rule: Recurrence, length: Length) -> Recurrence | None:
    """ "... for six weeks"; said in hours it is how long each occurrence is."""
    if length.grain < Grain.DAY <= rule.freq:
        return replace(rule, length=length) if rule.length is None else None
    if rule.until is not None or rule.count is not None or rule.lasting is not None:
        return None
    return replace(rule, lasting=length)


def lasts_unit(rule: Recurrence, unit: Unit) -> Recurrence | None:
    """ "... for the next year"."""
    return lasts(rule, Length(unit.grain, unit.count))


def lasts_number(rule: Recurrence, number: Number, unit: Unit) -> Recurrence | None:
    """ "... for the next six weeks"."""
    return lasts(rule, Length(unit.grain, unit.count * number.value)) if 1 <= number.value <= 1000 else None


def times(number: Number) -> Count | None:
    """ "Ten times"."""
    return Count(number.value) if 1 <= number.value <= 10_000 else None


def counted(rule: Recurrence, count: Count) -> Recurrence | None:
    """ "... ten times"."""
    if rule.until is not None or rule.count is not None or rule.lasting is not None:
        return None
    return replace(rule, count=count.value)


def one_time(time: Time) -> Times | None:
    """A time as the first of several."""
    return None if time.latent or time.direction else Times((time,))


def more_times(one: Times, other: Times) -> Times:
    """ "In July and September"."""
    return Times((*one.times, *other.times))


def except_times(rule: Recurrence, left_out: Times) -> Recurrence:
    """ "... except in July"."""
    return replace(rule, skip=replace(rule.skip, times=(*rule.skip.times, *left_out.times)))


def except_rule(rule: Recurrence, left_out: Recurrence) -> Recurrence:
    """ "... except on weekends"."""
    return replace(rule, skip=replace(rule.skip, rules=(*rule.skip.rules, left_out)))


def except_weekdays(rule: Recurrence, days: Weekdays) -> Recurrence | None:
    """ "... except Mondays", "... except on Monday"."""
    left_out = every_weekday(1, days)
    return None if left_out is None else except_rule(rule, left_out)


def except_holidays(rule: Recurrence) -> Recurrence:
    """ "... except holidays": those of the place."""
    return replace(rule, skip=Skip(rule.skip.times, rule.skip.rules, holidays=True))
