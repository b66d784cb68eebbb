"""Repeating times: "every other Tuesday", "the second Monday of each month at 9", "daily until June except Sundays"."""

from dataclasses import replace
from datetime import datetime, timedelta

from backend.assistant.understanding.dates.clocks import in_part, waking
from backend.assistant.understanding.dates.cycles import Periodic
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.values import (
    Form,
    Length,
    Number,
    Ordinal,
    Ordinals,
    Recurrence,
    Time,
    Unit,
    Weekdays,
)

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS = (0, 1, 2, 3, 4)
# A named day that keeps its place through these years, which begin on every weekday, keeps it always.
HOLIDAY_YEARS = range(2000, 2028)


def every(interval: int | Number | Ordinal, unit: Unit) -> Recurrence | None:
    """ "Every day", "every other week", "every 3 months"."""
    step = interval if isinstance(interval, int) else interval.value
    grain, count = unit.grain, unit.count * step
    if unit.grain is Grain.DAY and unit.count % 7 == 0:
        grain, count = Grain.WEEK, count // 7  # a fortnight is on the same days of every second week
    if grain is Grain.QUARTER:
        grain, count = Grain.MONTH, 3 * count
    return Recurrence(grain, count) if 1 <= count <= 1000 else None


def every_length(length: Length) -> Recurrence | None:
    """ "Every half hour", "every two weeks"."""
    return every(length.count, Unit(length.grain))


def one_weekday(time: Time) -> Weekdays | None:
    """A weekday as the first of several."""
    return None if time.index is None else Weekdays((time.index,), plural=time.latent)


def more_weekdays(one: Weekdays, other: Weekdays) -> Weekdays:
    """ "Monday and Thursday"."""
    return Weekdays((*one.days, *(day for day in other.days if day not in one.days)), one.plural or other.plural)


def weekdays_through(one: Weekdays, other: Weekdays) -> Weekdays | None:
    """ "Tuesday through Saturday"."""
    if len(one.days) != 1 or len(other.days) != 1:
        return None
    length = (other.days[0] - one.days[0]) % 7 + 1
    return Weekdays(tuple((one.days[0] + step) % 7 for step in range(length)), one.plural or other.plural)


def every_weekday(interval: int | Number | Ordinal, days: Weekdays) -> Recurrence | None:
    """ "Every Monday", "every other Monday and Friday"."""
    step = interval if isinstance(interval, int) else interval.value
    if not 1 <= step <= 100:
        return None
    if isinstance(interval, Ordinal) and step == 1:
        return monthly_nth_weekday(Ordinals((1,)), days)  # "every first Friday" is one of each month
    return Recurrence(Grain.WEEK, step).having("BYDAY", tuple(DAYS[day] for day in days.days))


def plural_weekdays(days: Weekdays) -> Recurrence | None:
    """ "Mondays and Thursdays", said without "every"."""
    return every_weekday(1, days) if days.plural else None


def on_weekdays(rule: Recurrence, days: Weekdays) -> Recurrence | None:
    """ "Every 5 weeks on Tuesday and Friday", "every hour on weekdays"."""
    if rule.freq > Grain.WEEK or rule.by("BYDAY"):
        return None
    return rule.having("BYDAY", tuple(DAYS[day] for day in days.days))


def one_ordinal(ordinal: Ordinal) -> Ordinals:
    """An ordinal as the first of several."""
    return Ordinals((ordinal.value,))


def more_ordinals(one: Ordinals, other: Ordinals) -> Ordinals:
    """ "The first and the last"."""
    return Ordinals((*one.values, *other.values))


def on_ordinals(rule: Recurrence, ordinals: Ordinals) -> Recurrence | None:
    """Days by number: "every month on the 9th", "every week on the 3rd day", "every year on the 200th day"."""
    if rule.parts:
        return None
    if rule.freq is Grain.MONTH and all(-31 <= value <= 31 for value in ordinals.values):
        return rule.having("BYMONTHDAY", ordinals.values)
    if rule.freq is Grain.YEAR and all(value <= 366 for value in ordinals.values):
        return rule.having("BYYEARDAY", ordinals.values)
    if rule.freq is Grain.WEEK and all(1 <= value <= 7 for value in ordinals.values):
        # Said of a week, its first day is Sunday.
        return rule.having("BYDAY", tuple(DAYS[(value + 5) % 7] for value in ordinals.values))
    return None


def ordinals_on(ordinals: Ordinals, rule: Recurrence) -> Recurrence | None:
    """ "The 9th of every month"."""
    return on_ordinals(rule, ordinals)


def on_nth_weekday(rule: Recurrence, ordinals: Ordinals, days: Weekdays) -> Recurrence | None:
    """ "Every month on the second Friday"."""
    if rule.parts or rule.freq not in {Grain.MONTH, Grain.YEAR} or any(abs(value) > 53 for value in ordinals.values):
        return None
    if days.days == WORKDAYS:
        return instance(rule, ordinals, days)  # the last working day, not each of five last ones
    return rule.having("BYDAY", tuple(f"{value}{DAYS[day]}" for value in ordinals.values for day in days.days))


def nth_weekday_on(ordinals: Ordinals, days: Weekdays, rule: Recurrence) -> Recurrence | None:
    """ "The second Friday of every month"."""
    return on_nth_weekday(rule, ordinals, days)


def monthly_nth_weekday(ordinals: Ordinals, days: Weekdays) -> Recurrence | None:
    """ "Every second Monday of the month"."""
    return on_nth_weekday(Recurrence(Grain.MONTH), ordinals, days)


def monthly_plural(ordinals: Ordinals, days: Weekdays) -> Recurrence | None:
    """ "First and third Mondays" of every month."""
    return monthly_nth_weekday(ordinals, days) if days.plural and len(ordinals.values) > 1 else None


def monthly_several(ordinals: Ordinals, days: Weekdays) -> Recurrence | None:
    """ "The first and third Monday of the month": more than one is every one of them."""
    return monthly_nth_weekday(ordinals, days) if len(ordinals.values) > 1 else None


def both(one: Recurrence, other: Recurrence) -> Recurrence | None:
    """ "Every Monday and every Friday"."""
    days = (*one.by("BYDAY"), *other.by("BYDAY"))
    weekly = one.freq is Grain.WEEK and len(one.parts) == 1 and replace(one, parts=()) == replace(other, parts=())
    return one.having("BYDAY", tuple(dict.fromkeys(days))) if weekly and other.by("BYDAY") else None


def on_day_number(number: Number, rule: Recurrence) -> Recurrence | None:
    """ "Day 5 of every month"."""
    return on_ordinals(rule, Ordinals((number.value,))) if 1 <= number.value <= 366 else None


def monthly_ordinals(ordinals: Ordinals) -> Recurrence | None:
    """ "Every 9th of the month"."""
    return on_ordinals(Recurrence(Grain.MONTH), ordinals)


def yearly_ordinals(ordinals: Ordinals) -> Recurrence | None:
    """ "Every 100th day of the year"."""
    return on_ordinals(Recurrence(Grain.YEAR), ordinals)


def instance(rule: Recurrence, ordinals: Ordinals, days: Weekdays) -> Recurrence | None:
    """ "Monthly on the last instance of Wednesday and Friday": the nth of all these days together."""
    if rule.parts or rule.freq not in {Grain.MONTH, Grain.YEAR}:
        return None
    return rule.having("BYDAY", tuple(DAYS[day] for day in days.days)).having("BYSETPOS", ordinals.values)


def instance_of(ordinals: Ordinals, days: Weekdays, rule: Recurrence) -> Recurrence | None:
    """ "The last instance of Wednesday and Friday each month"."""
    return instance(rule, ordinals, days)


def nth_weekday_in(ordinals: Ordinals, days: Weekdays, month: Time, rule: Recurrence) -> Recurrence | None:
    """ "The second Sunday in May every year"."""
    return on_nth_weekday_in(rule, ordinals, days, month)


def weekdays_on(days: Weekdays, rule: Recurrence) -> Recurrence | None:
    """ "Tuesday through Saturday each week"."""
    return on_weekdays(rule, days)


def same(rule: Recurrence) -> Recurrence:
    """ "Once every two days"."""
    return rule


def date_on(time: Time, rule: Recurrence) -> Recurrence | None:
    """ "December 25 every year"."""
    return on_date(rule, time)


def in_months(rule: Recurrence, one: Time, other: Time) -> Recurrence | None:
    """ "... in March and April"."""
    made = in_month(rule, one)
    if made is None or one.index is None or other.index is None or not 1 <= other.index <= 12:
        return None
    return made.having("BYMONTH", (one.index, other.index))


def yearly_nth_weekday(interval: int, ordinals: Ordinals, days: Weekdays, month: Time) -> Recurrence | None:
    """ "Every second Sunday in May"."""
    rule = Recurrence(Grain.YEAR, interval)
    return None if month.index is None else in_month(on_nth_weekday(rule, ordinals, days), month)


def on_nth_weekday_in(rule: Recurrence, ordinals: Ordinals, days: Weekdays, month: Time) -> Recurrence | None:
    """ "Every year on the second Sunday in May"."""
    if rule.freq is not Grain.YEAR:
        return None
    return in_month(on_nth_weekday(rule, ordinals, days), month)


def in_month(rule: Recurrence | None, month: Time) -> Recurrence | None:
    """ "... in November"."""
    if rule is None or month.index is None or not 1 <= month.index <= 12 or rule.by("BYMONTH") or rule.freq < Grain.DAY:
        return None
    return rule.having("BYMONTH", (month.index,))


def yearly_date(interval: int, time: Time) -> Recurrence | None:
    """ "Every 25th of December"."""
    return on_date(Recurrence(Grain.YEAR, interval), time)


def on_date(rule: Recurrence, time: Time) -> Recurrence | None:
    """ "Every year on December 25"."""
    if rule.freq is not Grain.YEAR or rule.parts or time.form is not Form.DATE or time.index is None or time.parts:
        return None
    month, day = divmod(time.index, 100)
    return rule.having("BYMONTH", (month,)).having("BYMONTHDAY", (day,)) if 1 <= month <= 12 else None


def yearly_holiday(interval: int, time: Time) -> Recurrence | None:
    """ "Every Thanksgiving": a named day that a rule can give, because it has the same date or the same place among the
    weekdays of its month in every year."""
    if not isinstance(time.cycle, Periodic) or time.cycle.outer is not Grain.YEAR or time.grain is not Grain.DAY:
        return None
    found = [time.cycle.make(datetime(year, 1, 1)) for year in HOLIDAY_YEARS]
    if any(len(spans) != 1 or spans[0].stop is not None for spans in found):
        return None
    days = [spans[0].start for spans in found]
    months = {day.month for day in days}
    rule = Recurrence(Grain.YEAR, interval).having("BYMONTH", tuple(months))
    if len(months) > 1:
        return None
    if len({day.day for day in days}) == 1:
        return rule.having("BYMONTHDAY", (days[0].day,))
    places = {((day.day - 1) // 7 + 1, day.weekday()) for day in days}
    if len(places) == 1:
        nth, weekday = places.pop()
        return rule.having("BYDAY", (f"{nth}{DAYS[weekday]}",))
    if len({day.weekday() for day in days}) == 1 and all((day + timedelta(7)).month != day.month for day in days):
        return rule.having("BYDAY", (f"-1{DAYS[days[0].weekday()]}",))
    return None


def holiday_on(rule: Recurrence, time: Time) -> Recurrence | None:
    """ "Every year on Christmas"."""
    return yearly_holiday(rule.interval, time) if rule == Recurrence(Grain.YEAR, rule.interval) else None


def holiday_every(time: Time, rule: Recurrence) -> Recurrence | None:
    """ "Thanksgiving every year"."""
    return holiday_on(rule, time)


def yearly_days_on(month: Time, ordinals: Ordinals, rule: Recurrence) -> Recurrence | None:
    """ "June 3rd and 17th every year"."""
    return on_month_days(rule, month, ordinals)


def yearly_days(month: Time, ordinals: Ordinals) -> Recurrence | None:
    """ "December 21st and 31st" of every year."""
    if month.index is None or not 1 <= month.index <= 12:
        return None
    return Recurrence(Grain.YEAR).having("BYMONTH", (month.index,)).having("BYMONTHDAY", ordinals.values)


def on_month_days(rule: Recurrence, month: Time, ordinals: Ordinals) -> Recurrence | None:
    """ "Every year on June 3rd and 17th"."""
    days = yearly_days(month, ordinals)
    return None if days is None or rule.freq is not Grain.YEAR or rule.parts else replace(rule, parts=days.parts)


def yearly_month(month: Time) -> Recurrence | None:
    """ "Every March"."""
    return in_month(Recurrence(Grain.YEAR), month)


def yearly_months(one: Time, other: Time) -> Recurrence | None:
    """ "Every June and December"."""
    return in_months(Recurrence(Grain.YEAR), one, other)


def in_weeks(rule: Recurrence, *numbers: Number) -> Recurrence | None:
    """ "Every Friday in week 12 and 14"."""
    if rule.interval != 1 or rule.freq < Grain.DAY or not all(1 <= number.value <= 53 for number in numbers):
        return None
    return replace(rule, freq=Grain.YEAR).having("BYWEEKNO", tuple(number.value for number in numbers))


def month_edge(day: int, rule: Recurrence) -> Recurrence | None:
    """The beginning (1) or end (-1) of every month or year."""
    if rule.parts or rule.freq not in {Grain.MONTH, Grain.YEAR}:
        return None
    return rule.having("BYMONTHDAY" if rule.freq is Grain.MONTH else "BYYEARDAY", (day,))


def month_start(rule: Recurrence) -> Recurrence | None:
    """ "Every month at its start"."""
    return month_edge(1, rule)


def month_end(rule: Recurrence) -> Recurrence | None:
    """ "Every month at the end"."""
    return month_edge(-1, rule)


def at_clock(rule: Recurrence, time: Time) -> Recurrence | None:
    """ "... at 9", "... in the morning"."""
    if rule.freq < Grain.DAY or time.form not in {Form.CLOCK, Form.PART, Form.RANGE}:
        return None
    if any(piece.form not in {Form.CLOCK, Form.PART} for piece in time.parts):
        return None
    if time.form is Form.RANGE and (time.bounds is None or time.bounds[0].clock is None):
        return None
    if rule.clock is None:
        return replace(rule, clock=waking(time).firm())
    if rule.clock.form is Form.PART and time.form is Form.CLOCK and rule.clock.half is not None:
        return replace(rule, clock=in_part(time, rule.clock).firm())
    return None


def at_clocks(rule: Recurrence, *times: Time) -> Recurrence | None:
    """ "... at 9 and 5": several times of the same day, at the same minute."""
    clocks = [waking(time).clock for time in times]
    if rule.freq < Grain.DAY or rule.clock is not None or rule.by("BYHOUR"):
        return None
    if len({(clock.minute or 0, clock.second or 0) if clock else None for clock in clocks}) != 1:
        return None
    first = min(times, key=lambda time: _minutes(waking(time)))
    hours = tuple(sorted({clock.hour for clock in clocks if clock is not None}))
    return replace(rule.having("BYHOUR", hours), clock=waking(first).firm())


def _minutes(time: Time) -> int:
    return 0 if time.clock is None else time.clock.hour * 60 + (time.clock.minute or 0)


def during_hours(rule: Recurrence, one: Time, other: Time) -> Recurrence | None:
    """ "Every hour from 9 to 5"."""
    begin, stop = waking(one).clock, waking(other).clock
    if rule.freq > Grain.HOUR or begin is None or stop is None or begin.hour >= stop.hour or rule.by("BYHOUR"):
        return None
    return rule.having("BYHOUR", tuple(range(begin.hour, stop.hour + 1)))


def clock_at(time: Time, rule: Recurrence) -> Recurrence | None:
    """ "At 9 every day"."""
    return at_clock(rule, time)


def several_at(days: Weekdays, time: Time) -> Recurrence | None:
    """ "Monday through Friday at 9": several days at a time of day are every one of them."""
    rule = every_weekday(1, days) if len(days.days) > 2 and not time.latent else None
    return None if rule is None else at_clock(rule, time)


def weekday_parts(part: Time, days: Weekdays) -> Recurrence | None:
    """ "Sunday evenings"."""
    return weekday_part(days, part)


def every_clock(time: Time) -> Recurrence | None:
    """ "Every noon", "mornings at 7"."""
    return None if time.latent else at_clock(Recurrence(Grain.DAY), time)


def every_part(part: Time) -> Recurrence | None:
    """ "Every morning"."""
    return at_clock(Recurrence(Grain.DAY), part) if part.half is not None else None


def every_part_of(part: Time) -> Recurrence | None:
    """The same for a part of the day that is known from the rule."""
    return every_part(part)


def weekday_part(days: Weekdays, part: Time) -> Recurrence | None:
    """ "Every Monday morning"."""
    rule = every_weekday(1, days)
    return None if rule is None or part.half is None else at_clock(rule, part)
