"""What the routes of the calendar slice take and answer."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field, SecretStr

from backend.calendar.event import Calendar, Occurrence
from backend.calendar.mirror.records import Link
from backend.calendar.mirror.tables import LinkKind, LinkState
from backend.calendar.times import zone_name


class CalendarEntry(BaseModel):
    """A calendar. `default` is the one for new events."""

    href: str
    name: str
    color: str
    writable: bool
    events: bool
    tasks: bool
    default: bool

    @classmethod
    def of(cls, calendar: Calendar, default: str | None) -> Self:
        """As it is shown."""
        return cls(
            href=calendar.href,
            name=calendar.name,
            color=calendar.color,
            writable=calendar.writable,
            events=calendar.takes_events,
            tasks=calendar.takes_tasks,
            default=calendar.href == default,
        )


class Choice(BaseModel):
    """Which calendar is meant."""

    href: str = Field(max_length=2000)


class PersonEntry(BaseModel):
    """Somebody by mail address. `status` is the answer to the invitation."""

    name: str
    address: str
    status: str | None = None


class EventEntry(BaseModel):
    """One time that an event happens. A whole-day event has dates; its `end` is exclusive, as everywhere here."""

    uid: str
    title: str
    start: datetime | date
    end: datetime | date
    all_day: bool
    zone: str | None
    location: str
    notes: str
    recurring: bool
    organizer: PersonEntry | None
    attendees: list[PersonEntry]
    busy: bool
    calendar: str
    href: str

    @classmethod
    def of(cls, occurrence: Occurrence) -> Self:
        """As it is shown."""
        event = occurrence.event
        host = event.organizer
        return cls(
            uid=event.uid,
            title=event.title,
            start=event.start,
            end=event.end,
            all_day=event.all_day,
            zone=zone_name(event.start.tzinfo) if isinstance(event.start, datetime) else None,
            location=event.location,
            notes=event.notes,
            recurring=occurrence.recurring,
            organizer=PersonEntry(name=host.name, address=host.address) if host else None,
            attendees=[
                PersonEntry(name=one.person.name, address=one.person.address, status=one.status)
                for one in event.attendees
            ],
            busy=event.busy,
            calendar=occurrence.resource.calendar,
            href=occurrence.resource.href,
        )


class LinkEntry(BaseModel):
    """A linked external calendar. `reason` says why it failed, or what could not be mirrored."""

    id: str
    name: str
    kind: LinkKind
    url: str
    login: str
    calendar: str
    state: LinkState
    reason: str | None
    synced: datetime | None

    @classmethod
    def of(cls, link: Link) -> Self:
        """As it is shown: without its secret."""
        return cls(
            id=link.id,
            name=link.name,
            kind=link.kind,
            url=link.url,
            login=link.login,
            calendar=link.local,
            state=link.state,
            reason=link.reason,
            synced=link.synced,
        )


class LinkWish(BaseModel):
    """An external calendar to link. `remote` says which of the account's, `local` into which own one."""

    url: str = Field(max_length=2000)
    login: str = Field("", max_length=255)
    password: SecretStr = SecretStr("")
    name: str = Field("", max_length=100)
    remote: str | None = Field(None, max_length=2000)
    local: str | None = Field(None, max_length=2000)


class GoogleWish(BaseModel):
    """Which calendar at Google: its id, which is the mail address for the main one."""

    calendar: str = Field(min_length=1, max_length=255)


class GoogleReturn(BaseModel):
    """What Google sent the user back with."""

    state: str = Field(max_length=4000)
    code: str = Field(max_length=2000)


class SignIn(BaseModel):
    """Where the user says yes."""

    url: str


class Nothing(BaseModel):
    """An answer without content."""
