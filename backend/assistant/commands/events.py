"""Which events a command is about."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from backend.assistant.commands.finding import is_generic, named, one_of
from backend.assistant.commands.moments import AHEAD, Span, asked_span
from backend.assistant.commands.request import Impossible, Line, Request
from backend.assistant.shown import Source
from backend.assistant.understanding.intents import SlotType
from backend.calendar.event import Occurrence
from backend.calendar.service import Calendars
from backend.contacts.resolved import Resolved
from backend.contacts.service import Contacts


class Events:
    """Finds the events of a user that a command names by time, title and people."""

    def __init__(self, calendars: Calendars, contacts: Contacts) -> None:
        self._calendars = calendars
        self._contacts = contacts

    async def matching(self, request: Request, span: Span | None = None) -> list[Occurrence]:
        """The events that fit all that was said, in order; without a time the coming ones."""
        span = span or asked_span(request) or Span(request.now, request.now + AHEAD)
        found = await self._calendars.events(request.user_id, span.start, span.end, request.zone)
        if span.exact:  # "my two o'clock" begins then; what only goes on at two is another one
            begun = [one for one in found if one.event.start == span.start]
            found = begun or found
        for slot in request.all(SlotType.PERSON):
            resolved = await self._contacts.resolve(request.user_id, slot.value)
            found = [one for one in found if _has(one, slot.value, resolved)]
        title = request.title
        if title:
            fitting = named(title, found, _text)
            found = sorted(fitting, key=found.index) if fitting or not is_generic(request, title) else found
        return found

    async def one(self, request: Request) -> Occurrence:
        """The one event that is meant, the next of a series. Raises `AskBack` for several, `Impossible` for none."""
        if (pointed := await self._pointed_at(request)) is not None:
            return pointed
        found = await self.matching(request)
        if not found:
            raise Impossible(request.phrases.say("no_such_event"))
        first_of_each = list({one.event.uid: one for one in reversed(found)}.values())
        first_of_each.sort(key=found.index)
        return one_of(request, "event", "which_event", first_of_each, event_id, lambda one: label(request, one))

    async def _pointed_at(self, request: Request) -> Occurrence | None:
        """The event of the answer before: "move it to Friday"."""
        pointed = request.pointed_at("event")
        if pointed is None or request.title:
            return None
        calendar, href, original = json.loads(pointed)
        at = None if original is None else _when(original)
        return await self._calendars.occurrence(request.user_id, calendar, href, at, request.zone)


def event_id(occurrence: Occurrence) -> str:
    """What finds an occurrence again: its calendar, its address, and which one of its series it is."""
    original = occurrence.original
    return json.dumps(
        [occurrence.resource.calendar, occurrence.resource.href, original.isoformat() if original else None]
    )


def when(request: Request, occurrence: Occurrence, *, day: bool = True) -> str:
    """When an occurrence takes place, as one says it; without the `day` the times of day only."""
    event, wording, today = occurrence.event, request.phrases.wording, request.today.date()
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        start, end = event.start.astimezone(request.zone), event.end.astimezone(request.zone)
        times = wording.times(start, end, today)
        return f"{wording.day(start.date(), today)}, {times}" if day else times
    last = event.end - timedelta(days=1)
    if not day or last <= event.start:
        return f"{wording.day(event.start, today)}, {wording.all_day}" if day else wording.all_day
    return wording.span.format(start=wording.day(event.start, today), end=wording.day(last, today))


def label(request: Request, occurrence: Occurrence) -> str:
    """An event as a choice."""
    return f"{occurrence.event.title} ({when(request, occurrence)})"


def lines(request: Request, occurrences: Sequence[Occurrence], *, day: bool = True) -> list[Line]:
    """Events as lines of an answer."""
    return [_line(request, one, day=day) for one in occurrences]


def _line(request: Request, occurrence: Occurrence, *, day: bool) -> Line:
    event, phrases = occurrence.event, request.phrases
    people = [one.person.name or one.person.address for one in event.attendees]
    more = phrases.say("place", place=event.location) if event.location else ""
    more += phrases.say("people", people=phrases.wording.both(people)) if people else ""
    text = phrases.say("event", when=when(request, occurrence, day=day), title=event.title, more=more)
    return Line(text, Source("event", event_id(occurrence), event.title, when(request, occurrence)))


def speaks_of(occurrence: Occurrence, words: Sequence[str]) -> bool:
    """Whether each of these words stands in an event."""
    return all(named(word, [occurrence], _text) for word in words)


def _text(occurrence: Occurrence) -> str:
    return f"{occurrence.event.title} {occurrence.event.location}"


def _has(occurrence: Occurrence, said: str, resolved: Resolved) -> bool:
    """Whether somebody is invited to an event, or named in it."""
    people = [one.person for one in occurrence.event.attendees]
    people += [occurrence.event.organizer] if occurrence.event.organizer else []
    addresses = {one.address.lower() for one in people}
    known = {mail.value.lower() for match in resolved.matches for mail in match.person.emails}
    if not addresses.isdisjoint(known):
        return True
    text = f"{occurrence.event.title} {occurrence.event.notes} {' '.join(one.name for one in people)}"
    names = [said, *(match.person.family for match in resolved.matches if match.person.family)]
    return any(bool(named(name, [text], str)) for name in names)


def _when(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
