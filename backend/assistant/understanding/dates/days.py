"""Days, weeks, months and years by name, number or date."""

from dataclasses import replace
from datetime import datetime

from backend.assistant.understanding.dates.cycles import Now, Once, Periodic, Span
from backend.assistant.understanding.dates.grain import Grain, add, floor
from backend.assistant.understanding.dates.joining import intersect
from backend.assistant.understanding.dates.values import Form, Number, Ordinal, Time, Unit


def weekday(index: int, *, weak: bool = False) -> Time:
    """Every Monday (0) to Sunday (6). Said on that very day it means the next one."""

    def make(week: datetime) -> list[Span]:
        return [Span(add(week, Grain.DAY, index), Grain.DAY)]

    return Time(Periodic(Grain.WEEK, Grain.DAY, make), Form.WEEKDAY, weak=weak, immediate=False, index=index)


def workday() -> Time:
    """Every Monday to Friday: a time in company only ("the last working day of the month")."""

    def make(week: datetime) -> list[Span]:
        return [Span(add(week, Grain.DAY, index), Grain.DAY) for index in range(5)]

    return Time(Periodic(Grain.WEEK, Grain.DAY, make), Form.OTHER, latent=True, index=5)


def month(index: int, *, weak: bool = False) -> Time:
    """Every January (1) to December (12)."""

    def make(year: datetime) -> list[Span]:
        return [Span(year.replace(month=index), Grain.MONTH)]

    return Time(Periodic(Grain.YEAR, Grain.MONTH, make), Form.MONTH, weak=weak, index=index)


def dated(start: datetime, grain: Grain, form: Form) -> Time:
    """A single unit that is the same whenever it is said."""
    return Time(Once(grain, lambda _: Span(start, grain)), form, index=start.toordinal())


# A bare number below this is hardly ever a year, but a time such as 1530.
EARLIEST_BARE = 1600


def year(number: Number) -> Time | None:
    """A bare number as a year: 1974, "twenty seventeen"."""
    if not EARLIEST_BARE <= number.value <= 2200 or not (number.digits == 4 or number.year):
        return None
    return replace(dated(datetime(number.value, 1, 1), Grain.YEAR, Form.YEAR), weak=True)


def spoken_year(number: Number) -> Time | None:
    """ "In 2015": plainly a year."""
    if not 1000 <= number.value <= 2200 or not (number.digits == 4 or number.year):
        return None
    return dated(datetime(number.value, 1, 1), Grain.YEAR, Form.YEAR)


def anno_domini(number: Number) -> Time | None:
    """ "79 AD": said so, any year is plainly one."""
    return dated(datetime(number.value, 1, 1), Grain.YEAR, Form.YEAR) if 1 <= number.value <= 9999 else None


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


def on_day_of_month(ordinal: Ordinal | Number) -> Time | None:
    """ "On the 15th": plainly a day."""
    return day_of_month(ordinal, latent=False)


def month_day(month_index: int, day: int) -> Time | None:
    """A day of every year: 29 February comes in leap years only, 30 February never."""

    def make(start: datetime) -> list[Span]:
        try:
            return [Span(start.replace(month=month_index, day=day), Grain.DAY)]
        except ValueError:
            return []

    if not 1 <= month_index <= 12 or not 1 <= day <= 31:
        return None
    return Time(Periodic(Grain.YEAR, Grain.DAY, make), Form.DATE, index=month_index * 100 + day)


def named_month_day(time: Time, day: Ordinal | Number) -> Time | None:
    """ "March third", "March 3"."""
    if time.index is None or (isinstance(day, Number) and day.digits > 2):
        return None
    return month_day(time.index, day.value)


def number_in_months(number: Number, months: Time) -> Time | None:
    """ "9 of this month"."""
    day = day_of_month(number)
    return None if day is None or months.grain is not Grain.MONTH else intersect(months.firm(), day)


def day_named_month(day: Ordinal | Number, time: Time) -> Time | None:
    """ "The ninth of May"."""
    return named_month_day(time, day)


def date(year_number: int, month_index: int, day: int) -> Time | None:
    """One day of one year, or None if there is none."""
    try:
        return dated(datetime(year_number, month_index, day), Grain.DAY, Form.DATE)
    except ValueError:
        return None


def month_of_year(month_index: int, year_number: int) -> Time | None:
    """One month of one year."""
    if not 1 <= month_index <= 12 or not 1 <= year_number <= 9999:
        return None
    return dated(datetime(year_number, month_index, 1), Grain.MONTH, Form.OTHER)


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
