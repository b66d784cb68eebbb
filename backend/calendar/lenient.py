"""Reads iCalendar that is not quite iCalendar: what can be read of it, for showing. It is never written back."""

from collections.abc import Iterator

import icalendar
from icalendar.parser import Contentline, Contentlines

from backend.calendar import ics
from backend.errors import BadInput

_ENVELOPE = "VCALENDAR"


def read(data: str) -> icalendar.Calendar:
    """The calendar in the text; of text that is broken, every component that can be read by itself."""
    try:
        return ics.parse(data)
    except BadInput:
        pass
    calendar = icalendar.Calendar()
    zones: list[str] = []
    for text in sorted(_components(data), key=lambda one: not one.startswith("BEGIN:VTIMEZONE")):
        try:
            found = ics.parse(_enclosed([*zones, text]))
        except BadInput:
            continue
        calendar.subcomponents.append(found.subcomponents[-1])
        if text.startswith("BEGIN:VTIMEZONE"):
            zones.append(text)
    return calendar


def _components(data: str) -> Iterator[str]:
    """The outermost components in the text, envelopes aside, each complete and with lines that are well-formed only."""
    open_names: list[str] = []
    lines: list[str] = []
    for line in _lines(data):
        kind, _, name = line.partition(":")
        kind, name = kind.upper(), name.strip().upper()
        if kind in ("BEGIN", "END") and name == _ENVELOPE:
            open_names, lines = [], []
        elif kind == "BEGIN":
            open_names.append(name)
            lines.append(f"BEGIN:{name}")
        elif kind == "END":
            if open_names and open_names[-1] == name:
                open_names.pop()
                lines.append(f"END:{name}")
                if not open_names:
                    yield "\r\n".join(lines)
                    lines = []
        elif open_names:
            lines.append(line)


def _lines(data: str) -> Iterator[str]:
    for line in Contentlines.from_ical(data):  # type: ignore[no-untyped-call]
        try:
            Contentline(line).parts()  # type: ignore[no-untyped-call]
        except ValueError:
            continue
        yield str(line)


def _enclosed(components: list[str]) -> str:
    return "\r\n".join([f"BEGIN:{_ENVELOPE}", *components, f"END:{_ENVELOPE}", ""])
