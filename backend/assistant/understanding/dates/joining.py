"""Times said side by side: what fits both ("tomorrow" and "5pm"), from one to the other, with a time zone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from backend.assistant.understanding.dates import clocks
from backend.assistant.understanding.dates.cycles import Cycle, Mapped, Now, Once, Span, Within
from backend.assistant.understanding.dates.grain import Grain, add
from backend.assistant.understanding.dates.values import Form, Half, Number, Time, Zone
from backend.assistant.understanding.dates.zones import moved, zone_of


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


def with_offset(sign: int, time: Time, hours: Number) -> Time | None:
    """ "3pm GMT+2"."""
    return in_zone(time, f"{'+' if sign > 0 else '-'}{hours.value:02}:00") if hours.value <= 14 else None


# Which times may stand together: a form does not take another of its own kind.
_ALONE = {Form.OPEN}


_ONCE = {Form.CLOCK, Form.WEEKDAY, Form.MONTH, Form.YEAR, Form.PART, Form.DAY_OF_MONTH, Form.HOLIDAY, Form.SHIFTED}


def intersect(one: Time, other: Time) -> Time | None:
    """What fits both: "Tuesday" and "the 19th", "tomorrow" and "5pm", "Christmas" and "2014"; None if nothing can."""
    pieces = [*(one.parts or (one,)), *(other.parts or (other,))]
    forms = [piece.form for piece in pieces]
    if (one.latent and other.latent) or any(form in _ALONE for form in forms):
        return None
    if any(forms.count(form) > 1 for form in _ONCE) or (forms.count(Form.RELATIVE) > 1 and _same_grain(pieces)):
        return None
    if Form.RANGE in forms and (Form.CLOCK in forms or forms.count(Form.RANGE) > 1):
        return None
    days = [piece for piece in pieces if piece.form is Form.RANGE and piece.bounds and piece.grain >= Grain.DAY]
    if days and Form.WEEKDAY in forms:
        return None  # "Monday the 18th to Friday": Monday belongs to the 18th
    if Form.YEAR in forms and not {Form.MONTH, Form.DATE, Form.HOLIDAY, Form.OTHER, Form.PART, Form.RANGE}.intersection(
        forms
    ):
        return None
    said = pieces  # kept as said, so that a part of the day said later still tells which half is meant
    pieces = _settle_clock(pieces)
    pieces = sorted(pieces, key=lambda piece: (-_effective(piece, pieces).grain, piece.form is Form.WEEKDAY))
    cycles = [_effective(piece, pieces) for piece in pieces]
    whole: Cycle = cycles[0]
    for cycle in cycles[1:]:
        whole = Within(whole, cycle)
    if any(piece.index == clocks.MIDNIGHT_AFTER for piece in pieces):
        whole = Mapped(whole, whole.grain, _a_day_later, timedelta(days=2))
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
        parts=tuple(said),
    )


def _a_day_later(span: Span, now: Now) -> Span:
    return Span(add(span.start, Grain.DAY, 1), span.grain)


def _same_grain(pieces: list[Time]) -> bool:
    grains = [piece.grain for piece in pieces if piece.form is Form.RELATIVE]
    return len(set(grains)) < len(grains)


def _effective(piece: Time, pieces: list[Time]) -> Cycle:
    """The cycle of a piece in company: "in a week" is a day beside a time of day, a moment beside "today"."""
    others = [other.grain for other in pieces if other is not piece]
    if piece.coarse is None or all(grain >= piece.coarse.grain for grain in others):
        return piece.cycle
    # "In two weeks on Friday" is any day of that week, "in two weeks at five" the same day of it.
    return piece.cycle if max(others) < Grain.DAY <= piece.cycle.grain else piece.coarse


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
    if (
        one.direction
        or other.direction
        or (one.form is Form.PART and other.form is Form.PART and one.index == other.index)
    ):
        return None
    if (one.clock is None) != (other.clock is None) and other.clock is not None and one.grain > Grain.HOUR:
        return None  # "from Monday to 5pm"
    if one.form is Form.CLOCK and not one.parts and (other.parts or (other.zone and not one.zone)):
        return None  # "3 to 5pm on Friday": the day goes with both, and so does a zone
    bare = one.form is Form.DAY_OF_MONTH and (one.latent or _later_in_month(one, other))
    if bare and other.form is not Form.DAY_OF_MONTH:
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
        last = next(ahead, None) or _weeks_later(other, span, now)
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


def _later_in_month(one: Time, other: Time) -> bool:
    """Whether a date comes later in its month than a bare day of the month."""
    pieces = other.parts or (other,)
    named = any(piece.form in {Form.DATE, Form.MONTH} for piece in pieces)
    days = [piece.index % 100 for piece in pieces if piece.form in {Form.DATE, Form.DAY_OF_MONTH} and piece.index]
    return named and one.index is not None and any(one.index < day for day in days)


def _weeks_later(other: Time, span: Span, now: Now) -> Span | None:
    """ "Next Monday to next Friday": the Friday that comes next may be before that Monday."""
    found = next(other.cycle.backward(span.start, now), None)
    if found is None or other.form is not Form.RELATIVE or other.grain is not Grain.DAY:
        return None
    weeks = (span.start - found.start) // timedelta(weeks=1) + 1
    return Span(add(found.start, Grain.WEEK, weeks), found.grain)


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
