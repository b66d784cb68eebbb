"""People are invited, told of changes, and answered: by our mail where the server sends none."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest

from backend.calendar import ics, properties
from backend.calendar.event import Answer, Change, NewEvent, Person, Scope
from backend.database import Database
from backend.errors import BadInput, Unavailable
from tests.integration.calendar.office import BERLIN, Office, berlin, starts
from tests.integration.calendar.test_faults import Between
from tests.servers.caldav_servers import CalDavServer
from tests.servers.faulty import FaultyServer, answer

IDA = Person("Ida Ek", "ida@clinic.example")
JO = Person("Jo, Do", "jo@clinic.example")
AL = Person("Al", "al@clinic.example")


class Outgoing:
    """Where mails would go. It leaves unproved that they are sent: the mail slice proves that."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.broken = False
        self.sender: Person | None = IDA

    async def address(self, user_id: str) -> Person | None:
        return self.sender

    async def send(self, user_id: str, message: EmailMessage) -> None:
        if self.broken:
            raise Unavailable("no mail today")
        self.sent.append(message)

    def last(self) -> tuple[str, list[str], Any]:
        """Method, recipients and calendar of the last mail, as a mail program reads them."""
        message = self.sent[-1]
        part = next(one for one in message.walk() if one.get_content_type() == "text/calendar")
        calendar = icalendar.Calendar.from_ical(part.get_content())
        assert isinstance(calendar, icalendar.Calendar)
        assert part.get_param("method") == str(calendar["METHOD"])
        return str(calendar["METHOD"]), [one.addr_spec for one in message["To"].addresses], calendar


@pytest.fixture
def outgoing() -> Outgoing:
    return Outgoing()


@pytest.fixture
async def inviting(radicale_server: CalDavServer, database: Database, outgoing: Outgoing) -> AsyncIterator[Office]:
    made = radicale_server.make_calendar(f"Inviting {id(database)}")
    async with Office.open(radicale_server, database, made, mail=outgoing) as office:
        yield office
    made.delete()


async def test_new_people_are_invited_told_of_a_move_and_uninvited(inviting: Office, outgoing: Outgoing) -> None:
    event = NewEvent("Board", berlin(3, 3, 14), berlin(3, 3, 15), people=(JO, AL), calendar=inviting.href)
    draft = await inviting.drafts.draft_create(inviting.who, event)
    assert "Invited people are told: Jo, Do, Al." in draft.warnings
    action, _ = await inviting.do(draft)
    method, to, calendar = outgoing.last()
    assert (method, to) == ("REQUEST", [JO.address, AL.address])
    invited = calendar.events[0]
    assert str(invited["ORGANIZER"]) == "mailto:ida@clinic.example"
    assert [one.params["PARTSTAT"] for one in invited["ATTENDEE"]] == ["NEEDS-ACTION"] * 2
    assert invited["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert action.key == str(invited["UID"])
    assert "X-VOICEASSIST-ACTION" not in invited

    found = await inviting.one(berlin(3, 3))
    await inviting.do(await inviting.drafts.draft_move(inviting.who, found, berlin(3, 4, 9), berlin(3, 4, 10)))
    method, to, calendar = outgoing.last()
    assert (method, to) == ("REQUEST", [JO.address, AL.address])
    assert int(calendar.events[0]["SEQUENCE"]) == 1

    found = await inviting.one(berlin(3, 4))
    await inviting.do(await inviting.drafts.draft_change(inviting.who, found, Change(people=(JO,))))
    assert [(one["To"],) for one in outgoing.sent[-2:]] == [
        ('"Jo, Do" <jo@clinic.example>',),
        ("Al <al@clinic.example>",),
    ]
    assert outgoing.last()[0] == "CANCEL"

    found = await inviting.one(berlin(3, 4))
    action, performed = await inviting.do(await inviting.drafts.draft_cancel(inviting.who, found))
    method, to, calendar = outgoing.last()
    assert (method, to, str(calendar.events[0]["STATUS"])) == ("CANCEL", [JO.address], "CANCELLED")
    newest = int(calendar.events[0]["SEQUENCE"])
    await inviting.undo(action, performed)
    method, to, calendar = outgoing.last()
    assert (method, to) == ("REQUEST", [JO.address])
    assert int(calendar.events[0]["SEQUENCE"]) > newest


async def test_an_undone_invitation_is_cancelled(inviting: Office, outgoing: Outgoing) -> None:
    event = NewEvent("Board", berlin(3, 3, 14), berlin(3, 3, 15), people=(JO,), calendar=inviting.href)
    action, performed = await inviting.do(await inviting.drafts.draft_create(inviting.who, event))
    await inviting.undo(action, performed)
    assert outgoing.last()[:2] == ("CANCEL", [JO.address])


async def test_one_cancelled_occurrence_is_told_as_that_one(inviting: Office, outgoing: Outgoing) -> None:
    event = NewEvent(
        "Weekly", berlin(3, 3, 10), berlin(3, 3, 11), rule="FREQ=WEEKLY;COUNT=4", people=(JO,), calendar=inviting.href
    )
    await inviting.do(await inviting.drafts.draft_create(inviting.who, event))
    second = (await inviting.happening(berlin(3, 1), 40))[1]
    await inviting.do(await inviting.drafts.draft_cancel(inviting.who, second, Scope.THIS))
    method, _, calendar = outgoing.last()
    assert method == "CANCEL"
    assert [one["RECURRENCE-ID"].dt for one in calendar.events] == [berlin(3, 10, 10)]
    assert len(starts(await inviting.happening(berlin(3, 1), 40))) == 3


async def test_a_mail_that_fails_is_said_and_the_event_is_there(inviting: Office, outgoing: Outgoing) -> None:
    outgoing.broken = True
    event = NewEvent("Board", berlin(3, 3, 14), berlin(3, 3, 15), people=(JO,), calendar=inviting.href)
    _, performed = await inviting.do(await inviting.drafts.draft_create(inviting.who, event))
    assert "could not be sent" in performed.said
    assert (await inviting.one(berlin(3, 3))).event.title == "Board"


async def test_nobody_is_invited_in_the_name_of_somebody_without_address(inviting: Office, outgoing: Outgoing) -> None:
    outgoing.sender = None
    event = NewEvent("Board", berlin(3, 3, 14), berlin(3, 3, 15), people=(JO,), calendar=inviting.href)
    draft = await inviting.drafts.draft_create(inviting.who, event)
    assert "The server sends no invitations: tell Jo, Do yourself." in draft.warnings
    await inviting.do(draft)
    assert outgoing.sent == []


async def test_without_any_mail_the_user_is_told_to_tell_people(inviting: Office) -> None:
    inviting.calendars.mail = None
    event = NewEvent("Board", berlin(3, 3, 14), berlin(3, 3, 15), people=(JO,), calendar=inviting.href)
    draft = await inviting.drafts.draft_create(inviting.who, event)
    assert "The server sends no invitations: tell Jo, Do yourself." in draft.warnings


@pytest.mark.parametrize("given", list(Answer))
async def test_an_invitation_is_answered_in_the_calendar_and_to_the_organiser(
    inviting: Office, outgoing: Outgoing, given: Answer
) -> None:
    await inviting.put(_INVITATION)
    found = await inviting.one(berlin(3, 5))
    action, performed = await inviting.do(await inviting.drafts.draft_respond(inviting.who, found, given))
    attendees = {one.person.address: one.status for one in (await inviting.one(berlin(3, 5))).event.attendees}
    assert attendees == {"ida@clinic.example": given.value, "al@clinic.example": "needs-action"}
    method, to, calendar = outgoing.last()
    assert (method, to) == ("REPLY", ["boss@clinic.example"])
    (told,) = properties.listed(calendar.events[0], "ATTENDEE")
    assert ics.address(told) == "ida@clinic.example"
    assert told.params["PARTSTAT"] == given.value.upper()
    await inviting.undo(action, performed)
    attendees = {one.person.address: one.status for one in (await inviting.one(berlin(3, 5))).event.attendees}
    assert attendees["ida@clinic.example"] == "needs-action"


async def test_who_is_not_invited_has_nothing_to_answer(inviting: Office, outgoing: Outgoing) -> None:
    outgoing.sender = Person("", "other@clinic.example")
    await inviting.put(_INVITATION)
    with pytest.raises(BadInput, match="not invited"):
        await inviting.drafts.draft_respond(inviting.who, await inviting.one(berlin(3, 5)), Answer.ACCEPTED)


async def test_a_server_that_schedules_is_asked_when_others_are_free_and_sends_the_invitations_itself(
    radicale_server: CalDavServer, database: Database, outgoing: Outgoing
) -> None:
    """The outbox is played here (RFC 6638, section 5, appendix B.5): `tests/live` asks a real Nextcloud."""
    made = radicale_server.make_calendar(f"Scheduling {id(database)}")
    between = Between(radicale_server.url.rstrip("/"))
    principal = urlsplit(radicale_server.account.principal).path

    def play(request: object) -> object:
        method, target, body = request.method, request.target, request.body  # type: ignore[attr-defined]
        if method == "OPTIONS":
            return answer("200 OK", DAV="1, 3, calendar-access, calendar-auto-schedule")
        if method == "PROPFIND" and b"schedule-outbox-URL" in body:
            return answer("207 Multi-Status", _PRINCIPAL.encode(), Content_Type="text/xml")
        if method == "POST" and target == "/outbox/":
            assert b"jo@clinic.example" in body.replace(b"\r\n ", b"")
            return answer("200 OK", _BUSY.encode(), Content_Type="text/xml")
        return None

    between.fault = play  # type: ignore[assignment]
    with FaultyServer(between.respond) as front:
        server = CalDavServer(f"{front.url}/", f"{front.url}{principal}")
        async with Office.open(server, database, made, mail=outgoing) as office:
            busy = await office.calendars.busy_others(office.who.user_id, [JO, AL], berlin(3, 3, 8), berlin(3, 3, 18))
            assert busy["al@clinic.example"] is None
            assert busy["jo@clinic.example"] is not None
            assert [(one.start, one.end) for one in busy["jo@clinic.example"]] == [
                (berlin(3, 3, 8), berlin(3, 3, 11)),
                (berlin(3, 3, 12), berlin(3, 3, 17)),
            ]
            slots = await office.calendars.slots(
                office.who.user_id, [JO], 60, berlin(3, 3, 8), berlin(3, 3, 18), BERLIN
            )
            assert [f"{one.start:%H:%M}" for one in slots] == ["11:00", "17:00"]
            assert slots[0].unknown == ()
            event = NewEvent("Board", berlin(3, 3, 11), berlin(3, 3, 12), people=(JO,), calendar=office.href)
            await office.do(await office.drafts.draft_create(office.who, event))
            found = await office.one(berlin(3, 3))
            assert found.event.organizer == Person("", "ida@clinic.example")
            assert outgoing.sent == []
    made.delete()


_INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Boss//EN
BEGIN:VEVENT
UID:invitation@clinic.example
DTSTAMP:20260101T000000Z
DTSTART:20260305T090000Z
DTEND:20260305T100000Z
SUMMARY:Come
ORGANIZER;CN=Boss:mailto:boss@clinic.example
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:Ida@clinic.example
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:al@clinic.example
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")

_PRINCIPAL = """<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>
<d:href>/ida/</d:href><d:propstat><d:prop>
<c:calendar-user-address-set><d:href>mailto:Ida@clinic.example</d:href><d:href>/ida/</d:href>
</c:calendar-user-address-set><c:schedule-outbox-URL><d:href>/outbox/</d:href></c:schedule-outbox-URL>
</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"""

_BUSY = """<c:schedule-response xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
<c:response><c:recipient><d:href>mailto:jo@clinic.example</d:href></c:recipient>
<c:request-status>2.0;Success</c:request-status><c:calendar-data>BEGIN:VCALENDAR
VERSION:2.0
METHOD:REPLY
BEGIN:VFREEBUSY
UID:x
DTSTAMP:20260101T000000Z
FREEBUSY;FBTYPE=BUSY:20260303T070000Z/PT2H,20260303T090000Z/20260303T100000Z
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260303T110000Z/20260303T160000Z
FREEBUSY;FBTYPE=FREE:20260303T100000Z/20260303T110000Z
END:VFREEBUSY
END:VCALENDAR
</c:calendar-data></c:response>
<c:response><c:recipient><d:href>mailto:al@clinic.example</d:href></c:recipient>
<c:request-status>3.7;Invalid calendar user</c:request-status></c:response></c:schedule-response>"""
