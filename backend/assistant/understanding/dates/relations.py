"""Times in relation to others: the next one, the third one in May, two weeks after Easter."""

from datetime import timedelta
from itertools import islice, takewhile

from backend.assistant.understanding.dates import clocks
from backend.assistant.understanding.dates.cycles import Cycle, Mapped, Now, Once, Span, Units, first
from backend.assistant.understanding.dates.days import quarter_number, today
from backend.assistant.understanding.dates.grain import Grain, add, floor
from backend.assistant.understanding.dates.joining import intersect
from backend.assistant.understanding.dates.values import Form, Length, Number, Ordinal, Time, Unit


def day_of_year(ordinal: Ordinal, unit: Unit, in_year: Time) -> Time | None:
    """ "The 100th day of 2015", "the third quarter of 2018"."""
    if unit.grain is Grain.QUARTER:
        return quarter_number(Number(ordinal.value), in_year)
    return nth(ordinal, unit, in_year.firm())


def units(sign: int, number: Number | int, unit: Unit) -> Time | None:
    """The next (1) or last (-1) n units, without the running one."""
    count = (number if isinstance(number, int) else number.value) * unit.count
    grain = unit.grain
    if not 1 <= count < 10_000:
        return None

    def make(now: Now) -> Span:
        start = floor(now.wall, grain)
        if sign < 0:
            return Span(add(start, grain, -count), grain, start)
        return Span(add(start, grain, 1), grain, add(start, grain, count + 1))

    return Time(Once(grain, make), Form.RANGE, index=sign * count)


def occurrence(offset: int, time: Time) -> Time | None:
    """This (0), the next (1, 2, ...) or the last (-1, -2, ...) one of a repeating time.

    "This" takes the running one, "next" the first that starts later.
    """
    if time.parts or time.form in {Form.CLOCK, Form.RANGE, Form.RELATIVE, Form.SHIFTED, Form.OPEN, Form.YEAR}:
        return None

    def make(now: Now) -> Span | None:
        if offset < 0:
            return next(islice(time.cycle.backward(now.wall, now), -offset - 1, None), None)
        ahead = (span for span in time.cycle.forward(now.wall, now) if span.start > now.wall or offset == 0)
        return next(islice(ahead, max(offset - 1, 0), None), None)

    if time.form is Form.PART and time.half is not None:
        return of_day(offset, time)
    form = Form.PART if time.form is Form.PART else Form.RELATIVE
    return Time(Once(time.grain, make), form, half=time.half, holiday=time.holiday, index=time.index)


def of_day(offset: int, part: Time) -> Time | None:
    """A part of today (0), of tomorrow (1), of yesterday (-1): "this morning", "tonight", "last night"."""
    return intersect(today(offset), part)


def with_part(part: Time, day: Time) -> Time | None:
    """A day and a part of it that is known from the rule: "Montag Morgen"."""
    return intersect(day, part)


def part_of(part: Time, day: Time) -> Time | None:
    """The same for a day that may be a bare number: "der Morgen des 3."."""
    return intersect(day.firm(), part) if day.grain is Grain.DAY else None


def occurrence_number(sign: int, number: Number, time: Time) -> Time | None:
    """ "Three Mondays from now" (1) or ago (-1)."""
    return occurrence(sign * number.value, time) if 1 <= number.value <= 100 else None


def nth(ordinal: Ordinal, inner: Time | Unit, base: Time) -> Time | None:
    """The nth day, week, Friday ... inside another time; negative ordinals count from its end."""
    cycle: Cycle = Units(inner.grain) if isinstance(inner, Unit) else inner.cycle
    if cycle.grain > base.grain or (cycle.grain is base.grain and base.form is not Form.RANGE) or base.latent:
        return None

    def change(span: Span, now: Now) -> Span | None:
        if ordinal.value > 0:
            ahead = takewhile(lambda found: found.start < span.end, cycle.forward(span.start, now))
            inside = (found for found in ahead if found.start >= span.start)
            found = next(islice(inside, ordinal.value - 1, None), None)
        else:
            found = next(islice(cycle.backward(span.end, now), -ordinal.value - 1, None), None)
        return found if found is not None and span.start <= found.start < span.end else None

    index = ordinal.value * 1000 + (inner.index or 0 if isinstance(inner, Time) else 0)
    return Time(Mapped(base.cycle, cycle.grain, change, Length(base.grain, 1).reach), Form.OTHER, index=index)


def edge_units(sign: int, number: Number, unit: Unit, base: Time) -> Time | None:
    """ "The first two weeks of June" (1), "the last two days of March" (-1)."""
    if unit.grain >= base.grain or base.latent or not 1 <= number.value <= 366 or base.form is Form.RANGE:
        return None

    def change(span: Span, now: Now) -> Span:
        if sign > 0:
            return Span(span.start, unit.grain, add(span.start, unit.grain, number.value))
        return Span(add(span.end, unit.grain, -number.value), unit.grain, span.end)

    cycle = Mapped(base.cycle, unit.grain, change, Length(base.grain, 1).reach)
    return Time(cycle, Form.RANGE, index=sign * number.value)


def last_day(base: Time) -> Time | None:
    """ "The last of the month"."""
    return nth(Ordinal(-1), Unit(Grain.DAY), base) if base.grain >= Grain.MONTH else None


def to_last(ordinal: Ordinal | None = None) -> Ordinal | None:
    """ "The second to last"."""
    value = 2 if ordinal is None else ordinal.value
    return Ordinal(-value) if value > 1 else None


def nth_last(ordinal: Ordinal, inner: Time | Unit, base: Time) -> Time | None:
    """ "The fourth last week of 2031"."""
    return nth(Ordinal(-ordinal.value), inner, base) if ordinal.value > 0 else None


def number_after(number: Number, inner: Time, base: Time) -> Time | None:
    """ "Two Mondays from tomorrow"."""
    return nth_after(1, Ordinal(number.value), inner, base)


def nth_after(sign: int, ordinal: Ordinal, inner: Time | Unit, base: Time) -> Time | None:
    """The nth day, week, Friday ... after (1) or before (-1) another time."""
    cycle: Cycle = Units(inner.grain) if isinstance(inner, Unit) else inner.cycle
    if base.latent or not 1 <= ordinal.value <= 1000:
        return None

    def change(span: Span, now: Now) -> Span | None:
        spans = (
            (found for found in cycle.forward(span.end, now) if found.start >= span.end)
            if sign > 0
            else cycle.backward(span.start, now)
        )
        return next(islice(spans, ordinal.value - 1, None), None)

    reach = Length(cycle.grain, ordinal.value).reach + timedelta(days=366 if cycle.grain > Grain.WEEK else 14)
    return Time(Mapped(base.cycle, cycle.grain, change, reach), Form.OTHER, index=sign * ordinal.value)


def moved_unit(sign: int, unit: Unit, base: Time) -> Time | None:
    """ "The day after Monday", "the week before Christmas"."""
    if unit.grain < Grain.DAY or base.grain < Grain.DAY:
        return None
    return moved_by(sign, Length(unit.grain, unit.count), base)


def weekday_week(time: Time) -> Time | None:
    """ "Tuesday week", "a week on Tuesday"."""
    return moved_by(1, Length(Grain.WEEK, 1), time)


def unit_of(unit: Unit, time: Time) -> Time | None:
    """ "The week of May 9th", "the month of March": the unit in which a time begins."""
    grain = unit.grain
    if time.grain < Grain.DAY or not time.grain <= grain or unit.count != 1:
        return None
    cycle = Mapped(time.cycle, grain, lambda span, _: Span(floor(span.start, grain), grain), Length(grain, 1).reach)
    return Time(cycle, Form.OTHER, index=time.index)


def week_of(time: Time) -> Time | None:
    """ "Easter week"."""
    return unit_of(Unit(Grain.WEEK), time)


def closest(ordinal: Ordinal | int, inner: Time, base: Time) -> Time | None:
    """The nth closest occurrence to another time."""
    rank = ordinal if isinstance(ordinal, int) else ordinal.value
    if base.latent or rank < 1:
        return None

    def make(now: Now) -> Span | None:
        anchor = first(base.cycle, now, immediate=base.immediate)
        if anchor is None:
            return None
        near = [*islice(inner.cycle.forward(anchor.start, now), rank)]
        near += islice(inner.cycle.backward(anchor.start, now), rank)
        near.sort(key=lambda span: abs(span.start - anchor.start))
        return near[rank - 1] if len(near) >= rank else None

    return Time(Once(inner.grain, make), Form.OTHER)


def ahead(day: Time, length: Length) -> Time | None:
    """ "Today in two weeks"."""
    return moved_by(1, length, day) if day.grain is Grain.DAY and length.grain >= Grain.DAY else None


def moved_by(sign: int, length: Length, base: Time) -> Time | None:
    """A time so long after (1) or before (-1) another: "two years after Easter", "20 minutes from 3pm"."""
    if base.latent and base.form is not Form.CLOCK:
        return None
    grain = min(length.grain, base.grain)

    def change(span: Span, now: Now) -> Span:
        return Span(floor(clocks.shift(span.start, Length(length.grain, sign * length.count), now), grain), grain)

    if base.form is Form.HOLIDAY:  # the last one may count: a year after Christmas is the Christmas to come
        return Time(Mapped(base.cycle, grain, change, length.reach), Form.OTHER, index=sign * length.count)

    def make(now: Now) -> Span | None:
        anchor = first(base.cycle, now, immediate=base.immediate, nearest=base.nearest)
        return None if anchor is None else change(anchor, now)

    return Time(Once(grain, make), Form.OTHER, index=sign * length.count)
