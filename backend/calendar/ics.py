"""iCalendar text (RFC 5545) to typed events and back; what is there is edited in place, so that what we do not know
(X- properties, zones, alarms, other overrides) stays as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import icalendar
from icalendar.prop import vCalAddress, vRecur, vText

from backend.calendar import properties
from backend.calendar.event import Attendee, Change, Event, NewEvent, NewTask, Person, Resource, Task
from backend.calendar.times import When, after, instant, is_day
from backend.errors import BadInput

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
    written = properties.when(component, "DTSTART")
    if written is None:
        raise BadInput("This calendar entry has no start.")
    start = properties.aware(written, zone)
    organizer = component.get("ORGANIZER")
    rule = component.get("RRULE")
    original = properties.when(component, "RECURRENCE-ID")
    return Event(
        uid=properties.text(component, "UID"),
        title=properties.text(component, "SUMMARY"),
        start=start,
        end=_end(component, start, zone),
        zone=properties.tzid(component),
        location=properties.text(component, "LOCATION"),
        notes=properties.text(component, "DESCRIPTION"),
        organizer=_person(organizer) if organizer is not None else None,
        attendees=tuple(
            Attendee(_person(one), str(one.params.get("PARTSTAT", "NEEDS-ACTION")).lower())
            for one in properties.listed(component, "ATTENDEE")
        ),
        rule=rule_text(rule) if isinstance(rule, vRecur) else None,
        recurrence_id=properties.aware(original, zone) if original is not None else None,
        reminders=tuple(sorted(_minutes(component, start))),
        sequence=properties.number(component, "SEQUENCE"),
        busy=properties.text(component, "TRANSP").upper() != "TRANSPARENT",
        cancelled=properties.text(component, "STATUS").upper() == "CANCELLED",
    )


def read_task(component: icalendar.Todo, resource: Resource, zone: tzinfo) -> Task:
    """A VTODO as a task."""
    due = properties.when(component, "DUE")
    return Task(
        uid=properties.text(component, "UID"),
        title=properties.text(component, "SUMMARY"),
        due=properties.aware(due, zone) if due is not None else None,
        done=properties.text(component, "STATUS").upper() in ("COMPLETED", "CANCELLED") or "COMPLETED" in component,
        notes=properties.text(component, "DESCRIPTION"),
        resource=resource,
    )


def new_event(event: NewEvent, uid: str, stamp: Stamp, organizer: Person | None = None) -> str:
    """A VCALENDAR with one new event, its time zone included."""
    component = icalendar.Event()
    component.add("UID", uid)
    component.add("CREATED", stamp.now.astimezone(UTC))
    component.add("SUMMARY", event.title)
    properties.set_time(component, "DTSTART", event.start)
    properties.set_time(component, "DTEND", event.end)
    if event.rule is not None:
        component.add("RRULE", vRecur.from_ical(event.rule))
    properties.set_text(component, "LOCATION", event.location)
    properties.set_text(component, "DESCRIPTION", event.notes)
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
        properties.set_time(component, "DUE", task.due)
    properties.set_text(component, "DESCRIPTION", task.notes)
    component.add("STATUS", "NEEDS-ACTION")
    touch(component, stamp, sequence=0)
    return text(_around(component))


def complete(component: icalendar.Todo, stamp: Stamp) -> None:
    """Make a task done (RFC 5545 3.8.1.11)."""
    properties.put(component, "STATUS", "COMPLETED")
    properties.put(component, "COMPLETED", stamp.now.astimezone(UTC))
    properties.put(component, "PERCENT-COMPLETE", 100)
    touch(component, stamp, sequence=properties.number(component, "SEQUENCE"))


def apply(component: icalendar.Event, change: Change, stamp: Stamp, organizer: Person | None = None) -> None:
    """Change a VEVENT. Who was invited is asked anew when it takes place at another time (RFC 5546 3.2.2)."""
    if change.title is not None:
        properties.set_text(component, "SUMMARY", change.title)
    if change.location is not None:
        properties.set_text(component, "LOCATION", change.location)
    if change.notes is not None:
        properties.set_text(component, "DESCRIPTION", change.notes)
    if change.start is not None and change.end is not None:
        properties.set_span(component, change.start, change.end)
        ask_again(component)
    if change.people is not None:
        _set_people(component, change.people, organizer)
    if change.reminders is not None:
        _set_reminders(component, change.reminders)
    touch(component, stamp, sequence=properties.number(component, "SEQUENCE") + 1)


def touch(component: icalendar.Component, stamp: Stamp, *, sequence: int) -> None:
    """Note who wrote a component, when, and its how-manieth version it is."""
    now = stamp.now.astimezone(UTC).replace(microsecond=0)
    properties.put(component, "DTSTAMP", now)
    properties.put(component, "LAST-MODIFIED", now)
    properties.put(component, "SEQUENCE", sequence)
    properties.put(component, ACTION, vText(stamp.key))


def sequence_of(component: icalendar.Component) -> int:
    """The SEQUENCE of a component, 0 without one."""
    return properties.number(component, "SEQUENCE")


def uid_of(data: str) -> str:
    """The UID of an object; all of its components have the same (RFC 4791 4.1)."""
    return next((str(one["UID"]) for one in parse(data).walk() if "UID" in one), "")


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
        if (written := properties.when(component, name)) is not None
    ]
    calendar.add_missing_timezones(first_date=date(max(1970, min(years, default=1970) - 1), 1, 1))


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


def _around(component: icalendar.Component) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", _PRODID)
    calendar.add_component(component)
    add_zones(calendar)
    return calendar


def _end(component: icalendar.Event, start: When, zone: tzinfo) -> When:
    """When it ends (RFC 5545 3.6.1): as it says, or a day later for a day, or at once. Never before its start."""
    ended, lasts = properties.when(component, "DTEND"), component.get("DURATION")
    end: When
    if ended is not None and is_day(ended) == is_day(start):
        end = properties.aware(ended, zone)
    elif lasts is not None and isinstance(lasts.dt, timedelta):
        end = after(start, lasts.dt)
    else:
        end = start
    if is_day(start):
        return max(end, start + timedelta(days=1))
    return end if instant(end, zone) >= instant(start, zone) else start


def _minutes(component: icalendar.Event, start: When) -> Iterable[int]:
    for alarm in component.walk("VALARM"):
        if properties.text(alarm, "ACTION").upper() not in _REMINDERS:
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
        if alarm.name != "VALARM" or properties.text(alarm, "ACTION").upper() not in _REMINDERS
    ]
    for before in minutes:
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", properties.text(component, "SUMMARY") or "Reminder")
        alarm.add("TRIGGER", timedelta(minutes=-before))
        component.add_component(alarm)


def _set_people(component: icalendar.Event, people: Sequence[Person], organizer: Person | None) -> None:
    """Invite these and nobody else; who was invited keeps what is known about the invitation."""
    kept = {address(one): one for one in properties.listed(component, "ATTENDEE")}
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
    for one in properties.listed(component, "ATTENDEE"):
        if isinstance(one, vCalAddress) and (host is None or address(one) != address(host)):
            one.params.update({"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})


def _person(value: object) -> Person:
    params = getattr(value, "params", {})
    return Person(str(params.get("CN", "")), address(value))
