"""Grains of time and calendar arithmetic on wall-clock (naive) datetimes."""

import calendar
from datetime import datetime, timedelta
from enum import IntEnum


class Grain(IntEnum):
    """How finely a time is said, from fine to coarse. "Tomorrow" has the grain DAY, "at 3:15" the grain MINUTE."""

    SECOND = 0
    MINUTE = 1
    HOUR = 2
    DAY = 3
    WEEK = 4
    MONTH = 5
    QUARTER = 6
    YEAR = 7

    @property
    def finer(self) -> "Grain":
        """The grain that a shift by this one keeps: "in a year" still means a month of that year."""
        return _FINER[self]


_FINER = {
    Grain.SECOND: Grain.SECOND,
    Grain.MINUTE: Grain.SECOND,
    Grain.HOUR: Grain.MINUTE,
    Grain.DAY: Grain.HOUR,
    Grain.WEEK: Grain.DAY,
    Grain.MONTH: Grain.DAY,
    Grain.QUARTER: Grain.MONTH,
    Grain.YEAR: Grain.MONTH,
}
_SECONDS = {Grain.SECOND: 1, Grain.MINUTE: 60, Grain.HOUR: 3600, Grain.DAY: 86400, Grain.WEEK: 7 * 86400}
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def floor(time: datetime, grain: Grain) -> datetime:
    """Start of the unit of `grain` that holds `time`. Weeks start on Monday (ISO 8601)."""
    if grain is Grain.SECOND:
        return time.replace(microsecond=0)
    if grain is Grain.MINUTE:
        return time.replace(second=0, microsecond=0)
    if grain is Grain.HOUR:
        return time.replace(minute=0, second=0, microsecond=0)
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if grain is Grain.DAY:
        return day
    if grain is Grain.WEEK:
        return add(day, Grain.DAY, -day.weekday()) if day > _FIRST_MONDAY else _FIRST_MONDAY
    if grain is Grain.MONTH:
        return day.replace(day=1)
    if grain is Grain.QUARTER:
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1)


_FIRST_MONDAY = datetime(1, 1, 1)


def add(time: datetime, grain: Grain, count: int) -> datetime:
    """`time` moved by `count` units. A day that the target month lacks becomes its last day.

    Raises OverflowError outside the years 1 to 9999.
    """
    if grain in _SECONDS:
        return time + timedelta(seconds=_SECONDS[grain] * count)
    months = time.year * 12 + time.month - 1 + _MONTHS[grain] * count
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"year {year}")
    return time.replace(year=year, month=month + 1, day=min(time.day, calendar.monthrange(year, month + 1)[1]))
