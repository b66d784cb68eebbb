"""How days, times, lengths and lists are said in a language, after the Unicode CLDR by Babel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_datetime, format_time
from babel.lists import format_list
from babel.units import format_unit

_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `locale` is CLDR's name; patterns are CLDR date patterns."""

    code: str
    locale: str
    day_pattern: str
    day_and_year_pattern: str
    today: str
    tomorrow: str
    yesterday: str
    at: str
    span: str
    all_day: str

    def day(self, day: date, today: date) -> str:
        """A day as one says it on `today`: "tomorrow", "Friday 4 December", with the year when it is another one."""
        near = {0: self.today, 1: self.tomorrow, -1: self.yesterday}.get((day - today).days)
        return near or self.full_day(day, today)

    def full_day(self, day: date, today: date) -> str:
        """A day by weekday and date, with the year when it is another one."""
        pattern = self.day_pattern if day.year == today.year else self.day_and_year_pattern
        return format_datetime(datetime(day.year, day.month, day.day), pattern, locale=self.locale)

    def clock(self, moment: datetime) -> str:
        """The time of day on the moment's own wall clock: "14:00" or "2:00 PM"."""
        return format_time(moment.time(), "short", locale=self.locale)

    def moment(self, moment: datetime, today: date) -> str:
        """Day and time of day."""
        return self.at.format(day=self.day(moment.date(), today), clock=self.clock(moment))

    def times(self, start: datetime, end: datetime, today: date) -> str:
        """From when to when on the wall clock; the day of the end is said only when it is another one."""
        last = self.clock(end) if end.date() == start.date() else self.moment(end, today)
        return self.span.format(start=self.clock(start), end=last)

    def length(self, length: timedelta) -> str:
        """A length in hours and minutes: "1 hour 30 minutes"."""
        hours, minutes = divmod(round(length.total_seconds() / _MINUTES), _MINUTES)
        parts = [("hour", hours), ("minute", minutes)]
        return " ".join(format_unit(count, unit, locale=self.locale) for unit, count in parts if count) or format_unit(
            0, "minute", locale=self.locale
        )

    def both(self, items: Sequence[str]) -> str:
        """All of these: "a, b and c"."""
        return format_list(list(items), "standard", locale=self.locale)

    def either(self, items: Sequence[str]) -> str:
        """One of these: "a, b or c"."""
        return format_list(list(items), "or", locale=self.locale)


_WORDINGS = {
    "en": Wording(
        code="en",
        locale="en_GB",
        day_pattern="EEEE d MMMM",
        day_and_year_pattern="EEEE d MMMM y",
        today="today",
        tomorrow="tomorrow",
        yesterday="yesterday",
        at="{day} at {clock}",
        span="{start} to {end}",
        all_day="all day",
    ),
    "de": Wording(
        code="de",
        locale="de",
        day_pattern="EEEE, d. MMMM",
        day_and_year_pattern="EEEE, d. MMMM y",
        today="heute",
        tomorrow="morgen",
        yesterday="gestern",
        at="{day} um {clock} Uhr",
        span="{start} bis {end}",
        all_day="ganztägig",
    ),
}


def wording(code: str) -> Wording:
    """The wording of a language by its code (ISO 639-1); English for one that we do not have."""
    return _WORDINGS.get(code, _WORDINGS["en"])
