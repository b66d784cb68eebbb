"""Who is busy when: oneself by one's own events, others by what the server tells (RFC 6638 5), or unknown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from uuid import NAMESPACE_URL, uuid5

import icalendar
from icalendar.prop import vCalAddress, vPeriod

from backend.calendar import ics, properties
from backend.calendar.client import CalDav, Scheduling
from backend.calendar.event import Occurrence, Person
from backend.calendar.times import instant
from backend.errors import BadInput, NotAllowed, NotFound

_CAL = "{urn:ietf:params:xml:ns:caldav}"
_BUSY = frozenset({"BUSY", "BUSY-UNAVAILABLE", "BUSY-TENTATIVE"})


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, in UTC; `end` is exclusive."""

    start: datetime
    end: datetime


Busy = tuple[Span, ...] | None
"""When somebody is busy; None: not known."""


def busy_of(occurrences: Iterable[Occurrence], start: datetime, end: datetime, zone: tzinfo) -> list[Span]:
    """When these occurrences take one's time."""
    return joined(
        Span(instant(one.event.start, zone), instant(one.event.end, zone))
        for one in occurrences
        if one.event.busy and not one.event.cancelled
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that neither touch nor overlap, in order."""
    result: list[Span] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


async def of_others(
    client: CalDav, scheduling: Scheduling, people: Sequence[Person], start: datetime, end: datetime, now: datetime
) -> dict[str, Busy]:
    """When others are busy, by address in lower case. Who cannot be asked for is unknown, not free."""
    unknown: dict[str, Busy] = {person.address.lower(): None for person in people}
    if not people or scheduling.outbox is None or not scheduling.addresses:
        return unknown
    asked = _question(scheduling.addresses[0], list(unknown), start, end, now)
    try:
        document = await client.post_scheduling(scheduling.outbox, asked)
    except (BadInput, NotAllowed, NotFound):  # a server that has an outbox and does not let us ask
        return unknown
    for response in document.iter(f"{_CAL}response"):
        status = (response.findtext(f"{_CAL}request-status") or "").strip()
        data = response.findtext(f"{_CAL}calendar-data")
        recipient = "".join(response.find(f"{_CAL}recipient").itertext()).strip()
        if status.startswith("2.") and data:
            unknown[ics.address(recipient)] = tuple(joined(_spans(data)))
    return unknown


def _question(me: str, addresses: Sequence[str], start: datetime, end: datetime, now: datetime) -> str:
    request = icalendar.FreeBusy()
    request.add("UID", str(uuid5(NAMESPACE_URL, f"{me} {start.isoformat()} {end.isoformat()} {now.isoformat()}")))
    request.add("DTSTAMP", now.astimezone(UTC))
    request.add("DTSTART", start.astimezone(UTC))
    request.add("DTEND", end.astimezone(UTC))
    request["ORGANIZER"] = vCalAddress(f"mailto:{me}")
    request["ATTENDEE"] = [vCalAddress(f"mailto:{one}") for one in addresses]
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//VoiceAssist//VoiceAssist for Nextcloud//EN")
    calendar.add("METHOD", "REQUEST")
    calendar.add_component(request)
    return ics.text(calendar)


def _spans(data: str) -> Iterable[Span]:
    for component in ics.parse(data).walk("VFREEBUSY"):
        for value in properties.listed(component, "FREEBUSY"):
            for period in value if isinstance(value, list) else [value]:
                if isinstance(period, vPeriod) and str(period.params.get("FBTYPE", "BUSY")).upper() in _BUSY:
                    yield Span(period.start.astimezone(UTC), period.end.astimezone(UTC))
