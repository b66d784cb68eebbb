"""Dates and times of day as every language may meet them: ISO 8601, digits with full stops or slashes, clocks."""

import re
from datetime import date

from backend.speech.spoken.language import Language
from backend.speech.spoken.rule import Rule, before, rule

_CLOCK = r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(?![\d:])"
_ZONE = r"(Z(?!\w)|[+-](?:0\d|1[0-4]):?[0-5]\d)?"
# A zone of the IANA database is called by its city.
_ZONE_NAME = (
    r"(?<!\w)(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/([A-Z][\w/-]*\w)"
)
_LONGEST_MONTH = 12


def rules(language: Language) -> list[Rule]:
    """The rules for a language, in the order in which they are tried."""
    return _Dates(language).rules()


class _Dates:
    def __init__(self, language: Language) -> None:
        self._language = language

    def rules(self) -> list[Rule]:
        """Dates with times before dates, dates before times."""
        iso = r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})"
        return [
            rule(rf"{iso}[T ]{_CLOCK}{_ZONE}", self._iso_moment),
            rule(rf"{iso}(?![\d-])", self._iso),
            rule(r"(?<![\d-])((?:19|20)\d{2})-(0[1-9]|1[0-2])(?![\d-])", self._iso_month),
            rule(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d{2}|\d{2}(?!\d))(?!\.?\d)", self._dotted),
            rule(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)\d{2})(?![\d/])", self._slashed),
            rule(r"(?<![\d/])(0?[1-9]|1[0-2])/((?:19|20)\d{2})(?![\d/])", self._month_and_year),
            rule(_ZONE_NAME, lambda found: found.group(1).replace("_", " ").replace("/", ", ")),
            rule(rf"(?<![\d:]){_CLOCK}\s?[-–—]\s?{_CLOCK}", self._clocks),
            rule(rf"(?<![\d:]){_CLOCK}(?=Z(?!\w)|[^\w]|$)", self._clock),
        ]

    def _iso(self, found: re.Match[str]) -> str | None:
        return self._day(found, *(int(part) for part in found.groups()[:3]))

    def _iso_moment(self, found: re.Match[str]) -> str | None:
        day = self._iso(found)
        if day is None:
            return None
        hour, minute, second, zone = found.groups()[3:]
        return f"{day}, {self._time(hour, minute, second)}{self._zone(zone)}"

    def _dotted(self, found: re.Match[str]) -> str | None:
        """Day, month, year: dates with full stops are written in this order only."""
        day, month, year = found.groups()
        if len(year) == 2 and " " in found.group():
            return None
        return self._day(found, int(year), int(month), int(day))

    def _slashed(self, found: re.Match[str]) -> str | None:
        """Where day and month could be either, they are read as they stand: a wrong month would be worse."""
        first, second, year = (int(part) for part in found.groups())
        if first > _LONGEST_MONTH or first == second:
            return self._day(found, year, second, first)
        if second > _LONGEST_MONTH:
            return self._day(found, year, first, second)
        language = self._language
        return f"{language.cardinal(first)}, {language.cardinal(second)}, {language.year(year)}"

    def _month_and_year(self, found: re.Match[str]) -> str:
        return f"{self._language.months[int(found.group(1)) - 1]} {self._language.year(int(found.group(2)))}"

    def _iso_month(self, found: re.Match[str]) -> str:
        return f"{self._language.months[int(found.group(2)) - 1]} {self._language.year(int(found.group(1)))}"

    def _clock(self, found: re.Match[str]) -> str:
        return self._time(*found.groups())

    def _clocks(self, found: re.Match[str]) -> str:
        times = found.groups()
        return f"{self._time(*times[:3])} {self._language.signs.to} {self._time(*times[3:])}"

    def _time(self, hour: str, minute: str, second: str | None) -> str:
        said = self._language.clock(int(hour), int(minute))
        if second and int(second):
            said += " " + self._language.signs.seconds.format(self._language.cardinal(int(second)))
        return said

    def _zone(self, zone: str | None) -> str:
        language = self._language
        if not zone:
            return ""
        hours, minutes = (0, 0) if zone == "Z" else (int(zone[1:3]), int(zone[-2:]))
        if not (hours or minutes):
            return " U-T-C"
        sign = language.signs.plus if zone[0] == "+" else language.signs.minus
        return f" U-T-C {sign} {language.clock(hours, minutes) if minutes else language.cardinal(hours)}"

    def _day(self, found: re.Match[str], year: int, month: int, day: int) -> str | None:
        try:
            date(year if year else 2000, month, day)
        except ValueError:
            return None
        return self._language.day(day, month, year, before(found))
