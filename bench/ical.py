"""iCalendar as others write it, read by us: `python -m bench.ical FOLDER [--verbose]`.

- Every `*.ics` below the folder is read and laid out over 60 years, within the bounds of the product. Those that are
  valid enough to be edited are written and read again. A file of which nothing can be shown though it has events or
  tasks that begin and end counts as not read.
- Every `icalrecur_test*.txt` (libical's): rules with their instances. Each is laid out by `backend.calendar.expansion`
  and compared instance by instance. A start that is no instance of its own rule counts as one by RFC 5545 3.8.5.3 and
  not for libical; it is left out. Rules of other calendars (RSCALE, RFC 7529) are counted apart: we do not know them.
"""

import argparse
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.calendar import expansion, ics, lenient
from backend.calendar.event import Resource
from backend.errors import BadInput

_START = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2030, 1, 1, tzinfo=UTC)
_LIMIT = 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.ical", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name what went wrong")
    arguments = parser.parse_args()
    began = time.perf_counter()
    files = sorted(arguments.folder.rglob("*.ics"))
    wrong = [(file.name, reason) for file in files if (reason := _read(file)) is not None]
    print(f"files read and written back: {len(files) - len(wrong)} of {len(files)}")
    _name(wrong, arguments.verbose)
    cases = [case for file in sorted(arguments.folder.rglob("icalrecur_test*.txt")) for case in _cases(file)]
    ours = [case for case in cases if "RSCALE" not in case["RRULE"] and "***" not in case.get("INSTANCES", "***")]
    differing = [(case["RRULE"], reason) for case in ours if (reason := _differs(case)) is not None]
    print(f"rules with exactly their instances: {len(ours) - len(differing)} of {len(ours)}")
    print(f"rules of other calendars, not compared: {sum('RSCALE' in case['RRULE'] for case in cases)}")
    _name(differing, arguments.verbose)
    print(f"seconds: {time.perf_counter() - began:.1f}")
    sys.exit(1 if wrong or differing else 0)


def _name(wrong: list[tuple[str, str]], verbose: bool) -> None:
    for name, reason in wrong if verbose else ():
        print(f"  {name}: {reason}")


def _read(file: Path) -> str | None:
    """Why a file is not read; None when it is."""
    text = file.read_bytes().decode("utf-8", "replace")
    shown = lenient.read(text)
    whole = re.search(r"^BEGIN:(VEVENT|VTODO)\s*$.*^END:\1\s*$", text, re.DOTALL | re.MULTILINE)
    if whole and not shown.subcomponents:
        return "nothing can be shown of it"
    expansion.occurrences([Resource("/c/", "/c/1.ics", "1", text)], _START, _END, UTC, _LIMIT)
    try:
        calendar = ics.parse(text)
    except BadInput:
        return None
    again = ics.parse(ics.text(calendar))
    return None if len(again.walk()) == len(calendar.walk()) else "not the same after writing"


def _cases(file: Path) -> Iterator[dict[str, str]]:
    case: dict[str, str] = {}
    for line in [*file.read_text().splitlines(), ""]:
        if line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if colon:
            case[name.strip()] = value.strip()
        elif "RRULE" in case:
            yield case
            case = {}


def _differs(case: dict[str, str]) -> str | None:
    """How the instances of a rule differ; None when they are the same."""
    wanted = case["INSTANCES"].split(",")
    begins = case["DTSTART"].removesuffix("Z")
    days = "T" not in begins
    data = _event(case)
    try:
        last = datetime.fromisoformat(wanted[-1]).replace(tzinfo=UTC) + timedelta(seconds=1)
        found = expansion.occurrences([Resource("/c/", "/c/1.ics", "1", data)], _START, last, UTC, len(wanted) + 50)
    except ValueError as error:
        return repr(error)
    shown = [f"{one.event.start:%Y%m%d}" if days else f"{one.event.start:%Y%m%dT%H%M%S}" for one in found]
    if shown[:1] == [begins] and wanted[0].removesuffix("Z") != begins:
        del shown[0]
    shown = shown[: len(wanted)]
    if shown == [one.removesuffix("Z") for one in wanted]:
        return None
    return f"wanted {wanted[:4]}, got {shown[:4]}"


def _event(case: dict[str, str]) -> str:
    kind = ";VALUE=DATE" if "T" not in case["DTSTART"] else ""
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", f"DTSTART{kind}:{case['DTSTART']}"),
        *(f"RRULE:{case['RRULE']}", "END:VEVENT", "END:VCALENDAR", ""),
    )
    return "\r\n".join(lines)


if __name__ == "__main__":
    main()
