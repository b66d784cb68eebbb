"""Invitations: who is the organiser, one's own answer, and the mails (iMIP, RFC 6047) for servers that send none."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr
from typing import Literal, Protocol

import icalendar

from backend.calendar import ics, properties
from backend.calendar.event import Answer, Event, Person

Method = Literal["REQUEST", "CANCEL", "REPLY"]


class SendInvitation(Protocol):
    """Sends invitations by mail as a user, where the calendar server sends none."""

    async def address(self, user_id: str) -> Person | None:
        """Whom they come from; None for a user who has no mail account here."""
        ...

    async def send(self, user_id: str, message: EmailMessage) -> None:
        """Send it to those in its `To`. Raises an error of the house."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """How a user invites: as whom, and whether the calendar server or our mail does it. `me`: all own addresses."""

    organizer: Person | None
    by_server: bool
    me: frozenset[str]
    by_mail: bool = False

    @property
    def tells(self) -> bool:
        """Whether those who are invited hear of it."""
        return self.by_server or self.by_mail


def guests(event: Event, me: frozenset[str]) -> list[Person]:
    """Everybody invited but the organiser and the user."""
    host = event.organizer.address if event.organizer else ""
    return [one.person for one in event.attendees if one.person.address != host and one.person.address not in me]


def is_host(event: Event, me: frozenset[str]) -> bool:
    """Whether the user is who invites; also when nobody does."""
    return event.organizer is None or event.organizer.address in me


def invited_as(event: Event, me: frozenset[str]) -> Person | None:
    """As whom the user is invited; None when not."""
    return next((one.person for one in event.attendees if one.person.address in me), None)


def attends(component: icalendar.Event, me: frozenset[str]) -> bool:
    """Whether the user is invited."""
    return any(ics.address(one) in me for one in properties.listed(component, "ATTENDEE"))


def answer(component: icalendar.Event, me: frozenset[str], given: Answer) -> None:
    """Set one's own PARTSTAT (RFC 5546 3.2.3)."""
    for one in properties.listed(component, "ATTENDEE"):
        if ics.address(one) in me:
            one.params["PARTSTAT"] = given.value.upper()
            one.params.pop("RSVP", None)


def mail(
    method: Method, calendar: icalendar.Calendar, sender: Person, recipients: list[Person], subject: str, told: str
) -> EmailMessage:
    """An iMIP message: the words, and the event as text/calendar with its method (RFC 6047 2.4)."""
    content = icalendar.Calendar.from_ical(ics.text(calendar))
    content.pop("METHOD", None)
    content.add("METHOD", method)
    for component in content.walk("VEVENT"):
        component.pop(ics.ACTION, None)
        if method == "CANCEL":
            component.pop("STATUS", None)
            component.add("STATUS", "CANCELLED")
        if method == "REPLY":
            own = [
                one for one in properties.listed(component, "ATTENDEE") if ics.address(one) == sender.address.lower()
            ]
            component["ATTENDEE"] = own
            component.subcomponents = []
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = _mailbox(sender)
    message["To"] = ", ".join(_mailbox(person) for person in recipients)
    message.set_content(told)
    message.add_alternative(ics.text(content), subtype="calendar", params={"method": method})
    return message


def _mailbox(person: Person) -> str:
    return formataddr((" ".join(person.name.split()), person.address))
