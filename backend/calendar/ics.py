"""iCalendar text (RFC 5545) to typed events and back; what is there is edited in place, so that what we do not know
(X- properties, zones, alarms, other overrides) stays as it is."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import icalendar
from icalendar.prop import vCalAddress, vDDDLists, vDDDTypes, vRecur, vText

from backend.calendar.event import Attendee, Change, Event, NewEvent, NewTask, Person, Resource, Task
from backend.calendar.times import When, after, instant, is_day, is_second, zone_name
from backend.errors import BadInput

FLOATING = "floating"
"""`Event.zone` of a time without any zone, which is read wherever one is."""

ACTION = "X-VOICEASSIST-ACTION"
"""Which action wrote a component last: by it a change is found after a crash."""

_PRODID = "-//VoiceAssist//VoiceAssist for Nextcloud//EN"
# Alarms that a person sees or hears; others (mails to somebody) are left alone.
_REMINDERS = frozenset({"DISPLAY", "AUDIO"})
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes, and when: `key` is the action's."""

    key: str
    now: datetime


def parse(data: str) -> icalendar.Calendar:
    """The first VCALENDAR in the text. Raises `BadInput` when there is none."""
    try:
        found = icalendar.Calendar.from_ical(data)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise BadInput("This calendar entry cannot be read: it is not valid iCalendar.") from error
    if not isinstance(found, icalendar.Calendar):
        raise BadInput("This calendar entry cannot be read: it is not an iCalendar object.")
    return found


def text(calendar: icalendar.Calendar) -> str:
    """The VCALENDAR as text, its properties in their order."""
    written: bytes = calendar.to_ical(sorted=False)
    return written.decode()


def master(calendar: icalendar.Calendar) -> icalendar.Event | None:
    """The VEVENT that stands for the event or the series; None when only single occurrences are there."""
    return next((event for event in calendar.events if "RECURRENCE-ID" not in event), None)


def overrides(calendar: icalendar.Calendar) -> list[icalendar.Event]:
    """The VEVENTs of single occurrences that differ from their series."""
    return [event for event in calendar.events if "RECURRENCE-ID" in event]


def read(component: icalendar.Event, zone: tzinfo) -> Event:
    """A VEVENT as an event. `zone` is the reader's, for times without one. Raises `BadInput` when it has no start."""
    written = when(component, "DTSTART")
    if written is None:
        raise BadInput("This calendar entry has no start.")
    start = aware(written, zone)
    organizer = component.get("ORGANIZER")
    rule = component.get("RRULE")
    original = when(component, "RECURRENCE-ID")
    return Event(
        uid=_text(component, "UID"),
        title=_text(component, "SUMMARY"),
        start=start,
        end=_end(component, start, zone),
        zone=tzid(component),
        location=_text(component, "LOCATION"),
        notes=_text(component, "DESCRIPTION"),
        organizer=_person(organizer) if organizer is not None else None,
        attendees=tuple(
            Attendee(_person(one), str(one.params.get("PARTSTAT", "NEEDS-ACTION")).lower())
            for one in listed(component, "ATTENDEE")
        ),
        rule=rule_text(rule) if isinstance(rule, vRecur) else None,
        recurrence_id=aware(original, zone) if original is not None else None,
        reminders=tuple(sorted(_minutes(component, start))),
        sequence=_number(component, "SEQUENCE"),
        busy=_text(component, "TRANSP").upper() != "TRANSPARENT",
        cancelled=_text(component, "STATUS").upper() == "CANCELLED",
    )


def read_task(component: icalendar.Todo, resource: Resource, zone: tzinfo) -> Task:
    """A VTODO as a task."""
    due = when(component, "DUE")
    return Task(
        uid=_text(component, "UID"),
        title=_text(component, "SUMMARY"),
        due=aware(due, zone) if due is not None else None,
        done=_text(component, "STATUS").upper() in ("COMPLETED", "CANCELLED") or "COMPLETED" in component,
        notes=_text(component, "DESCRIPTION"),
        resource=resource,
    )


def new_event(event: NewEvent, uid: str, stamp: Stamp, organizer: Person | None = None) -> str:
    """A VCALENDAR with one new event, its time zone included."""
    component = icalendar.Event()
    component.add("UID", uid)
    component.add("CREATED", stamp.now.astimezone(UTC))
    component.add("SUMMARY", event.title)
    set_time(component, "DTSTART", event.start)
    set_time(component, "DTEND", event.end)
    if event.rule is not None:
        component.add("RRULE", vRecur.from_ical(event.rule))
    _set_text(component, "LOCATION", event.location)
    _set_text(component, "DESCRIPTION", event.notes)
    _set_people(component, event.people, organizer)
    _set_reminders(component, event.reminders)
    touch(component, stamp, sequence=0)
    return text(_around(component))


def new_task(task: NewTask, uid: str, stamp: Stamp) -> str:
    """A VCALENDAR with one new task."""
    component = icalendar.Todo()
    component.add("UID", uid)
    component.add("CREATED", stamp.now.astimezone(UTC))
    component.add("SUMMARY", task.title)
    if task.due is not None:
        set_time(component, "DUE", task.due)
    _set_text(component, "DESCRIPTION", task.notes)
    component.add("STATUS", "NEEDS-ACTION")
    touch(component, stamp, sequence=0)
    return text(_around(component))


def complete(component: icalendar.Todo, stamp: Stamp) -> None:
    """Make a task done (RFC 5545 3.8.1.11)."""
    _replace(component, "STATUS", "COMPLETED")
    _replace(component, "COMPLETED", stamp.now.astimezone(UTC))
    _replace(component, "PERCENT-COMPLETE", 100)
    touch(component, stamp, sequence=_number(component, "SEQUENCE"))


def apply(component: icalendar.Event, change: Change, stamp: Stamp, organizer: Person | None = None) -> None:
    """Change a VEVENT. Who was invited is asked anew when it takes place at another time (RFC 5546 3.2.2)."""
    if change.title is not None:
        _set_text(component, "SUMMARY", change.title)
    if change.location is not None:
        _set_text(component, "LOCATION", change.location)
    if change.notes is not None:
        _set_text(component, "DESCRIPTION", change.notes)
    if change.start is not None and change.end is not None:
        set_span(component, change.start, change.end)
        ask_again(component)
    if change.people is not None:
        _set_people(component, change.people, organizer)
    if change.reminders is not None:
        _set_reminders(component, change.reminders)
    touch(component, stamp, sequence=_number(component, "SEQUENCE") + 1)


def touch(component: icalendar.Component, stamp: Stamp, *, sequence: int) -> None:
    """Note who wrote a component, when, and its how-manieth version it is."""
    now = stamp.now.astimezone(UTC).replace(microsecond=0)
    _replace(component, "DTSTAMP", now)
    _replace(component, "LAST-MODIFIED", now)
    _replace(component, "SEQUENCE", sequence)
    _replace(component, ACTION, vText(stamp.key))


def sequence_of(component: icalendar.Component) -> int:
    """The SEQUENCE of a component, 0 without one."""
    return _number(component, "SEQUENCE")


def set_time(component: icalendar.Component, name: str, when: When, zone: str | None = None) -> None:
    """Set a property to a day or a moment, with the TZID `zone`, by default that of the moment."""
    component.pop(name, None)
    component[name] = timed(when, zone)


def timed(when: When, zone: str | None = None) -> vDDDTypes:
    """A day or a moment as a value with its TZID. The later of two equal wall-clock times can be said in UTC only."""
    if not isinstance(when, datetime):
        return _value(when)
    if zone == FLOATING:
        return vDDDTypes(when.replace(tzinfo=None, fold=0))
    name = zone or zone_name(when.tzinfo)
    if name == "UTC" or is_second(when):
        return vDDDTypes(when.astimezone(UTC))
    value = vDDDTypes(when)
    value.params["TZID"] = name
    return value


def set_span(component: icalendar.Event, start: When, end: When) -> None:
    """Let an event take place from `start` to `end`; in the zone that it had, its TZID stays as it was written."""
    former = when(component, "DTSTART")
    same_zone = isinstance(former, datetime) and isinstance(start, datetime) and _is_same(former.tzinfo, start.tzinfo)
    floats = isinstance(former, datetime) and former.tzinfo is None
    zone = FLOATING if floats else tzid(component) if same_zone else None
    component.pop("DURATION", None)
    set_time(component, "DTSTART", start, zone)
    set_time(component, "DTEND", end, zone)


def when(component: icalendar.Component, name: str) -> When | None:
    """The day or moment of a property as it is written; None without one that can be read."""
    value = component.get(name)
    return value.dt if isinstance(value, vDDDTypes) and isinstance(value.dt, date) else None


def tzid(component: icalendar.Component, name: str = "DTSTART") -> str | None:
    """The TZID of a property as it is written; `FLOATING` without any zone, None for days and for UTC."""
    value = component.get(name)
    if not isinstance(value, vDDDTypes) or not isinstance(value.dt, datetime):
        return None
    if value.dt.tzinfo is None:
        return FLOATING
    written = value.params.get("TZID")
    return str(written) if written else None


def rule_text(rule: vRecur) -> str:
    """A recurrence rule as it is written."""
    written: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
    return written.decode()


def add_zones(calendar: icalendar.Calendar) -> None:
    """Bring the definition (VTIMEZONE) of every zone that is used and not there yet."""
    years = [
        written.year
        for component in calendar.walk()
        if component.name in ("VEVENT", "VTODO")
        for name in ("DTSTART", "DUE")
        if (written := when(component, name)) is not None
    ]
    calendar.add_missing_timezones(first_date=date(max(1970, min(years, default=1970) - 1), 1, 1))


def moments(component: icalendar.Event, name: str) -> list[When]:
    """The days or moments of EXDATE or RDATE, as written; periods by their begin."""
    found: list[When] = []
    for value in listed(component, name):
        for one in value.dts if isinstance(value, vDDDLists) else ():
            begin = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if isinstance(begin, date):
                found.append(begin)
    return found


def set_moments(component: icalendar.Event, name: str, moments: Iterable[When], zone: str | None) -> None:
    """Write EXDATE or RDATE anew, one line for each."""
    component.pop(name, None)
    lines = []
    for moment in moments:
        value = timed(moment, zone)
        line = vDDDLists([value.dt])
        line.params = deepcopy(value.params)
        lines.append(line)
    if lines:
        component[name] = lines


def listed(component: icalendar.Component, name: str) -> list[Any]:
    """All values of a property that may be there once, several times or not; of icalendar's own types."""
    value = component.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def aware(when: When, zone: tzinfo) -> When:
    """A moment without a zone in `zone`; UTC in its one form."""
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None:
        return when.replace(tzinfo=zone)
    return when.astimezone(UTC) if zone_name(when.tzinfo) == "UTC" else when


def same(one: When, other: When, zone: tzinfo) -> bool:
    """Whether two values name the same occurrence."""
    if is_day(one) != is_day(other):
        return False
    return instant(aware(one, zone), zone) == instant(aware(other, zone), zone)


def address(value: object) -> str:
    """A calendar user's mail address, in lower case."""
    written = str(value)
    return (written[7:] if written.lower().startswith("mailto:") else written).lower()


def calendar_user(person: Person) -> vCalAddress:
    """Somebody as CAL-ADDRESS."""
    value = vCalAddress(f"mailto:{person.address}")
    if person.name:
        value.params["CN"] = person.name
    return value


def _value(when: date) -> vDDDTypes:
    value = vDDDTypes(when)
    value.params["VALUE"] = "DATE"
    return value


def _around(component: icalendar.Component) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", _PRODID)
    calendar.add_component(component)
    add_zones(calendar)
    return calendar


def _end(component: icalendar.Event, start: When, zone: tzinfo) -> When:
    """When it ends (RFC 5545 3.6.1): as it says, or a day later for a day, or at once. Never before its start."""
    ended, lasts = when(component, "DTEND"), component.get("DURATION")
    end: When
    if ended is not None and is_day(ended) == is_day(start):
        end = aware(ended, zone)
    elif lasts is not None and isinstance(lasts.dt, timedelta):
        end = after(start, lasts.dt)
    else:
        end = start
    if is_day(start):
        return max(end, start + timedelta(days=1))
    return end if instant(end, zone) >= instant(start, zone) else start


def _minutes(component: icalendar.Event, start: When) -> Iterable[int]:
    for alarm in component.walk("VALARM"):
        if _text(alarm, "ACTION").upper() not in _REMINDERS:
            continue
        trigger = alarm.get("TRIGGER")
        at = getattr(trigger, "dt", None)
        if isinstance(at, timedelta) and str(trigger.params.get("RELATED", "START")).upper() == "START":
            yield -int(at / _MINUTE)
        elif isinstance(at, datetime) and isinstance(start, datetime) and at.tzinfo is not None:
            yield int((start - at) / _MINUTE)


def _set_reminders(component: icalendar.Event, minutes: Sequence[int]) -> None:
    component.subcomponents = [
        alarm
        for alarm in component.subcomponents
        if alarm.name != "VALARM" or _text(alarm, "ACTION").upper() not in _REMINDERS
    ]
    for before in minutes:
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", _text(component, "SUMMARY") or "Reminder")
        alarm.add("TRIGGER", timedelta(minutes=-before))
        component.add_component(alarm)


def _set_people(component: icalendar.Event, people: Sequence[Person], organizer: Person | None) -> None:
    """Invite these and nobody else; who was invited keeps what is known about the invitation."""
    kept = {address(one): one for one in listed(component, "ATTENDEE")}
    host = component.get("ORGANIZER")
    own = address(host) if host is not None else organizer.address.lower() if organizer else ""
    component.pop("ATTENDEE", None)
    if not people:
        component.pop("ORGANIZER", None)
        return
    if host is None and organizer is not None:
        component["ORGANIZER"] = calendar_user(organizer)
    lines = [kept[own]] if own in kept else []
    for person in people:
        if person.address.lower() == own:
            continue
        line = kept.get(person.address.lower())
        if line is None:
            line = calendar_user(person)
            line.params.update({"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT"})
            line.params.update({"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})
        lines.append(line)
    component["ATTENDEE"] = lines


def ask_again(component: icalendar.Event) -> None:
    """Ask everybody who is invited anew whether they come."""
    host = component.get("ORGANIZER")
    for one in listed(component, "ATTENDEE"):
        if isinstance(one, vCalAddress) and (host is None or address(one) != address(host)):
            one.params.update({"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})


def _person(value: object) -> Person:
    params = getattr(value, "params", {})
    return Person(str(params.get("CN", "")), address(value))


def _is_same(one: tzinfo | None, other: tzinfo | None) -> bool:
    return one is other or (one is not None and other is not None and zone_name(one) == zone_name(other))


def _text(component: icalendar.Component, name: str) -> str:
    value = component.get(name)
    if isinstance(value, list):
        value = value[0]
    return "" if value is None else str(value)


def _set_text(component: icalendar.Component, name: str, value: str) -> None:
    former = component.get(name)
    component.pop(name, None)
    if value:
        component.add(name, value)
        # A note in HTML beside the text (ALTREP) would go on saying what it said; a language stays.
        language = former.params.get("LANGUAGE") if isinstance(former, vText) else None
        if language:
            component[name].params["LANGUAGE"] = language


def _replace(component: icalendar.Component, name: str, value: object) -> None:
    component.pop(name, None)
    component.add(name, value)


def _number(component: icalendar.Component, name: str) -> int:
    try:
        return int(component.get(name, 0))
    except (TypeError, ValueError):
        return 0
