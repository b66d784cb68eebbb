"""Series for tests: made by rule, laid out instant by instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.calendar import expansion, ics
from backend.calendar.event import NewEvent, Occurrence, Resource
from backend.calendar.ics import Stamp
from backend.calendar.times import instant

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = Stamp("key-of-an-action", NOW)
FAR = timedelta(days=800)


def made(event: NewEvent) -> str:
    return ics.new_event(event, "series@test", STAMP)


def laid_out(*objects: str, zone: ZoneInfo = BERLIN) -> list[Occurrence]:
    """Everything in these objects."""
    resources = [Resource("/c/", f"/c/{number}.ics", "1", data) for number, data in enumerate(objects)]
    return expansion.occurrences(resources, NOW - FAR, NOW + FAR, zone, limit=5000)


def times(occurrences: list[Occurrence], zone: ZoneInfo = BERLIN) -> list[tuple[datetime, datetime, str]]:
    return [(instant(one.event.start, zone), instant(one.event.end, zone), one.event.title) for one in occurrences]
