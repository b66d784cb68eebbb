"""Days, weeks, months, years and their relations: weekdays, dates, "next month", "the last Friday of May"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from backend.assistant.understanding.dates import clocks
from backend.assistant.understanding.dates.cycles import Cycle, Mapped, Now, Once, Periodic, Span, Units, Within, first
from backend.assistant.understanding.dates.grain import Grain, add, floor
from backend.assistant.understanding.dates.values import Form, Half, Length, Number, Ordinal, Time, Unit, Zone
from backend.assistant.understanding.dates.zones import moved, zone_of


def weekday(index: int, *, weak: bool = False) -> Time:
    """Every Monday (0) to Sunday (6). Said on that very day it means the next one."""

    def make(week: datetime) -> list[Span]:
        return [Span(add(week, Grain.DAY, index), Grain.DAY)]

    return Time(Periodic(Grain.WEEK, Grain.DAY, make), Form.WEEKDAY, weak=weak, immediate=False, index=index)


def month(index: int, *, weak: bool = False) -> Time:
    """Every January (1) to December (12)."""

    def make(year: datetime) -> list[Span]:
        return [Span(year.replace(month=index), Grain.MONTH)]

    return Time(Periodic(Grain.YEAR, Grain.MONTH, make), Form.MONTH, weak=weak, index=index)


def dated(start: datetime, grain: Grain, form: Form) -> Time:
    """A single unit that is the same whenever it is said."""
    return Time(Once(grain, lambda _: Span(start, grain)), form, index=start.toordinal())


def year(number: Number) -> Time | None:
    """A bare number as a year: 1974, "twenty seventeen"."""
    if not 1000 <= number.value <= 2200 or not (number.digits == 4 or number.year):
        return None
    return replace(dated(datetime(number.value, 1, 1), Grain.YEAR, Form.YEAR), weak=True)  # noqa: DTZ001 - wall-clock


def spoken_year(number: Number) -> Time | None:
    """ "In 2015": plainly a year."""
    time = year(number)
    return None if time is None else time.firm()


def month_year(time: Time, number: Number) -> Time | None:
    """ "October 2014"."""
    whole = year(number)
    return None if whole is None else intersect(whole.firm(), time)


def with_short_year(time: Time, number: Number) -> Time | None:
    """A day with the last two digits of its year, "3 March '15"."""
    if number.digits != 2 or time.form is not Form.DATE or time.parts:
        return None
    whole = year(Number(number.value + (2000 if number.value <= 50 else 1900), digits=4))
    return None if whole is None else intersect(time, whole.firm())


def quarter(ordinal: Ordinal, unit: Unit) -> Time | None:
    """ "The third quarter" of a year."""
    return quarter_number(Number(ordinal.value)) if unit.grain is Grain.QUARTER else None


def quarter_number(number: Number, in_year: Time | None = None) -> Time | None:
    """ "Q3"."""
    if not 1 <= number.value <= 4:
        return None

    def make(start: datetime) -> list[Span]:
        return [Span(start.replace(month=number.value * 3 - 2), Grain.QUARTER)]

    time = Time(Periodic(Grain.YEAR, Grain.QUARTER, make), Form.MONTH, index=100 + number.value)
    return time if in_year is None else intersect(in_year.firm(), time)


def year_quarter(in_year: Time, number: Number) -> Time | None:
    """ "2018 Q4"."""
    return quarter_number(number, in_year)


def day_of_year(ordinal: Ordinal, unit: Unit, in_year: Time) -> Time | None:
    """ "The 100th day of 2015", "the third quarter of 2018"."""
    if unit.grain is Grain.QUARTER:
        return quarter_number(Number(ordinal.value), in_year)
    return nth(ordinal, unit, in_year.firm())


def ancient(number: Number) -> Time:
    """A year before year 1, which no calendar here can hold: understood, but without a date."""
    return Time(Once(Grain.YEAR, lambda _: None), Form.YEAR, index=-number.value)


def day_of_month(ordinal: Ordinal | Number, *, latent: bool = True) -> Time | None:
    """The nth of every month that has such a day."""
    day = ordinal.value
    if not 1 <= day <= 31 or (isinstance(ordinal, Number) and (ordinal.digits > 2 or ordinal.year)):
        return None

    def make(start: datetime) -> list[Span]:
        span = Span(add(start, Grain.DAY, day - 1), Grain.DAY)
        return [span] if span.start.month == start.month else []

    return Time(Periodic(Grain.MONTH, Grain.DAY, make), Form.DAY_OF_MONTH, latent=latent, index=day)


def the_day_of_month(ordinal: Ordinal) -> Time | None:
    """ "The 15th": a day where it stands alone or with company."""
    time = day_of_month(ordinal)
    return None if time is None else replace(time, latent=False, weak=True)


def on_day_of_month(ordinal: Ordinal) -> Time | None:
    """ "On the 15th": plainly a day."""
    return day_of_month(ordinal, latent=False)


def month_day(month_index: int, day: int) -> Time | None:
    """A day of every year. 29 February comes in leap years only."""

    def make(start: datetime) -> list[Span]:
        try:
            return [Span(start.replace(month=month_index, day=day), Grain.DAY)]
        except ValueError:
            return []

    if not 1 <= month_index <= 12 or not 1 <= day <= (29 if month_index == 2 else 30 + (month_index in _LONG)):
        return None
    return Time(Periodic(Grain.YEAR, Grain.DAY, make), Form.DATE, index=month_index * 100 + day)


_LONG = {1, 3, 5, 7, 8, 10, 12}


def named_month_day(time: Time, day: Ordinal | Number) -> Time | None:
    """ "March third", "March 3"."""
    if time.index is None or (isinstance(day, Number) and day.digits > 2):
        return None
    return month_day(time.index, day.value)


def number_in_months(number: Number, months: Time) -> Time | None:
    """ "20 of this month"."""
    day = day_of_month(number)
    return None if day is None or months.grain is not Grain.MONTH else intersect(months.firm(), day)


def day_named_month(day: Ordinal | Number, time: Time) -> Time | None:
    """ "The third of March"."""
    return named_month_day(time, day)


def date(year_number: int, month_index: int, day: int) -> Time | None:
    """One day of one year, or None if there is none."""
    try:
        return dated(datetime(year_number, month_index, day), Grain.DAY, Form.DATE)  # noqa: DTZ001 - wall-clock
    except ValueError:
        return None


def month_of_year(month_index: int, year_number: int) -> Time | None:
    """One month of one year."""
    if not 1 <= month_index <= 12 or not 1 <= year_number <= 9999:
        return None
    return dated(datetime(year_number, month_index, 1), Grain.MONTH, Form.OTHER)  # noqa: DTZ001 - wall-clock


def unit_at(offset: int, unit: Unit) -> Time:
    """The running unit (offset 0), the next (1), the last (-1)."""
    grain = unit.grain

    def make(now: Now) -> Span:
        return Span(add(floor(now.wall, grain), grain, offset * unit.count), grain)

    return Time(Once(grain, make), Form.RELATIVE, index=offset)


def the_unit(unit: Unit) -> Time | None:
    """ "The week", "the month": the running one."""
    return unit_at(0, unit) if unit.grain >= Grain.DAY else None


def unit_in(number: Number, unit: Unit) -> Time | None:
    """ "Upcoming two weeks" as one unit that lies so far ahead."""
    return unit_at(number.value, unit) if 1 <= number.value < 1000 else None


def today(offset: int) -> Time:
    """Today (0), tomorrow (1), yesterday (-1) and so on."""
    return unit_at(offset, Unit(Grain.DAY))


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
    """ "Two Sundays from now" (1) or ago (-1)."""
    return occurrence(sign * number.value, time) if 1 <= number.value <= 100 else None


def nth(ordinal: Ordinal, inner: Time | Unit, base: Time) -> Time | None:
    """The nth day, week, Friday ... inside another time; negative ordinals count from its end."""
    cycle: Cycle = Units(inner.grain) if isinstance(inner, Unit) else inner.cycle
    if cycle.grain > base.grain or (cycle.grain is base.grain and base.form is not Form.RANGE) or base.latent:
        return None

    def change(span: Span, now: Now) -> Span | None:
        if ordinal.value > 0:
            inside = (found for found in cycle.forward(span.start, now) if found.start >= span.start)
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


def nth_last(ordinal: Ordinal, inner: Time | Unit, base: Time) -> Time | None:
    """ "The third last week of 2018"."""
    return nth(Ordinal(-ordinal.value), inner, base) if ordinal.value > 0 else None


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


def week_of(time: Time) -> Time | None:
    """ "The week of October 6th"."""
    if time.grain is not Grain.DAY:
        return None
    cycle = Mapped(time.cycle, Grain.WEEK, lambda span, _: Span(floor(span.start, Grain.WEEK), Grain.WEEK), timedelta(7))
    return Time(cycle, Form.OTHER, index=time.index)


def week_number(number: Number, in_year: Time | None = None) -> Time | None:
    """A calendar week (ISO 8601)."""
    if not 1 <= number.value <= 53:
        return None

    def make(year: datetime) -> list[Span]:
        start = add(floor(year.replace(day=4), Grain.WEEK), Grain.WEEK, number.value - 1)
        return [Span(start, Grain.WEEK)] if add(start, Grain.DAY, 3).year == year.year else []

    time = Time(Periodic(Grain.YEAR, Grain.WEEK, make), Form.DATE, index=5300 + number.value)
    return time if in_year is None else intersect(in_year.firm(), time)


def ides(time: Time) -> Time | None:
    """The ides of a month in the Roman calendar: the 15th of the long months of old, else the 13th."""
    return None if time.index is None else month_day(time.index, 15 if time.index in {3, 5, 7, 10} else 13)


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


def moved_by(sign: int, length: Length, base: Time) -> Time | None:
    """A time so long after (1) or before (-1) another: "one year after Christmas", "15 minutes from 1pm"."""
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


def in_zone(time: Time, zone_name: str) -> Time | None:
    """A time of day said with a time zone."""
    if time.zone is not None or time.grain > Grain.HOUR:
        return None
    time = clocks.waking(time)
    zone = zone_of(zone_name)
    grain = min(time.grain, Grain.MINUTE)

    def change(span: Span, now: Now) -> Span:
        stop = None if span.stop is None else moved(span.stop, zone, now.zone)
        spoken = None if span.spoken_stop is None else moved(span.spoken_stop, zone, now.zone)
        return Span(moved(span.start, zone, now.zone), grain, stop, spoken)

    cycle = Mapped(time.cycle, grain, change, timedelta(days=1))
    return replace(time.firm(), cycle=cycle, zone=zone_name, clock=None, parts=())


def with_zone(time: Time, zone: Zone) -> Time | None:
    """ "3pm GMT"."""
    return in_zone(time, zone.name)


# Which times may stand together: a form does not take another of its own kind.
_ALONE = {Form.OPEN}
_ONCE = {Form.CLOCK, Form.WEEKDAY, Form.MONTH, Form.YEAR, Form.PART, Form.DAY_OF_MONTH, Form.HOLIDAY, Form.SHIFTED}


def intersect(one: Time, other: Time) -> Time | None:
    """What fits both: "Tuesday" and "the 19th", "tomorrow" and "5pm", "Christmas" and "2014"; None if nothing can."""
    pieces = [*(one.parts or (one,)), *(other.parts or (other,))]
    forms = [piece.form for piece in pieces]
    if one.latent and other.latent or any(form in _ALONE for form in forms):
        return None
    if any(forms.count(form) > 1 for form in _ONCE) or forms.count(Form.RELATIVE) > 1 and _same_grain(pieces):
        return None
    if Form.RANGE in forms and (Form.CLOCK in forms or forms.count(Form.RANGE) > 1):
        return None
    if Form.YEAR in forms and not {Form.MONTH, Form.DATE, Form.HOLIDAY, Form.OTHER, Form.PART, Form.RANGE}.intersection(forms):
        return None
    pieces = _settle_clock(pieces)
    pieces = sorted(pieces, key=lambda piece: (-_effective(piece, pieces).grain, piece.form is Form.WEEKDAY))
    cycles = [_effective(piece, pieces) for piece in pieces]
    whole = cycles[0]
    for cycle in cycles[1:]:
        whole = Within(whole, cycle)
    finest = pieces[-1]
    return Time(
        whole,
        finest.form if finest.form in {Form.CLOCK, Form.PART, Form.RANGE} else Form.OTHER,
        clock=finest.clock,
        half=finest.half,
        holiday=one.holiday or other.holiday,
        nearest=Form.WEEKDAY in forms and Form.DATE in forms,
        zone=one.zone or other.zone,
        index=hash(tuple(piece.index for piece in pieces)),
        parts=tuple(pieces),
    )


def _same_grain(pieces: list[Time]) -> bool:
    grains = [piece.grain for piece in pieces if piece.form is Form.RELATIVE]
    return len(set(grains)) < len(grains)


def _effective(piece: Time, pieces: list[Time]) -> Cycle:
    """The cycle of a piece in company: "in a week" is a day beside a time of day, a moment beside "today"."""
    if piece.coarse is None or all(other.grain >= piece.coarse.grain for other in pieces if other is not piece):
        return piece.cycle
    return piece.coarse


def _settle_clock(pieces: list[Time]) -> list[Time]:
    """Clock times that may be either half of the day, fixed by a part of the day or by waking hours."""
    timed = [piece for piece in pieces if piece.form is Form.CLOCK or (piece.form is Form.RANGE and piece.bounds)]
    if not timed:
        return pieces
    parts = [piece for piece in pieces if piece.form is Form.PART and piece.half is not None]
    settled: Callable[[Time], Time] = clocks.waking
    if parts:
        settled = partial(clocks.in_part, part_of_day=parts[0])
    elif any(piece.form is Form.RELATIVE and piece.index == 0 and piece.grain is Grain.DAY for piece in pieces):
        return pieces  # today: whichever comes next
    kept = [piece for piece in pieces if piece not in parts or isinstance(piece.cycle, Once)]
    return [_apply(piece, settled) if piece in timed else piece for piece in kept]


def _apply(piece: Time, settled: Callable[[Time], Time]) -> Time:
    if piece.bounds is None:
        return settled(piece)
    return between(settled(piece.bounds[0]), piece.bounds[1]) or piece


def joined(one: Time, other: Time) -> Time | None:
    """Two times said side by side."""
    return None if one.latent or other.latent else intersect(one, other)


def joined_latent(one: Time, other: Time) -> Time | None:
    """Two forms that need each other: "Tuesday 19th", "the 20th of next month"."""
    return intersect(one.firm(), other.firm())


def joined_clock(one: Time, other: Time) -> Time | None:
    """A day and a bare hour: "tomorrow 5", "9 tomorrow". The day must be plain."""
    day, clock = (one, other) if other.form is Form.CLOCK and not other.parts else (other, one)
    if day.latent or day.weak or day.grain is Grain.MINUTE or not (day.grain is Grain.DAY or day.form is Form.PART):
        return None
    return intersect(day, clock)


def between(one: Time, other: Time, *, include: bool = True) -> Time | None:
    """From one time to another. `include` says whether the last unit belongs to it ("Monday to Friday")."""
    if one.direction or other.direction or one.form is Form.PART and other.form is Form.PART and one.index == other.index:
        return None
    if (one.clock is None) != (other.clock is None) and other.clock is not None and one.grain > Grain.HOUR:
        return None  # "from Monday to 5pm"
    if one.form is Form.CLOCK and not one.parts and (other.parts or (other.zone and not one.zone)):
        return None  # "3 to 5pm on Friday": the day goes with both, and so does a zone
    if one.latent and one.form is Form.DAY_OF_MONTH and other.form is not Form.DAY_OF_MONTH:
        return None  # "13th to 15th July": the month goes with both
    if _has(other, Form.YEAR) and not _has(one, Form.YEAR) and one.form in {Form.DATE, Form.MONTH}:
        return None  # "March to May 2014": so does the year
    if one.clock is not None and other.clock is not None and one.clock.twelve and not other.clock.twelve:
        one = _same_half(one, other)
    if one.latent and other.latent and (one.clock is None or other.clock is None):
        return None
    grain = min(one.grain, other.grain)
    if grain is Grain.SECOND:
        include = False  # "from now until Friday" ends as Friday begins, "until now" now
    zoned = one.zone or other.zone

    def change(span: Span, now: Now) -> Span | None:
        ahead = (found for found in other.cycle.forward(span.start, now) if found.start > span.start)
        last = next(ahead, None)
        if last is None:
            return None
        if last.stop is not None or not include:
            return Span(span.start, grain, last.stop or last.start)
        spoken = last.start if grain < Grain.DAY else None
        return Span(span.start, grain, add(last.start, grain, 1) if grain < Grain.DAY else last.end, spoken)

    return Time(
        Mapped(one.cycle, grain, change, timedelta(days=1) if grain < Grain.DAY else timedelta(days=40)),
        Form.RANGE,
        latent=one.latent and other.latent,
        bounds=(one, other),
        immediate=not any(piece.form is Form.WEEKDAY for piece in one.parts or (one,)),
        zone=zoned,
        index=hash((one.index, other.index, one.clock, other.clock)),
    )


def _has(time: Time, form: Form) -> bool:
    return any(piece.form is form for piece in time.parts)


def between_firm(one: Time, other: Time) -> Time | None:
    """ "From 9 to 11": words that make bare hours times."""
    time = between(one, other)
    return None if time is None or (time.latent and time.bounds is None) else time.firm()


def _same_half(one: Time, other: Time) -> Time:
    """The first clock time of a range in the half of the day of the second, unless it would come after it."""
    if one.clock is None or other.clock is None:
        return one
    afternoon = other.clock.hour >= 12
    fixed = clocks.in_half(one, afternoon)
    if fixed.clock is not None and _minutes(fixed) >= _minutes(other):
        return clocks.in_half(one, not afternoon)
    return fixed


def _minutes(time: Time) -> int:
    return 0 if time.clock is None else time.clock.hour * 60 + (time.clock.minute or 0)


def between_half(one: Time, other: Time, half: Half) -> Time | None:
    """ "From 3 to 4 pm"."""
    last = clocks.with_half(other, half)
    return None if last is None else between(one, last)
