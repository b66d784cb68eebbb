"""Named days: how they are found in a year.

Days of the civil calendar and around Easter come from rules. Days of lunar calendars come from the tables of the
`holidays` library (MIT), which end at some year; outside of them such a day is not known. Which days there are stands
in `observances`; by which names a language calls them, in that language's tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN
from dateutil.easter import easter as easter_of
from holidays.calendars.buddhist import _BuddhistLunisolar
from holidays.calendars.chinese import _ChineseLunisolar
from holidays.calendars.hebrew import _HebrewLunisolar
from holidays.calendars.hindu import _HinduLunisolar
from holidays.calendars.islamic import _IslamicLunar

from backend.assistant.understanding.dates.cycles import Periodic, Span
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.values import Form, Time

# The days of a year on which something falls, in order. Lunar days may come twice in a year, or not at all.
Dates: TypeAlias = Callable[[int], list[date]]

_HEBREW, _HINDU, _ISLAMIC, _CHINESE = _HebrewLunisolar(), _HinduLunisolar(), _IslamicLunar(), _ChineseLunisolar()
_BUDDHIST = _BuddhistLunisolar()


@dataclass(frozen=True, slots=True)
class Observance:
    """A named day, or several in a row: `days` of them, or up to the next of `until`. `minutes` (first and last, of the
    day) where it is only a part of a day."""

    dates: Dates
    days: int = 1
    until: Dates | None = None
    minutes: tuple[int, int] | None = None


def fixed(month: int, day: int, since: int = 1) -> Dates:
    """The same day every year."""
    return lambda year: [date(year, month, day)] if year >= since else []


def nth_weekday(nth: int, weekday: int, month: int, plus: int = 0) -> Dates:
    """The nth (negative: from the end) weekday of a month, moved by some days."""

    def dates(year: int) -> list[date]:
        if nth > 0:
            start = date(year, month, 1)
            found = start + timedelta((weekday - start.weekday()) % 7 + 7 * (nth - 1))
        else:
            end = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
            found = end - timedelta((end.weekday() - weekday) % 7 + 7 * (-nth - 1))
        return [found + timedelta(plus)]

    return dates


def weekday_before(weekday: int, month: int, day: int) -> Dates:
    """The last such weekday before a date."""

    def dates(year: int) -> list[date]:
        end = date(year, month, day) - timedelta(1)
        return [end - timedelta((end.weekday() - weekday) % 7)]

    return dates


def easter(plus: int = 0, *, orthodox: bool = False) -> Dates:
    """So many days after Easter Sunday."""
    method = EASTER_ORTHODOX if orthodox else EASTER_WESTERN
    return lambda year: [easter_of(year, method) + timedelta(plus)]


def observed(base: Dates) -> Dates:
    """The working day nearest to a day at the weekend: Friday for a Saturday, Monday for a Sunday."""
    move = {5: -1, 6: 1}
    return lambda year: [day + timedelta(move.get(day.weekday(), 0)) for day in base(year)]


def plus(base: Dates, days: int) -> Dates:
    """So many days after another day, counted with the year of that other day."""
    return lambda year: [day + timedelta(days) for day in base(year)]


def in_years(days: Mapping[int, tuple[int, int]]) -> Dates:
    """Days that follow no rule, by year: (month, day)."""
    return lambda year: [date(year, *days[year])] if year in days else []


def passover(plus_days: int = 0, leap_extra: int = 0) -> Dates:
    """So many days after the first day of Passover (15 Nisan); `leap_extra` more in Hebrew leap years.

    Days begin at sunset: the civil day on which one begins is meant.
    """

    def dates(year: int) -> list[date]:
        first = _HEBREW.passover_date(year)
        if first is None:
            return []
        leap = (7 * (year + 3760) + 1) % 19 < 7
        return [first + timedelta(plus_days - 1 + (leap_extra if leap else 0))]

    return dates


def hanukkah(year: int) -> list[date]:
    """The civil day on which Hanukkah begins at sunset."""
    return sorted(day - timedelta(1) for day in _HEBREW.hanukkah_date(year) if day.year == year)


def after_passover_off_sabbath(plus_days: int, moves: Mapping[int, int]) -> Dates:
    """A day after Passover that is kept earlier or later when it falls on certain weekdays; from the sunset before."""

    def dates(year: int) -> list[date]:
        first = _HEBREW.passover_date(year)
        if first is None:
            return []
        day = first + timedelta(plus_days)
        return [day + timedelta(moves.get(day.weekday(), 0) - 1)]

    return dates


def buddhist(name: str) -> Dates:
    """A day of the Buddhist calendar, by the name of the library's method."""

    def dates(year: int) -> list[date]:
        day, _ = getattr(_BUDDHIST, name)(year)
        return [] if day is None else [day]

    return dates


def islamic(name: str, plus_days: int = 0) -> Dates:
    """A day of the Islamic calendar, by the name of the library's method."""

    def dates(year: int) -> list[date]:
        days = {day + timedelta(plus_days) for near in (year, year + 1) for day, _ in getattr(_ISLAMIC, name)(near)}
        return sorted(day for day in days if day.year == year)

    return dates


def hindu(name: str, plus_days: int = 0) -> Dates:
    """A day of the Hindu, Jain, Sikh or Buddhist calendars of India, by the name of the library's method."""

    def dates(year: int) -> list[date]:
        found = getattr(_HINDU, name)(year)
        if isinstance(found, tuple):
            return [] if found[0] is None else [found[0] + timedelta(plus_days)]
        return sorted(day + timedelta(plus_days) for day, _ in found)

    return dates


def chinese(name: str, plus_days: int = 0) -> Dates:
    """A day of the Chinese calendar, by the name of the library's method."""

    def dates(year: int) -> list[date]:
        day, _ = getattr(_CHINESE, name)(year)
        return [] if day is None else [day + timedelta(plus_days)]

    return dates


def holiday(name: str, observance: Observance) -> Time:
    """The time expression of a named day."""
    grain = Grain.MINUTE if observance.minutes else Grain.DAY

    @lru_cache(maxsize=512)
    def spans(year: int) -> tuple[Span, ...]:
        return tuple(_span(day, observance) for day in observance.dates(year))

    return Time(
        Periodic(Grain.YEAR, grain, lambda year: spans(year.year)), Form.HOLIDAY, holiday=name, index=_number(name)
    )


def _number(name: str) -> int:
    """A number that tells holidays apart, the same in every run."""
    return int.from_bytes(name.encode()[:12], "big") % 1_000_003


def _span(day: date, observance: Observance) -> Span:
    start = datetime(day.year, day.month, day.day)
    if observance.minutes is not None:
        begin, stop = (start + timedelta(minutes=minutes) for minutes in observance.minutes)
        return Span(begin, Grain.MINUTE, stop + timedelta(minutes=1), stop)
    if observance.until is not None:
        ends = [end for year in (day.year, day.year + 1) for end in observance.until(year) if end > day]
        if ends:
            return Span(start, Grain.DAY, start + (ends[0] - day))
    return Span(start, Grain.DAY, None if observance.days == 1 else start + timedelta(days=observance.days))
