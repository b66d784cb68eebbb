"""How days, times, repetitions, lengths and lists are said in a language, after the Unicode CLDR by Babel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from babel.dates import format_datetime, format_time, get_day_names
from babel.lists import format_list
from babel.units import format_unit

_MINUTES = 60
# Names that are said one by one.
_NAMED = 3
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class RuleWords:
    """How a recurrence rule (RFC 5545) is said. `units` are singular and plural of FREQ, `ordinals` what stands before
    the weekday of a BYDAY such as "2MO"; the others are format strings."""

    units: Mapping[str, tuple[str, str]]
    ordinals: Mapping[str, str]
    on_days: str
    on_date: str
    times: str
    until: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `locale` is CLDR's name; patterns are CLDR date patterns. `hour` and `hours` are for the 24-hour
    clock that cards show."""

    code: str
    locale: str
    day_pattern: str
    day_and_year_pattern: str
    written_day_pattern: str
    today: str
    tomorrow: str
    yesterday: str
    at: str
    span: str
    all_day: str
    hour: str
    hours: str
    others: str
    repeating: RuleWords

    def day(self, day: date, today: date) -> str:
        """A day as one says it on `today`: "tomorrow", "Friday 4 December", with the year when it is another one."""
        near = {0: self.today, 1: self.tomorrow, -1: self.yesterday}.get((day - today).days)
        return near or self.full_day(day, today)

    def full_day(self, day: date, today: date) -> str:
        """A day by weekday and date, with the year when it is another one."""
        pattern = self.day_pattern if day.year == today.year else self.day_and_year_pattern
        return format_datetime(datetime(day.year, day.month, day.day), pattern, locale=self.locale)

    def written_day(self, day: date) -> str:
        """A day in full, whenever it is read: "Friday, 4 December 2026"."""
        return format_datetime(datetime(day.year, day.month, day.day), self.written_day_pattern, locale=self.locale)

    def written_times(self, start: datetime, end: datetime) -> str:
        """From when to when within a day, as cards show it: "14:00–15:00"; one time where there is no length."""
        if start == end:
            return self.hour.format(f"{start:%H:%M}")
        return self.hours.format(f"{start:%H:%M}", f"{end:%H:%M}")

    def rule(self, written: str, zone: tzinfo = UTC) -> str:
        """A recurrence rule in words: "every 2 weeks on Monday and Friday, 5 times".

        `zone` is where it ends on the day that is said. A part that has no words is shown as it is.
        """
        words, parts = self.repeating, dict(part.split("=", 1) for part in written.split(";"))
        frequency = parts.pop("FREQ").upper()
        if frequency not in words.units:
            return written
        single, plural = words.units[frequency]
        interval = int(parts.pop("INTERVAL", "1"))
        said = single if interval == 1 else plural.format(interval)
        days = [self._weekday(one.upper()) for one in parts.get("BYDAY", "").split(",")]
        if None not in days:
            del parts["BYDAY"]
            said += words.on_days.format(self.both([day for day in days if day]))
        if parts.get("BYMONTHDAY", "").isdecimal():
            said += words.on_date.format(parts.pop("BYMONTHDAY"))
        end = ""
        if "COUNT" in parts:
            end = words.times.format(parts.pop("COUNT"))
        if "UNTIL" in parts:
            end = words.until.format(self.written_day(_last_day(parts.pop("UNTIL"), zone)))
        parts.pop("WKST", None)  # on which day weeks begin says nothing to people
        rest = f" ({';'.join(f'{name}={value}' for name, value in parts.items())})" if parts else ""
        return f"{said}{rest}{end}"

    def _weekday(self, code: str) -> str | None:
        """The weekday of a BYDAY such as "MO" or "-1FR"; None for one that has no words."""
        name, ordinal = code[-2:], self.repeating.ordinals.get(code[:-2])
        if name not in _WEEKDAYS or ordinal is None:
            return None
        return f"{ordinal}{get_day_names('wide', locale=self.locale)[_WEEKDAYS.index(name)]}"

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

    def some(self, items: Sequence[str]) -> str:
        """All of these, or the first of many: "a, b, c and 4 others"."""
        if len(items) <= _NAMED + 1:
            return self.both(items)
        return self.others.format(", ".join(items[:_NAMED]), len(items) - _NAMED)

    def either(self, items: Sequence[str]) -> str:
        """One of these: "a, b or c"."""
        return format_list(list(items), "or", locale=self.locale)


_WORDINGS = {
    "en": Wording(
        code="en",
        locale="en_GB",
        day_pattern="EEEE d MMMM",
        day_and_year_pattern="EEEE d MMMM y",
        written_day_pattern="EEEE, d MMMM y",
        today="today",
        tomorrow="tomorrow",
        yesterday="yesterday",
        at="{day} at {clock}",
        span="{start} to {end}",
        all_day="all day",
        hour="{}",
        hours="{}–{}",
        others="{} and {} others",
        repeating=RuleWords(
            units={
                "HOURLY": ("every hour", "every {} hours"),
                "DAILY": ("every day", "every {} days"),
                "WEEKLY": ("every week", "every {} weeks"),
                "MONTHLY": ("every month", "every {} months"),
                "YEARLY": ("every year", "every {} years"),
            },
            ordinals={
                "": "",
                "1": "the first ",
                "2": "the second ",
                "3": "the third ",
                "4": "the fourth ",
                "-1": "the last ",
            },
            on_days=" on {}",
            on_date=" on day {}",
            times=", {} times",
            until=", until {}",
        ),
    ),
    "de": Wording(
        code="de",
        locale="de",
        day_pattern="EEEE, d. MMMM",
        day_and_year_pattern="EEEE, d. MMMM y",
        written_day_pattern="EEEE, d. MMMM y",
        today="heute",
        tomorrow="morgen",
        yesterday="gestern",
        at="{day} um {clock} Uhr",
        span="{start} bis {end}",
        all_day="ganztägig",
        hour="{} Uhr",
        hours="{}–{} Uhr",
        others="{} und {} weitere",
        repeating=RuleWords(
            units={
                "HOURLY": ("stündlich", "alle {} Stunden"),
                "DAILY": ("täglich", "alle {} Tage"),
                "WEEKLY": ("wöchentlich", "alle {} Wochen"),
                "MONTHLY": ("monatlich", "alle {} Monate"),
                "YEARLY": ("jährlich", "alle {} Jahre"),
            },
            ordinals={
                "": "",
                "1": "ersten ",
                "2": "zweiten ",
                "3": "dritten ",
                "4": "vierten ",
                "-1": "letzten ",
            },
            on_days=" am {}",
            on_date=" am {}. Tag",
            times=", {}-mal",
            until=", bis {}",
        ),
    ),
}


def wording(code: str) -> Wording:
    """The wording of a language such as "de" or "de-AT" (ISO 639-1); English for one that we do not have."""
    return _WORDINGS.get(code.partition("-")[0].partition("_")[0].lower(), _WORDINGS["en"])


def position(time: int) -> str:
    """Where in a recording so many seconds are: "12:34", "1:02:03"."""
    minutes, seconds = divmod(time, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _last_day(until: str, zone: tzinfo) -> date:
    """The last day of a rule. A UTC time is looked at in `zone`; a date, and a time without zone, are as written."""
    if until.endswith("Z"):
        return datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(zone).date()
    return datetime.strptime(until[:8], "%Y%m%d").date()
