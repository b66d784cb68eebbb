"""Reminders in words: when, how often, and what a notification says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.reminders.schedule import until

_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_GERMAN_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_GERMAN_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip

_ORDINALS = {"": "", "1": "the first ", "2": "the second ", "3": "the third ", "4": "the fourth ", "-1": "the last "}
_ENGLISH_BYDAY = {
    number + day[:2].upper(): ordinal + day for day in _ENGLISH_DAYS for number, ordinal in _ORDINALS.items()
}
_UNITS = {"HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}


@dataclass(frozen=True, slots=True)
class _Language:
    days: Sequence[str]
    months: Sequence[str]
    moment: str
    due: str
    late: str


_LANGUAGES: Mapping[str, _Language] = {
    "en": _Language(
        _ENGLISH_DAYS,
        _ENGLISH_MONTHS,
        "{day}, {number} {month} {year}, {clock} ({zone})",
        "You wanted to be reminded of this: {moment}.",
        "You wanted to be reminded of this on {moment}. It could not be told at that time.",
    ),
    "de": _Language(
        _GERMAN_DAYS,
        _GERMAN_MONTHS,
        "{day}, {number}. {month} {year}, {clock} Uhr ({zone})",
        "Daran wolltest du erinnert werden: {moment}.",
        "Daran wolltest du am {moment}, erinnert werden. Das ging zu dieser Zeit nicht.",
    ),
}


def message(language: str, local: datetime, zone: str, *, late: bool) -> str:
    """What a notification says beside the reminder's text. `language` is Nextcloud's code; English where unknown."""
    words = _LANGUAGES.get(language.partition("_")[0].partition("-")[0], _LANGUAGES["en"])
    moment = words.moment.format(
        day=words.days[local.weekday()],
        number=local.day,
        month=words.months[local.month - 1],
        year=local.year,
        clock=f"{local:%H:%M}",
        zone=zone,
    )
    return (words.late if late else words.due).format(moment=moment)


def on_day(local: datetime) -> str:
    """ "Friday, 6 March 2026" """
    return f"{_ENGLISH_DAYS[local.weekday()]}, {local.day} {_ENGLISH_MONTHS[local.month - 1]} {local.year}"


def every(rule: str, zone: ZoneInfo) -> str:
    """A recurrence rule in words: "every 2 weeks on Monday and Friday, 5 times". What has none is shown as it is."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    unit = _UNITS[parts.pop("FREQ")]
    interval = int(parts.pop("INTERVAL", "1"))
    said = f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
    days = [_ENGLISH_BYDAY.get(day) for day in parts.get("BYDAY", "").split(",")]
    if None not in days:
        del parts["BYDAY"]
        said += f" on {_listed([day for day in days if day])}"
    if parts.get("BYMONTHDAY", "").isdecimal():
        said += f" on day {parts.pop('BYMONTHDAY')}"
    end = ""
    if "COUNT" in parts:
        end = f", {parts.pop('COUNT')} times"
    if "UNTIL" in parts:
        end = f", until {on_day(until(parts.pop('UNTIL'), zone))}"
    rest = f" ({';'.join(f'{name}={value}' for name, value in parts.items())})" if parts else ""
    return f"{said}{rest}{end}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
