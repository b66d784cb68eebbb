"""Calendars: every event, task and journal entry as a block under its summary (RFC 5545)."""

import re
from collections.abc import Iterator

from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.content_lines import ContentLine, content_lines
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

_ENTRIES = {"VEVENT", "VTODO", "VJOURNAL"}
_LABELS = {
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "COMPLETED": "Completed",
    "DURATION": "Duration",
    "RRULE": "Repeats",
    "LOCATION": "Location",
    "STATUS": "Status",
    "PRIORITY": "Priority",
    "CATEGORIES": "Categories",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "CONTACT": "Contact",
    "URL": "Link",
    "COMMENT": "Comment",
    "DESCRIPTION": "Description",
}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")


def read(source: Source) -> Iterator[Page]:
    """One page for the calendar."""
    page = PageWriter()
    entry: list[ContentLine] | None = None
    inside = 0  # components inside an entry, such as alarms
    for line in content_lines(source.path.read_bytes()):
        component = line.value.strip().upper()
        if line.name == "BEGIN":
            if entry is not None:
                inside += 1
            elif component in _ENTRIES:
                entry = []
        elif line.name == "END":
            if inside:
                inside -= 1
            elif entry is not None:
                _write(page, entry)
                entry = None
        elif entry is None:
            if line.name in ("X-WR-CALNAME", "NAME"):
                page.heading(line.text, 1)
        elif not inside:
            entry.append(line)
    if entry:  # the file was cut off
        _write(page, entry)
    if (written := page.page()) is not None:
        yield written


def _write(page: PageWriter, entry: list[ContentLine]) -> None:
    page.gap()
    for line in entry:
        if line.name == "SUMMARY":
            page.heading(line.text, 2)
    for name, label in _LABELS.items():
        for line in entry:
            if line.name == name and (shown := _shown(line)):
                page.line(f"{label}: {shown}")
    page.gap()


def _shown(line: ContentLine) -> str:
    if line.name in ("ORGANIZER", "ATTENDEE"):
        address = re.sub(r"^mailto:", "", line.value, flags=re.IGNORECASE)
        name = line.parameters.get("CN")
        return f"{name} <{address}>" if name and name != address else address
    if line.name in ("DTSTART", "DTEND", "DUE", "COMPLETED"):
        return _time(line)
    if line.name == "RRULE":
        return line.value.replace(";", ", ").replace("=", " ").lower()
    return line.text


def _time(line: ContentLine) -> str:
    """20240105T140000 as 2024-01-05 14:00, with the zone that it is given in."""
    match = _TIME.fullmatch(line.value.strip())
    if match is None:
        return line.text
    year, month, day, hour, minute, _, utc = match.groups()
    zone = "UTC" if utc else line.parameters.get("TZID", "")
    clock = f" {hour}:{minute} {zone}".rstrip() if hour else ""
    return f"{year}-{month}-{day}{clock}"
