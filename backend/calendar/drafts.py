"""Proposals: what would be done, said in one sentence with weekday, date, time, zone and calendar, and what to mind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.actions.action import Draft, Field, Json
from backend.calendar import cards, rules
from backend.calendar.cards import Fields, Values
from backend.calendar.editing import Editor
from backend.calendar.event import Answer, Calendar, Change, Event, NewEvent, Occurrence, Person, Scope
from backend.calendar.ics import Stamp
from backend.calendar.invitations import Host, guests, invited_as, is_host
from backend.calendar.proposals import Who, either, names, said, unsaid, who_of
from backend.calendar.service import Calendars, check_writable, choices
from backend.calendar.slots import Hours
from backend.calendar.times import When, is_day, is_past, zone_name
from backend.calendar.words import Words, words_of
from backend.errors import BadInput

# So many clashes are named; who has more at that time knows.
_MOST_CLASHES = 3
_HOURS = Hours()
# An answer is for one occurrence or for all (RFC 5546 has no other).
_ANSWERED = (Scope.THIS, Scope.ALL)


@dataclass(frozen=True, slots=True)
class Meant:
    """The occurrence that a proposal is about, as it is now, and how the user may answer for it."""

    occurrence: Occurrence
    calendar: Calendar
    changed: bool

    @property
    def event(self) -> Event:
        """The event itself."""
        return self.occurrence.event


class Drafts:
    """Makes proposals and says them anew after a user edited their fields. Raises `BadInput` with the field at fault,
    `NotAllowed` for a calendar that is read-only, `NotFound` for an event that is gone."""

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars

    async def draft_create(self, who: Who, event: NewEvent) -> Draft:
        """Propose a new event. Without a calendar the default one is meant; without that, the card asks."""
        fields = Fields(who.words)
        chosen = event.calendar or (await self._calendars.some(who.user_id)).href
        rule = [Field("rule", fields.label("rule"), "rule", event.rule, False)] if event.rule else []
        given = (
            fields.line("title", event.title),
            *fields.span(event.start, event.end),
            Field("calendar", fields.label("calendar"), "choice", chosen),
            *rule,
            fields.line("location", event.location),
            fields.people(event.people),
            fields.reminder(event.reminders),
            fields.notes(event.notes),
        )
        return await self._create(who, unsaid("calendar.create", who, given, all_day=is_day(event.start)))

    async def draft_move(
        self, who: Who, occurrence: Occurrence, start: When, end: When, scope: Scope = Scope.THIS
    ) -> Draft:
        """Propose another time for an event."""
        given = (*Fields(who.words).span(start, end), *_scope(who, occurrence, scope))
        return await self._move(who, _about("calendar.move", who, occurrence, given, all_day=is_day(start)))

    async def draft_change(self, who: Who, occurrence: Occurrence, change: Change, scope: Scope = Scope.THIS) -> Draft:
        """Propose other words, people or reminders for an event. Another time is `draft_move`."""
        event, fields = occurrence.event, Fields(who.words)
        given = (
            fields.line("title", either(change.title, event.title)),
            fields.line("location", either(change.location, event.location)),
            fields.people(either(change.people, cards.people_of(event))),
            fields.reminder(either(change.reminders, event.reminders)),
            fields.notes(either(change.notes, event.notes)),
            *_scope(who, occurrence, scope),
        )
        return await self._change(who, _about("calendar.change", who, occurrence, given))

    async def draft_cancel(self, who: Who, occurrence: Occurrence, scope: Scope = Scope.THIS) -> Draft:
        """Propose to take an event out of the calendar."""
        return await self._cancel(who, _about("calendar.cancel", who, occurrence, _scope(who, occurrence, scope)))

    async def draft_respond(self, who: Who, occurrence: Occurrence, answer: Answer, scope: Scope = Scope.ALL) -> Draft:
        """Propose an answer to an invitation."""
        choice = Fields(who.words).choice("answer", answer.value, [one.value for one in Answer])
        given = (choice, *_scope(who, occurrence, scope, _ANSWERED))
        return await self._respond(who, _about("calendar.respond", who, occurrence, given))

    async def again(self, user_id: str, draft: Draft) -> Draft:
        """A proposal after its fields were edited, said as it would be done now."""
        who = who_of(user_id, draft)
        compose: Mapping[str, Callable[[Who, Draft], Awaitable[Draft]]] = {
            "calendar.create": self._create,
            "calendar.move": self._move,
            "calendar.change": self._change,
            "calendar.cancel": self._cancel,
            "calendar.respond": self._respond,
        }
        return await compose[draft.kind](who, draft)

    async def meant(self, who: Who, draft: Draft) -> Meant:
        """The occurrence that a proposal is about, as the server has it now, in a calendar that can be written."""
        values = Values(draft)
        calendar = check_writable(await self._calendars.calendar(who.user_id, values.known("calendar")))
        original = cards.original_of(draft.payload.get("original"), who.clock)
        found = await self._calendars.occurrence(who.user_id, calendar.href, values.known("href"), original, who.clock)
        return Meant(found, calendar, found.resource.etag != draft.payload.get("etag"))

    async def _create(self, who: Who, draft: Draft) -> Draft:
        values, words, fields = Values(draft), who.words, Fields(who.words)
        event = new_event(draft)
        calendar = check_writable(await self._calendars.calendar(who.user_id, event.calendar or ""))
        among = choices(await self._calendars.calendars(who.user_id))
        host = await self._calendars.host(who.user_id)
        warnings = [*self._about_time(who, event.start), *await self._clashes(who, event.start, event.end, "")]
        warnings += self._about_people(who, host, event.people)
        more = "".join(
            (
                words.say("repeating", rule=words.wording.rule(event.rule, who.clock)) if event.rule else "",
                words.say("place", place=event.location) if event.location else "",
                words.say("with", people=names(event.people)) if event.people else "",
            )
        )
        when = words.time_of(event.start, event.end)
        sentence = words.say("create", title=event.title, calendar=calendar.name, when=when, more=more)
        shown = (
            fields.line("title", event.title),
            *fields.span(event.start, event.end),
            fields.calendar(calendar, among),
            *(field for field in draft.fields if field.name == "rule"),
            fields.line("location", values.line("location")),
            fields.people(event.people),
            fields.reminder(event.reminders),
            fields.notes(event.notes),
        )
        return said(draft, sentence, shown, warnings)

    async def _move(self, who: Who, draft: Draft) -> Draft:
        words, meant = who.words, await self.meant(who, draft)
        start, end = new_span(draft, meant.event)
        scope = Values(draft).scope()
        host = await self._calendars.host(who.user_id)
        if not cards.same_kind(start, meant.event.start) and meant.occurrence.recurring and scope is not Scope.THIS:
            raise BadInput("A series of whole days cannot get times, nor the other way round: make a new one.")
        self._try(who, meant, scope, Change(start=start, end=end))
        sentence = words.say(
            "move",
            title=meant.event.title,
            old=words.time_of(meant.event.start, meant.event.end),
            new=words.time_of(start, end),
            scope=_told_scope(words, meant.occurrence, scope),
        )
        warnings = [*self._about_time(who, start), *await self._clashes(who, start, end, meant.event.uid)]
        warnings += self._about_guests(who, host, meant)
        shown = (*Fields(words).span(start, end), *_scope(who, meant.occurrence, scope))
        return _said_of(draft, sentence, shown, warnings, meant)

    async def _change(self, who: Who, draft: Draft) -> Draft:
        words, fields, meant = who.words, Fields(who.words), await self.meant(who, draft)
        scope = Values(draft).scope()
        change = new_change(draft, meant.event)
        if change == Change():
            raise BadInput("That is how it is already: there is nothing to change.")
        host = await self._calendars.host(who.user_id)
        self._try(who, meant, scope, change)
        sentence = words.say(
            "change",
            title=meant.event.title,
            when=words.time_of(meant.event.start, meant.event.end),
            scope=_told_scope(words, meant.occurrence, scope),
            changes=_told_changes(words, change),
        )
        event = meant.event
        people = either(change.people, cards.people_of(event))
        warnings = self._about_people(who, host, people) if change.people else self._about_guests(who, host, meant)
        shown = (
            fields.line("title", either(change.title, event.title)),
            fields.line("location", either(change.location, event.location)),
            fields.people(people),
            fields.reminder(either(change.reminders, event.reminders)),
            fields.notes(either(change.notes, event.notes)),
            *_scope(who, meant.occurrence, scope),
        )
        return _said_of(draft, sentence, shown, warnings, meant)

    async def _cancel(self, who: Who, draft: Draft) -> Draft:
        words, meant = who.words, await self.meant(who, draft)
        scope = Values(draft).scope()
        host = await self._calendars.host(who.user_id)
        sentence = words.say(
            "cancel",
            title=meant.event.title,
            when=words.time_of(meant.event.start, meant.event.end),
            scope=_told_scope(words, meant.occurrence, scope),
        )
        if not is_host(meant.event, host.me):
            warnings = [words.say("warn_not_host")]
        else:
            warnings = self._about_guests(who, host, meant)
        return _said_of(draft, sentence, _scope(who, meant.occurrence, scope), warnings, meant)

    async def _respond(self, who: Who, draft: Draft) -> Draft:
        words, meant, values = who.words, await self.meant(who, draft), Values(draft)
        answer = Answer(values.choice("answer", Answer.ACCEPTED.value))
        scope = values.scope()
        host = await self._calendars.host(who.user_id)
        if invited_as(meant.event, host.me) is None:
            raise BadInput("You are not invited to this event, so there is nothing to answer.")
        sentence = words.say(
            f"respond_{answer.value}",
            title=meant.event.title,
            when=words.time_of(meant.event.start, meant.event.end),
            scope=_told_scope(words, meant.occurrence, scope),
        )
        warnings: list[str] = []
        if answer is Answer.ACCEPTED:
            warnings = await self._clashes(who, meant.event.start, meant.event.end, meant.event.uid)
        if not host.tells and meant.event.organizer is not None:
            warnings.append(words.say("warn_uninvited", people=names([meant.event.organizer])))
        choice = Fields(words).choice("answer", answer.value, [one.value for one in Answer])
        return _said_of(draft, sentence, (choice, *_scope(who, meant.occurrence, scope, _ANSWERED)), warnings, meant)

    def _try(self, who: Who, meant: Meant, scope: Scope, change: Change) -> None:
        """Make the change without writing it: what cannot be done is said before somebody says yes."""
        editor = Editor(who.clock, Stamp("", self._calendars.now()))
        editor.change(meant.occurrence.resource.data, meant.occurrence.original, scope, change)

    def _about_people(self, who: Who, host: Host, people: Sequence[Person]) -> list[str]:
        if not people:
            return []
        return [who.words.say("warn_guests" if host.tells else "warn_uninvited", people=names(people))]

    def _about_guests(self, who: Who, host: Host, meant: Meant) -> list[str]:
        return self._about_people(who, host, guests(meant.event, host.me))

    def _about_time(self, who: Who, start: When) -> list[str]:
        if is_past(start, self._calendars.now(), who.clock):
            return [who.words.say("warn_past")]
        if not isinstance(start, datetime):
            return []
        local = start.astimezone(who.clock)
        if local.weekday() not in _HOURS.weekdays:
            return [who.words.say("warn_weekend")]
        if not _HOURS.first <= local.hour < _HOURS.last:
            return [who.words.say("warn_hours", first=_HOURS.first, last=_HOURS.last)]
        return []

    async def _clashes(self, who: Who, start: When, end: When, uid: str) -> list[str]:
        """What else the user has at that time. Whole days clash with nothing."""
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return []
        until = max(end, start + timedelta(minutes=1))
        found = await self._calendars.events(who.user_id, start, until, who.clock)
        others = [one.event for one in found if one.event.busy and one.event.uid != uid and not one.event.all_day]
        return [
            who.words.say("warn_busy", title=one.title, when=who.words.time_of(one.start, one.end))
            for one in others[:_MOST_CLASHES]
        ]


def new_event(draft: Draft) -> NewEvent:
    """The event that a proposal would make."""
    values = Values(draft)
    start, end = values.span({})
    rule = draft.value("rule")
    return NewEvent(
        title=values.line("title", needed=True),
        start=start,
        end=end,
        location=values.line("location"),
        notes=values.text("notes"),
        people=values.people(),
        reminders=values.reminder(),
        rule=rules.checked(rule, start) if isinstance(rule, str) and rule else None,
        calendar=values.text("calendar"),
    )


def new_span(draft: Draft, event: Event) -> tuple[When, When]:
    """The time that a proposal would move an event to."""
    zone = event.start.tzinfo if isinstance(event.start, datetime) else None
    return Values(draft).span({zone_name(zone): zone} if zone else {})


def new_change(draft: Draft, event: Event) -> Change:
    """What a proposal would change of an event: only what differs from it."""
    values = Values(draft)
    title, location, notes = values.line("title", needed=True), values.line("location"), values.text("notes")
    people, reminders = values.people(), values.reminder()
    invited = {one.address.lower() for one in cards.people_of(event)}
    return Change(
        title=title if title != event.title else None,
        location=location if location != event.location else None,
        notes=notes if notes != event.notes.strip() else None,
        people=people if {one.address.lower() for one in people} != invited else None,
        reminders=reminders if reminders != event.reminders[-1:] else None,
    )


def _about(kind: str, who: Who, occurrence: Occurrence, fields: Sequence[Field], **known: Json) -> Draft:
    resource = occurrence.resource
    return unsaid(
        kind,
        who,
        fields,
        calendar=resource.calendar,
        href=resource.href,
        etag=resource.etag,
        original=cards.original_text(occurrence.original),
        title=occurrence.event.title,
        **known,
    )


def _said_of(draft: Draft, sentence: str, fields: Sequence[Field], warnings: Sequence[str], meant: Meant) -> Draft:
    """The draft about an event that is there, with the ETag that it was said for."""
    words = words_of(str(draft.payload["language"]))
    changed = [words.say("warn_changed")] if meant.changed else []
    return said(draft, sentence, fields, [*changed, *warnings], etag=meant.occurrence.resource.etag)


def _scope(who: Who, occurrence: Occurrence, scope: Scope, among: Sequence[Scope] = tuple(Scope)) -> tuple[Field, ...]:
    chosen = Fields(who.words).choice("scope", scope.value, [one.value for one in among])
    return (chosen,) if occurrence.recurring else ()


def _told_scope(words: Words, occurrence: Occurrence, scope: Scope) -> str:
    return words.say(f"scope_{scope.value}") if occurrence.recurring else ""


def _told_changes(words: Words, change: Change) -> str:
    people = None if change.people is None else names(change.people)
    reminder = None if change.reminders is None else ", ".join(map(str, change.reminders))
    told = {
        "title": change.title,
        "location": change.location,
        "notes": change.notes,
        "people": people,
        "reminder": reminder,
    }
    return ", ".join(
        words.say("changed" if value else "emptied", label=words.labels[name], value=value)
        for name, value in told.items()
        if value is not None
    )
