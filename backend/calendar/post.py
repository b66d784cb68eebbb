"""Tells invited people by mail what was done (iMIP), where the calendar server does not tell them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

import icalendar
import structlog

from backend.calendar import expansion, ics
from backend.calendar.drafts import Meant
from backend.calendar.editing import Editor
from backend.calendar.event import Event, Person, Resource, Scope
from backend.calendar.ics import Stamp
from backend.calendar.invitations import Host, Method, guests, is_host, mail
from backend.calendar.proposals import Who
from backend.calendar.service import Calendars
from backend.calendar.times import When
from backend.calendar.writing import Step, Written
from backend.errors import BadInput, VoiceAssistError
from backend.trouble import told

log = structlog.get_logger(__name__)


class Post:
    """Each method tells whether sending failed; what is in the calendar stays as it is then."""

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars

    async def invited(self, who: Who, host: Host, made: Resource) -> bool:
        """Invite to a new event."""
        event = _event(who, made.data)
        return event is not None and await self._send(who, host, "REQUEST", made.data, guests(event, host.me))

    async def changed(self, who: Who, host: Host, meant: Meant, scope: Scope, written: Written, editor: Editor) -> bool:
        """Tell of a change or a cancellation."""
        before = guests(meant.event, host.me)
        if not is_host(meant.event, host.me):
            return False
        original = meant.occurrence.original
        if written.resource is None:
            return await self._send(who, host, "CANCEL", meant.occurrence.resource.data, before)
        now = _event(who, written.resource.data)
        if now is None:
            return False
        if original is not None and scope is Scope.THIS and not _is_there(written.resource, original, who.clock):
            single = editor.single(meant.occurrence.resource.data, original)
            return await self._send(who, host, "CANCEL", single, before)
        failed = await self._send(who, host, "REQUEST", written.resource.data, guests(now, host.me))
        if written.split is not None and (later := _event(who, written.split.data)) is not None:
            failed |= await self._send(who, host, "REQUEST", written.split.data, guests(later, host.me))
        left = {one.address for one in guests(now, host.me)}
        gone = [one for one in before if one.address not in left] if original is None else []
        return failed | await self._send(who, host, "CANCEL", meant.occurrence.resource.data, gone)

    async def answered(self, who: Who, host: Host, event: Event, written: Written) -> bool:
        """Tell the organiser one's answer."""
        if event.organizer is None or written.resource is None:
            return False
        return await self._send(who, host, "REPLY", written.resource.data, [event.organizer])

    async def taken_back(self, who: Who, host: Host, present: Sequence[Resource], steps: Sequence[Step]) -> None:
        """Tell that something was taken back: what was invited to is cancelled, what was changed is as before."""
        gone = {step.href for step in steps if step.data is None}
        cancelled: list[tuple[Method, str]] = [("CANCEL", one.data) for one in present if one.href in gone]
        restored: list[tuple[Method, str]] = [("REQUEST", step.data) for step in steps if step.data is not None]
        for method, data in cancelled + restored:
            event = _event(who, data)
            if event is not None and is_host(event, host.me):
                await self._send(who, host, method, data, guests(event, host.me))

    async def _send(self, who: Who, host: Host, method: Method, data: str, people: Sequence[Person]) -> bool:
        sender, by = host.organizer, self._calendars.mail
        if host.by_server or not host.by_mail or by is None or sender is None or not people:
            return False
        calendar = ics.parse(data)
        event = _event(who, data)
        if event is None:
            return False
        when = who.words.time_of(event.start, event.end)
        words = f"{event.title}\n{when}\n{event.location}".strip() + "\n"
        try:
            await by.send(who.user_id, mail(method, calendar, sender, list(people), event.title, words))
        except VoiceAssistError as error:
            log.warning("calendar.invitation_not_sent", error=told(error))
            return True
        return False


def _event(who: Who, data: str) -> Event | None:
    calendar = ics.parse(data)
    component: icalendar.Event | None = ics.master(calendar) or next(iter(calendar.events), None)
    return ics.read(component, who.clock) if component is not None else None


def newer_than(present: Sequence[Resource], steps: Sequence[Step], stamp: Stamp) -> tuple[Step, ...]:
    """The steps of an undo: former events with people get a SEQUENCE beyond what these people got last."""
    newest = max((ics.sequence_of(one) for found in present for one in ics.parse(found.data).events), default=0)
    return tuple(_asked_again(step, newest, stamp) for step in steps)


def _asked_again(step: Step, newest: int, stamp: Stamp) -> Step:
    calendar = ics.parse(step.data) if step.data is not None else None
    if calendar is None or not any("ATTENDEE" in one for one in calendar.events):
        return step
    for one in calendar.events:
        ics.touch(one, stamp, sequence=max(newest, ics.sequence_of(one)) + 1)
    return replace(step, data=ics.text(calendar))


def _is_there(resource: Resource, original: When, zone: tzinfo) -> bool:
    """Whether the occurrence is still in its series."""
    try:
        expansion.occurrence(resource, original, zone)
    except BadInput:
        return False
    return True
