"""Times of day: clock times, halves of the day, parts of the day."""

from dataclasses import replace
from datetime import datetime, timedelta

from backend.assistant.understanding.dates.cycles import Now, Once, Periodic, Span
from backend.assistant.understanding.dates.grain import Grain, add, floor
from backend.assistant.understanding.dates.values import Clock, Form, Fraction, Half, Length, Number, Time, Unit

# Of 1 to 6 o'clock on another day than today, said without am or pm, people mean the afternoon.
WAKING_FROM = 7
# Parts of the day that start at this hour or later run up to midnight.
EVENING = 18
# Index of a time just after midnight that belongs to the evening before.
MIDNIGHT_AFTER = -24


def clock(
    hour: int, minute: int | None = None, second: int | None = None, *, twelve: bool = False, latent: bool = False
) -> Time | None:
    """A time of day, or None if there is no such time. `twelve`: it may be before or after noon."""
    if hour == 24 and not minute and not second:
        hour = 0
    if not (0 <= hour < 24 and 0 <= (minute or 0) < 60 and 0 <= (second or 0) < 60):
        return None
    value = Clock(hour, minute, second, twelve and hour <= 12)
    hours = sorted({hour % 12, hour % 12 + 12}) if value.twelve else [hour]

    def make(day: datetime) -> list[Span]:
        return [Span(day.replace(hour=h, minute=minute or 0, second=second or 0), value.grain) for h in hours]

    return Time(Periodic(Grain.DAY, value.grain, make), Form.CLOCK, latent=latent, clock=value)


def fixed(hour_of_day: int) -> Time:
    """A full hour that needs no am or pm, such as noon."""
    time = clock(hour_of_day)
    assert time is not None
    return time


def same(time: Time) -> Time:
    """A time after words that add nothing but certainty: "in the morning", "for Friday"."""
    return time.firm()


def with_clock(time: Time, value: Clock) -> Time:
    """The same time at another clock value."""
    made = clock(value.hour, value.minute, value.second, twelve=value.twelve)
    return time if made is None else replace(time, cycle=made.cycle, clock=value)


def in_half(time: Time, afternoon: bool) -> Time:
    """A clock time that may be either, fixed before or after noon."""
    if time.clock is None or not time.clock.twelve:
        return time.firm()
    hour = time.clock.hour % 12 + (12 if afternoon else 0)
    return with_clock(time, replace(time.clock, hour=hour, twelve=False)).firm()


def in_part(time: Time, part_of_day: Time) -> Time:
    """A clock time that may be either, fixed by a part of the day. "Tonight at 12" is the midnight that follows."""
    if time.clock is None or part_of_day.half is None or not (time.clock.twelve or time.clock.hour == 0):
        return time
    late = part_of_day.index is not None and part_of_day.index >= EVENING * 100
    if time.clock.hour not in {0, 12} or not late:
        return in_half(time, part_of_day.half)
    return replace(with_clock(time, replace(time.clock, hour=0, twelve=False)).firm(), index=MIDNIGHT_AFTER)


def waking(time: Time) -> Time:
    """A clock time that may be either, fixed to the half of the day in which people are awake."""
    if time.clock is None or not time.clock.twelve:
        return time
    return in_half(time, time.clock.hour % 12 < WAKING_FROM)


def hour(number: Number) -> Time | None:
    """A bare number as an hour: a time only in company. Written 815 is 8:15."""
    if number.year:
        return None
    if number.digits in (3, 4):
        return clock(number.value // 100, number.value % 100, twelve=0 < number.value // 100 <= 12, latent=True)
    return clock(number.value, twelve=0 < number.value <= 12, latent=True) if number.digits <= 2 else None


def hour_minute(hours: Number, minutes: Number) -> Time | None:
    """Two numbers, at least one in words, "ten thirty", "10 thirty". Only quarters are plainly a time; "three twenty"
    needs company."""
    if (hours.digits and minutes.digits) or not 1 <= hours.value <= 23 or not 10 <= minutes.value <= 59:
        return None
    plain = minutes.value in (15, 30, 45)
    return clock(hours.value, minutes.value, twelve=hours.value <= 12, latent=not plain)


def uhr(hours: Number, minutes: Number) -> Time | None:
    """The hour and the minutes around a word for the hour: "14 Uhr 30"."""
    return clock(hours.value, minutes.value, twelve=0 < hours.value <= 12)


def hour_minute_digits(hours: Number, minutes: Number) -> Time | None:
    """Two written numbers, "3 15", where a word before them says that they are a time."""
    if minutes.digits != 2 or not 1 <= hours.digits <= 2:
        return None
    return clock(hours.value, minutes.value, twelve=0 < hours.value <= 12)


def digits_half(hours: Number, minutes: Number, half: Half) -> Time | None:
    """ "3 15 pm"."""
    time = hour_minute_digits(hours, minutes)
    return None if time is None else in_half(time, half.afternoon)


def hour_zero_minute(hours: Number, minutes: Number) -> Time | None:
    """ "Twelve oh three"."""
    if not 0 <= hours.value <= 23 or not 0 < minutes.value <= 9 or hours.digits > 2:
        return None
    return clock(hours.value, minutes.value, twelve=0 < hours.value <= 12)


def oclock(time: Time) -> Time | None:
    """ "Five o'clock", "17 Uhr": plainly a time of day."""
    return time.firm() if time.clock is not None and time.clock.minute is None else None


def with_half(time: Time, half: Half) -> Time | None:
    """ "Three pm"."""
    if time.clock is None or (not time.clock.twelve and time.clock.hour == 0):
        return None
    return in_half(time, half.afternoon)


def minutes_past(minutes: int, time: Time) -> Time | None:
    """Minutes past (positive) or to (negative) a full hour. "Half four" is 30 in English, -30 in German."""
    value = time.clock
    if value is None or value.minute is not None:
        return None
    total = value.hour * 60 + minutes
    if value.twelve:
        total = (total - 60) % 720 + 60  # 1:00 to 12:59
    return clock(total // 60 % 24, total % 60, twelve=value.twelve)


def number_past(number: Number, time: Time) -> Time | None:
    """ "Twenty past three"."""
    return minutes_past(number.value, time) if 1 <= number.value <= 59 else None


def number_to(number: Number, time: Time) -> Time | None:
    """ "Twenty to three". Only fives are said so: "nine to eleven" is a range."""
    return minutes_past(-number.value, time) if number.value in {5, 10, 15, 20, 25} else None


def minutes_to(number: Number, time: Time) -> Time | None:
    """ "Seven minutes to three"."""
    return minutes_past(-number.value, time) if 1 <= number.value <= 59 else None


def same_length(span: Length) -> Length:
    """ "For two hours"."""
    return span


def part(start: float, stop: float, afternoon: bool | None, *, weak: bool = False) -> Time:
    """A part of every day, in hours."""

    def make(day: datetime) -> list[Span]:
        return [Span(day + timedelta(hours=start), Grain.HOUR, day + timedelta(hours=stop))]

    # The index tells parts apart.
    return Time(
        Periodic(Grain.DAY, Grain.HOUR, make), Form.PART, weak=weak, half=afternoon, index=int(start * 100 + stop)
    )


def plain_part(time: Time) -> Time | None:
    """ "The morning", but not "the lunch", which is more often what is eaten."""
    return None if time.weak else time


def moment() -> Time:
    """Right now."""
    return Time(Once(Grain.SECOND, lambda now: Span(floor(now.wall, Grain.SECOND), Grain.SECOND)), Form.RELATIVE)


def in_minutes(number: Number) -> Time | None:
    """ "In 20": minutes, where the unit is left out."""
    return shifted(1, Length(Grain.MINUTE, number.value)) if 0 < number.value <= 60 and number.digits <= 2 else None


def length(count: int, unit: Unit) -> Length | None:
    """`count` units."""
    return Length(unit.grain, count * unit.count) if 0 <= count < 100_000 else None


def number_length(number: Number, unit: Unit) -> Length | None:
    """ "Two weeks"."""
    return length(number.value, unit)


def part_length(share: float, unit: Unit) -> Length | None:
    """A fraction of a unit, said in the next finer unit that holds it whole."""
    steps = {
        Grain.YEAR: (Grain.MONTH, 12),
        Grain.QUARTER: (Grain.MONTH, 3),
        Grain.MONTH: (Grain.DAY, 30),
        Grain.WEEK: (Grain.DAY, 7),
        Grain.DAY: (Grain.HOUR, 24),
        Grain.HOUR: (Grain.MINUTE, 60),
        Grain.MINUTE: (Grain.SECOND, 60),
    }
    if unit.grain not in steps:
        return None
    grain, size = steps[unit.grain]
    return Length(grain, round(share * unit.count * size)) if 0 < share * unit.count < 10_000 else None


def fraction_length(fraction: Fraction, unit: Unit) -> Length | None:
    """ "3/4 hour", "1.5 days"."""
    return part_length(fraction.value, unit)


def number_and_half(number: Number, unit: Unit) -> Length | None:
    """ "Two and a half hours"."""
    return part_length(number.value + 0.5, unit)


def number_and_fraction(number: Number, fraction: Fraction, unit: Unit) -> Length | None:
    """ "3 1/2 hours"."""
    return part_length(number.value + fraction.value, unit) if fraction.value < 1 else None


def number_and_share(share: float, number: Number, unit: Unit) -> Length | None:
    """ "Two and a quarter hours"."""
    return part_length(number.value + share, unit)


def hours_and(number: Number, unit: Unit, minutes: Number) -> Length | None:
    """ "Two hours and twenty": the minutes without their unit."""
    if unit != Unit(Grain.HOUR) or not 1 <= minutes.value <= 59:
        return None
    return Length(Grain.MINUTE, number.value * 60 + minutes.value)


def unit_and_half(unit: Unit) -> Length | None:
    """ "An hour and a half"."""
    return part_length(1.5, unit)


def longer(first: Length, second: Length) -> Length | None:
    """ "One hour (and) thirty minutes", in the finer unit."""
    sizes = {Grain.SECOND: 1, Grain.MINUTE: 60, Grain.HOUR: 3600, Grain.DAY: 86400, Grain.WEEK: 604800}
    if first.grain <= second.grain or first.grain not in sizes:
        return None
    return Length(second.grain, first.count * (sizes[first.grain] // sizes[second.grain]) + second.count)


def shifted(sign: int, span: Length) -> Time:
    """A time counted from now: "in two weeks" (sign 1), "two weeks ago" (-1)."""
    grain = span.grain.finer

    def target(now: Now) -> datetime:
        return shift(now.wall, Length(span.grain, sign * span.count), now)

    return Time(
        Once(grain, lambda now: Span(floor(target(now), grain), grain)),
        Form.SHIFTED,
        coarse=Once(span.grain, lambda now: Span(floor(target(now), span.grain), span.grain)),
    )


def shift(time: datetime, span: Length, now: Now) -> datetime:
    """`time` moved by a duration. Days and more move on the calendar, hours and less in real time."""
    if span.grain >= Grain.DAY:
        return add(time, span.grain, span.count)
    return now.at(time).plus(add(time, span.grain, span.count) - time)
