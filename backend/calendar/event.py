"""What is in a calendar: events, their occurrences, tasks, and the resources of the server that hold them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from backend.calendar.times import When, elapsed, is_day


class Scope(StrEnum):
    """How much of a series is meant."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class Answer(StrEnum):
    """What is answered to an invitation (the values of PARTSTAT, RFC 5545 3.2.12, in lower case)."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by mail address; the name may be empty."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited. `status` is PARTSTAT in lower case: needs-action, accepted, declined, tentative."""

    person: Person
    status: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar of a user. `components` are what it takes (VEVENT, VTODO). `zone` is its own time zone, if any."""

    href: str
    name: str
    color: str
    components: frozenset[str]
    writable: bool
    zone: str | None = None

    @property
    def takes_events(self) -> bool:
        """Whether events can be in it."""
        return "VEVENT" in self.components

    @property
    def takes_tasks(self) -> bool:
        """Whether tasks can be in it."""
        return "VTODO" in self.components


@dataclass(frozen=True, slots=True)
class Resource:
    """An iCalendar object as the server has it: its calendar, its own address (a path), ETag and text."""

    calendar: str
    href: str
    etag: str
    data: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event as one VEVENT says it.

    `end` is exclusive, as in iCalendar: an all-day event of one day ends on the next. `zone` is the TZID as it is
    written (None for days and for UTC, whose moments are in UTC). `reminders` are minutes before the start.
    """

    uid: str
    title: str
    start: When
    end: When
    zone: str | None = None
    location: str = ""
    notes: str = ""
    organizer: Person | None = None
    attendees: tuple[Attendee, ...] = ()
    rule: str | None = None
    recurrence_id: When | None = None
    reminders: tuple[int, ...] = ()
    sequence: int = 0
    busy: bool = True
    cancelled: bool = False

    @property
    def all_day(self) -> bool:
        """Whether it takes whole days, wherever one is."""
        return is_day(self.start)

    @property
    def duration(self) -> timedelta:
        """How long it takes."""
        return elapsed(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happens.

    `original` names it within its series (its RECURRENCE-ID); None when the event does not recur.
    """

    event: Event
    resource: Resource
    original: When | None = None

    @property
    def recurring(self) -> bool:
        """Whether it is one of several."""
        return self.original is not None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to make. `rule` is an RFC 5545 recurrence rule without its name; `calendar` is an href, None for the
    default one."""

    title: str
    start: When
    end: When
    location: str = ""
    notes: str = ""
    people: tuple[Person, ...] = ()
    reminders: tuple[int, ...] = ()
    rule: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an event; None leaves a field as it is. `start` and `end` go together."""

    title: str | None = None
    start: When | None = None
    end: When | None = None
    location: str | None = None
    notes: str | None = None
    people: tuple[Person, ...] | None = None
    reminders: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to make. `due` is a day or a moment."""

    title: str
    due: When | None = None
    notes: str = ""
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task as one VTODO says it."""

    uid: str
    title: str
    due: When | None
    done: bool
    notes: str
    resource: Resource
