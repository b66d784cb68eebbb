"""What an event says, whatever way a server writes it down: compared, judged by age, made ready for the other side."""

from datetime import UTC, datetime
from hashlib import sha256

import icalendar
from icalendar.prop import vDDDTypes

from backend.calendar import ics, properties

# Who wrote it and when says nothing about what is meant. Servers set these as they like.
_ASIDE = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "PRODID", "METHOD", "CALSCALE", ics.ACTION})
# Parameters that servers add to who is invited (RFC 6638 7).
_SCHEDULING = ("SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def uid_of(calendar: icalendar.Calendar) -> str | None:
    """The UID of the events in an object; None when it holds none."""
    return next((str(event["UID"]) for event in calendar.events if event.get("UID")), None)


def fingerprint(calendar: icalendar.Calendar) -> str:
    """The same for the same events, however their lines are folded and ordered."""
    told = sorted(_told(event) for event in calendar.events)
    return sha256("\n\n".join(told).encode()).hexdigest()


def age(calendar: icalendar.Calendar) -> tuple[int, datetime]:
    """By this the newer of two versions is known: SEQUENCE, then the last change (RFC 5546 2.1.5)."""
    ages = [
        (ics.sequence_of(event), max(_moment(event, "LAST-MODIFIED"), _moment(event, "DTSTAMP")))
        for event in calendar.events
    ]
    return max(ages, default=(0, _LONG_AGO))


def for_other_side(data: str, *, home: bool) -> str:
    """An object as it is written to the other side.

    Away from where it was made its invitations are not that server's business: it must send nobody anything (RFC 6638
    7.1). Coming `home`, that note is taken off again.
    """
    calendar = ics.parse(data)
    calendar.pop("METHOD", None)
    for event in calendar.events:
        event.pop(ics.ACTION, None)
        for name in ("ORGANIZER", "ATTENDEE"):
            for person in properties.listed(event, name):
                for parameter in _SCHEDULING:
                    person.params.pop(parameter, None)
                if not home:
                    person.params["SCHEDULE-AGENT"] = "CLIENT"
    return ics.text(calendar)


def _told(component: icalendar.Component) -> str:
    lines = []
    for name, value in component.property_items(recursive=False, sorted=True):
        if name.upper() in _ASIDE or name in ("BEGIN", "END"):
            continue
        params = {
            key.upper(): str(one)
            for key, one in getattr(value, "params", {}).items()
            if key.upper() not in _SCHEDULING and key.upper() != "VALUE"
        }
        content = value.to_ical() if hasattr(value, "to_ical") else value
        written = content.decode() if isinstance(content, bytes) else str(content)
        lines.append(f"{name.upper()};{sorted(params.items())}:{written}")
    inner = [_told(one) for one in component.subcomponents]
    return "\n".join([component.name or "", *sorted(lines), *sorted(inner)])


def _moment(event: icalendar.Event, name: str) -> datetime:
    value = event.get(name)
    at = value.dt if isinstance(value, vDDDTypes) else None
    if not isinstance(at, datetime):
        return _LONG_AGO
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
