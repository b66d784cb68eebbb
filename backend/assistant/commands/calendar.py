"""Commands about the calendar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from backend.actions.action import Draft, Option
from backend.assistant.commands.aim import is_clear, is_timed, names_something, unexplained
from backend.assistant.commands.events import Events, lines, speaks_of
from backend.assistant.commands.finding import is_generic
from backend.assistant.commands.moments import AHEAD, Span, asked_span, checked, has_clock, said_when, span_of
from backend.assistant.commands.people import people_of
from backend.assistant.commands.request import AskBack, Impossible, Line, Reply, Request
from backend.assistant.understanding.command import When as Said
from backend.assistant.understanding.frames import SURE
from backend.assistant.understanding.intents import SlotType
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.languages import get as command_words
from backend.calendar.drafts import Drafts
from backend.calendar.event import Answer, Change, NewEvent, Occurrence, Person
from backend.calendar.service import Calendars, choices
from backend.calendar.times import When, after, wall_difference
from backend.contacts.resolved import Match
from backend.contacts.service import Contacts
from backend.errors import VoiceAssistError

# What nobody gave a length takes so long.
_LENGTH = timedelta(hours=1)
_WEEK = timedelta(days=7)
# Events that are read out, times that are offered, events that are cancelled in one go.
_MOST_LINES, _MOST_SLOTS, _MOST_CANCELLED = 20, 3, 20


class CalendarCommands:
    """Looks into calendars and proposes changes of them."""

    def __init__(self, calendars: Calendars, drafts: Drafts, contacts: Contacts) -> None:
        self._calendars = calendars
        self._drafts = drafts
        self._contacts = contacts
        self._events = Events(calendars, contacts)

    async def query(self, request: Request) -> Reply:
        """What is in the calendar, or when an event is."""
        span, phrases = asked_span(request), request.phrases
        named, clear = names_something(request), is_clear(request)
        try:
            found = (await self._events.matching(request, span))[:_MOST_LINES]
        except VoiceAssistError as error:  # a calendar that is not there keeps nobody from their files
            if clear:
                raise
            return _elsewhere(request, [], error.message)
        if not clear:
            # What else is asked is in the calendar only if an event speaks of it.
            more = unexplained(request)
            telling = [one for one in found if speaks_of(one, more)]
            if not telling:
                return _elsewhere(request, found[:_MOST_SLOTS], phrases.say("no_such_event"))
            found = telling
        if span is None:
            if not found:
                return Reply([Line(phrases.say("nothing_planned_ahead"))])
            return Reply([Line(phrases.say("planned_ahead")), *lines(request, found[: _MOST_SLOTS if named else 10])])
        when = said_span(request, span)
        if not found:
            return Reply([Line(phrases.say("nothing_planned", when=when))])
        one_day = span.end - span.start <= timedelta(days=1)
        head = phrases.say("planned", when=when[:1].upper() + when[1:])
        return Reply([Line(head), *lines(request, found, day=not one_day)])

    async def free_busy(self, request: Request) -> Reply:
        """Whether the user, or others, are free."""
        span = asked_span(request) or Span(request.today, request.today + timedelta(days=1))
        when, phrases = said_span(request, span), request.phrases
        others = await people_of(request, self._contacts, needed=True)
        if not others:
            found = [one for one in await self._events.matching(request, span) if one.event.busy]
            if not found:
                return Reply([Line(phrases.say("free", when=when))])
            return Reply([Line(phrases.say("busy", when=when)), *lines(request, found)])
        people = _invited(request, others)
        busy = await self._calendars.busy_others(request.user_id, people, span.start, span.end)
        said = []
        for person in people:
            spans = busy.get(person.address.lower())
            name = "other_unknown" if spans is None else "other_busy" if spans else "other_free"
            said.append(Line(phrases.say(name, name=person.name or person.address, when=when)))
        return Reply(said)

    async def find_slot(self, request: Request) -> Reply:
        """Times that suit everybody."""
        span = asked_span(request) or Span(request.now, request.now + timedelta(days=7))
        people = _invited(request, await people_of(request, self._contacts, needed=True))
        minutes = round(_length(request, _LENGTH).total_seconds() / 60)
        slots = await self._calendars.slots(request.user_id, people, minutes, span.start, span.end, request.zone)
        phrases = request.phrases
        if not slots:
            return Reply([Line(phrases.say("no_slot", when=said_span(request, span)))])
        said = [Line(phrases.say("slots"))]
        for slot in slots[:_MOST_SLOTS]:
            start, end = slot.start.astimezone(request.zone), slot.end.astimezone(request.zone)
            day = phrases.wording.full_day(start.date(), request.today.date())
            said.append(Line(f"- {day}, {phrases.wording.times(start, end, request.today.date())}"))
        unknown = [person.name or person.address for person in slots[0].unknown]
        if unknown:
            said.append(Line(phrases.say("slot_unknown", people=phrases.wording.both(unknown))))
        return Reply(said)

    async def create(self, request: Request) -> Reply:
        """A new event."""
        when = said_when(request, SlotType.TIME, SlotType.RECURRENCE, SlotType.DATE)
        if when is None:
            raise AskBack("more", request.phrases.say("when"))
        matches = await people_of(request, self._contacts)
        start, end = _times(request, when)
        repeating = said_when(request, SlotType.RECURRENCE)
        event = NewEvent(
            title=self._title(request, matches),
            start=start,
            end=end,
            location=request.said(SlotType.PLACE),
            people=tuple(_invited(request, matches, needed=False)),
            rule=repeating.rrule if repeating else None,
            calendar=await self._calendar(request),
        )
        return Reply(drafts=[await self._drafts.draft_create(request.who, event)])

    async def move(self, request: Request) -> Reply:
        """Another time for an event."""
        occurrence = await self._events.one(request)
        start, end = _moved(request, occurrence)
        return Reply(drafts=[await self._drafts.draft_move(request.who, occurrence, start, end)])

    async def change(self, request: Request) -> Reply:
        """Another length, place, name or more guests."""
        invited = {slot.value for slot in request.all(SlotType.PERSON)}
        place, title = request.said(SlotType.NEW_PLACE), request.said(SlotType.NEW_TITLE)
        title = f"{title[:1].upper()}{title[1:]}"
        length = request.slot(SlotType.DURATION)
        if length is not None and length.seconds:
            occurrence = await self._events.one(request)
            by = timedelta(seconds=length.seconds)
            shorter = request.says(request.phrases.shorter)
            end = after(occurrence.event.end, -by if shorter else by)
            return Reply(drafts=[await self._drafts.draft_move(request.who, occurrence, occurrence.event.start, end)])
        if not (invited or place or title):
            raise AskBack("more", request.phrases.say("what_change"))
        people: tuple[Person, ...] | None = None
        occurrence = await self._events.one(_without_people(request) if invited and not (place or title) else request)
        if invited and not (place or title):
            matches = await people_of(request, self._contacts, needed=True)
            there = [one.person for one in occurrence.event.attendees]
            people = (*there, *_invited(request, matches))
        change = Change(title=title or None, location=place or None, people=people)
        return Reply(drafts=[await self._drafts.draft_change(request.who, occurrence, change)])

    async def cancel(self, request: Request) -> Reply:
        """Events taken out of the calendar: one, or all of a stretch of time."""
        span = asked_span(request)
        title = request.title
        tells_apart = bool(request.all(SlotType.PERSON)) or (bool(title) and not is_generic(request, title))
        if span is not None and not span.exact and not tells_apart and request.says(request.phrases.everything):
            found = await self._events.matching(request, span)
            if not found:
                raise Impossible(request.phrases.say("no_such_event"))
            return Reply(drafts=[await self._cancelled(request, one) for one in found[:_MOST_CANCELLED]])
        return Reply(drafts=[await self._cancelled(request, await self._events.one(request))])

    async def respond(self, request: Request) -> Reply:
        """An answer to an invitation."""
        occurrence = await self._events.one(request)
        return Reply(drafts=[await self._drafts.draft_respond(request.who, occurrence, _answer(request))])

    async def _cancelled(self, request: Request, occurrence: Occurrence) -> Draft:
        return await self._drafts.draft_cancel(request.who, occurrence)

    def _title(self, request: Request, matches: Sequence[Match]) -> str:
        """What the event is called: as said, and with whom when that says too little."""
        said = request.title
        title = f"{said[:1].upper()}{said[1:]}" if said else request.phrases.say("meeting")
        if len(said.split()) > 1 and not is_generic(request, said):
            return title
        names = [match.person.name or match.person.address for match in matches]
        names = names or [slot.value for slot in request.all(SlotType.PERSON)]
        if not names:
            return title
        return request.phrases.say("meeting_with", title=title, people=request.phrases.wording.both(names))

    async def _calendar(self, request: Request) -> str:
        """The calendar for a new event; which one is asked once and remembered."""
        if (chosen := request.choices.get("calendar")) is not None:
            await self._calendars.remember(request.user_id, chosen)
            return chosen
        default = await self._calendars.default(request.user_id)
        if default is not None:
            return default.href
        fitting = choices(await self._calendars.calendars(request.user_id))
        if not fitting:
            return (await self._calendars.some(request.user_id)).href  # says why there is none
        options = [Option(one.href, one.name) for one in fitting]
        raise AskBack("calendar", request.phrases.say("which_calendar"), options)


def _elsewhere(request: Request, found: Sequence[Occurrence], none: str) -> Reply:
    """What the calendar has to say to a question that it does not answer: the events that it may be about, or that
    there are `none`; nothing if it neither names an event or a time nor asks when."""
    named = names_something(request) or is_timed(request) or request.command.confidence >= SURE
    if found and named:
        return Reply([Line(request.phrases.say("in_calendar")), *lines(request, found)], found=False)
    return Reply([Line(none)] if named or request.says(request.phrases.timing) else [], found=False)


def said_span(request: Request, span: Span) -> str:
    """A stretch of time as one says it."""
    wording, today = request.phrases.wording, request.today.date()
    start, end = span.start.astimezone(request.zone), span.end.astimezone(request.zone)
    if span.exact:
        return wording.moment(start, today)
    midnight = time(0)
    if start.timetz().replace(tzinfo=None) == midnight and end.timetz().replace(tzinfo=None) == midnight:
        last = end.date() - timedelta(days=1)
        if last <= start.date():
            return wording.day(start.date(), today)
        return wording.span.format(start=wording.full_day(start.date(), today), end=wording.full_day(last, today))
    if end - start >= AHEAD:
        return wording.moment(start, today)
    return f"{wording.day(start.date(), today)}, {wording.times(start, end, today)}"


def _times(request: Request, when: Said) -> tuple[When, When]:
    """From when to when a new event is: of days the exclusive end, of a time of day what was said or an hour."""
    start = when.start
    assert start is not None
    if not has_clock(when):
        span = span_of(when, request.now)
        length = request.slot(SlotType.DURATION)
        days = max(1, round((length.seconds or 0) / 86_400)) if length else (span.end.date() - span.start.date()).days
        return start.date(), start.date() + timedelta(days=max(1, days))
    if takes := _length(request, timedelta(0)):
        return start, after(start, takes)
    if when.stop is not None:
        return start, when.stop
    if when.end is not None and when.end > start:
        return start, when.end
    return start, after(start, _LENGTH)


def _moved(request: Request, occurrence: Occurrence) -> tuple[When, When]:
    """When an event is to be: another day keeps the time of day, another time of day the day; the length stays."""
    event = occurrence.event
    length = request.slot(SlotType.DURATION)
    clock, day = request.slot(SlotType.NEW_TIME), request.slot(SlotType.NEW_DATE)
    new = clock or day
    if new is None or new.when is None:
        if length is None or not length.seconds:
            raise AskBack("more", request.phrases.say("to_when"))
        by = timedelta(seconds=length.seconds)
        by = -by if request.says(request.phrases.earlier) else by
        return after(event.start, by), after(event.end, by)
    when = checked(request, new, new.when)
    assert when.start is not None
    if not isinstance(event.start, datetime) or not isinstance(event.end, datetime):
        start: When = when.start.date()
        return start, start + wall_difference(event.end, event.start)
    begins = event.start.astimezone(request.zone)
    wall = when.start.replace(tzinfo=None)
    if clock is None:
        wall = datetime.combine(wall.date(), begins.timetz().replace(tzinfo=None))
        if wall.date() == begins.date():
            wall += _WEEK  # an event of this Thursday that is moved "to next Thursday"
    elif day is None:
        wall = datetime.combine(begins.date(), wall.time())
    moved = wall.replace(tzinfo=begins.tzinfo, fold=when.start.fold)
    ends = when.stop.replace(tzinfo=begins.tzinfo) if when.stop is not None else after(moved, event.duration)
    return moved, ends


def _length(request: Request, default: timedelta) -> timedelta:
    slot = request.slot(SlotType.DURATION)
    return timedelta(seconds=slot.seconds) if slot and slot.seconds else default


def _invited(request: Request, matches: Sequence[Match], *, needed: bool = True) -> list[Person]:
    """People with their addresses. Somebody without one is left out, or `Impossible` when `needed`."""
    people = []
    for match in matches:
        if match.person.address:
            people.append(Person(match.person.name, match.person.address))
        elif needed:
            raise Impossible(request.phrases.say("no_address", name=match.person.name))
    return people


def _without_people(request: Request) -> Request:
    """The request as it names the event: those who are to be invited are not in it yet."""
    slots = tuple(slot for slot in request.command.slots if slot.type is not SlotType.PERSON)
    return replace(request, command=replace(request.command, slots=slots))


def _answer(request: Request) -> Answer:
    cues = command_words(request.phrases.code).cues
    said = (request.said(SlotType.ANSWER) or request.text).lower()
    for cue, answer in ((Cue.DECLINE, Answer.DECLINED), (Cue.MAYBE, Answer.TENTATIVE), (Cue.ACCEPT, Answer.ACCEPTED)):
        if any(phrase in said for phrase in cues.get(cue, ())):
            return answer
    return Answer.ACCEPTED
