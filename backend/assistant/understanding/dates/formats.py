"""Dates and times written in figures: 2015-03-03, 3/3/15, 15.3., 16:30, 9h30, 730pm."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from backend.assistant.understanding.dates import clocks, days, joining
from backend.assistant.understanding.dates.chart import Edge
from backend.assistant.understanding.dates.values import Number, Time
from backend.assistant.understanding.tokens import Token

Order = Literal["mdy", "dmy"]

# A figure is not part of a longer run of figures and signs: 650.650.6500 and 10:30:99 are no times.
_LEFT = r"(?<![\w:.,/])"
_RIGHT = r"(?![:.,/]?\d)(?![^\W\d_])"
_MERIDIEM = r"(?P<half>\s?[ap]\.?\s?m\b\.?|[ap]\b(?!['’])\.?)"


def _year(text: str) -> int:
    """Two digits mean the years 1951 to 2050."""
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year <= 50 else 1900)


def _clock(match: re.Match[str]) -> Time | None:
    groups = match.groupdict()
    hour, minute = int(groups["hour"]), int(groups["minute"])
    second = int(groups["second"]) if groups.get("second") else None
    half = groups.get("half")
    padded = groups["hour"].startswith("0")
    either = 0 < hour <= 12 and (half is not None or not (padded or groups.get("full")))
    time = clocks.clock(hour, minute, second, twelve=either)
    return time if half is None or time is None else clocks.in_half(time, "p" in half)


def _maybe_clock(match: re.Match[str]) -> Time | None:
    """ "15.30" may as well be a price: a time where it is the whole text, or in company."""
    time = _clock(match)
    return None if time is None else replace(time, weak=True)


def _full_hour(match: re.Match[str]) -> Time | None:
    return clocks.clock(int(match["hour"]), 0, latent=True)


def _quarter(match: re.Match[str]) -> Time | None:
    in_year = days.spoken_year(Number(_year(match["year"]), digits=4)) if match["year"] else None
    return days.quarter_number(Number(int(match["quarter"])), in_year)


def _hour_half(match: re.Match[str]) -> Time | None:
    time = clocks.clock(int(match["hour"]), twelve=True)
    if time is None:
        return None
    # "4a" alone is more often a label than a time.
    return replace(clocks.in_half(time, "p" in match["half"]), latent=match["half"].strip(".") == "a")


def _date(match: re.Match[str]) -> Time | None:
    groups = match.groupdict()
    month, day = int(groups["month"]), int(groups["day"])
    if groups.get("year"):
        return days.date(_year(groups["year"]), month, day)
    return days.month_day(month, day)


def _month(match: re.Match[str]) -> Time | None:
    return days.month_of_year(int(match["month"]), int(match["year"]))


def _moment(match: re.Match[str]) -> Time | None:
    try:
        moment = datetime.fromisoformat(match.group().replace(" ", "T").upper())
    except ValueError:
        return None
    day = days.date(moment.year, moment.month, moment.day)
    time = clocks.clock(
        moment.hour, moment.minute, moment.second if match.group().count(":") > 1 + ("+" in match.group()) else None
    )
    if day is None or time is None:
        return None
    whole = joining.intersect(day, time)
    if whole is None or moment.tzinfo is None:
        return whole
    return joining.in_zone(whole, str(moment.tzinfo))


_MONTH, _DAY, _YEAR = r"(?P<month>0?[1-9]|1[0-2])", r"(?P<day>0?[1-9]|[12]\d|3[01])", r"(?P<year>\d{4}|\d{2})"
_BOTH: list[tuple[str, Callable[[re.Match[str]], Time | None]]] = [
    (r"\d{4}-\d\d-\d\d[tT ]\d\d:\d\d(?::\d\d)?(?:[zZ]|[+-]\d\d:\d\d)?", _moment),
    (r"(?P<year>\d{4})[-/.](?P<month>0?[1-9]|1[0-2])[-/.](?P<day>0?[1-9]|[12]\d|3[01])", _date),
    (r"(?P<year>\d{4})[-/](?P<month>0?[1-9]|1[0-2])", _month),
    (r"(?P<month>0?[1-9]|1[0-2])[-/](?P<year>\d{4})", _month),
    (rf"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?{_MERIDIEM}?", _clock),
    (r"(?P<hour>[01]?\d|2[0-4])(?P<full>h)(?P<minute>[0-5]\d)", _clock),
    (r"(?P<hour>[01]?\d|2[0-4])h", _full_hour),
    (r"(?P<year>\d{4}|\d{2})?\s?q(?P<quarter>[1-4])", _quarter),
]
_ORDERED: dict[Order, list[tuple[str, Callable[[re.Match[str]], Time | None]]]] = {
    "mdy": [
        (rf"{_MONTH}[./-]{_DAY}[./-]{_YEAR}", _date),
        # The other order where only that one is possible.
        (rf"(?P<day>1[3-9]|2\d|3[01])[./]{_MONTH}[./]{_YEAR}", _date),
        (rf"(?P<day>1[3-9]|2\d|3[01])-{_MONTH}-(?P<year>\d{{4}})", _date),
        # Hyphens with two digits throughout stand in the order of ISO 8601.
        (r"(?P<year>1[3-9]|[2-9]\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])", _date),
        (rf"(?P<day>1[3-9]|2\d|3[01])/{_MONTH}", _date),
        (rf"{_MONTH}[/-]{_DAY}", _date),
        (rf"(?<!\d\d-)(?P<hour>0?[1-9]|1[0-2])\s?(?P<minute>[0-5]\d){_MERIDIEM}", _clock),
        (rf"(?P<hour>0?[1-9]|1[0-2])[.](?P<minute>[0-5]\d){_MERIDIEM}?", _clock),
        (r"(?P<hour>1[3-9]|2[0-3])[.](?P<minute>[0-5]\d)", _maybe_clock),
        (rf"(?<!\d\d-)(?P<hour>0?[1-9]|1[0-2]){_MERIDIEM}", _hour_half),
    ],
    "dmy": [
        (rf"{_DAY}[./-]{_MONTH}[./-]{_YEAR}", _date),
        (rf"{_DAY}\.\s?{_MONTH}\.", _date),
        (rf"{_DAY}[/]{_MONTH}", _date),
        (r"(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)(?=\s?uhr)", _clock),
    ],
}


class Formats:
    """The written forms of a language; `order` says whether the month or the day comes first."""

    def __init__(self, order: Order) -> None:
        self._forms = [(re.compile(_LEFT + form + _RIGHT), make) for form, make in _BOTH + _ORDERED[order]]

    def edges(self, text: str, tokens: Sequence[Token]) -> Iterator[Edge]:
        """Every written date or time in `text`, placed on `tokens`."""
        lowered = text.lower()
        if len(lowered) != len(text) or not any(sign.isdigit() for sign in text):
            return
        starts = {token.start: index for index, token in enumerate(tokens)}
        ends = {token.end: index + 1 for index, token in enumerate(tokens)}
        for form, make in self._forms:
            for match in form.finditer(lowered):
                start, end = starts.get(match.start()), ends.get(match.end())
                if end is None and match.group().endswith("."):
                    end = ends.get(match.end() - 1)  # the full stop of "p.m." may end the sentence as well
                value = make(match) if start is not None and end is not None else None
                if start is not None and end is not None and value is not None:
                    yield Edge(start, end, value, 0.2)
