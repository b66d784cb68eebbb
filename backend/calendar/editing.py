"""Changes to events and to a part of a series: this one, this and following, all. What is not meant stays as it is."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

import icalendar
from icalendar.prop import vRecur

from backend.calendar import ics, invitations, properties, rules
from backend.calendar.event import Answer, Change, Event, Person, Scope
from backend.calendar.ics import Stamp
from backend.calendar.times import When, after, elapsed, instant, is_day, shifted, wall_difference
from backend.errors import BadInput


@dataclass(frozen=True, slots=True)
class Edited:
    """An object after a change: its text, None when it is to be removed; and the series that was split off, if any."""

    data: str | None
    split: str | None = None
    split_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Editor:
    """Edits one object, for one reader's `zone`. `organizer` is who invites, when people are invited."""

    zone: tzinfo
    stamp: Stamp
    organizer: Person | None = None

    def change(self, data: str, original: When | None, scope: Scope, change: Change) -> Edited:
        """Change an event or as much of a series as `scope` says, seen from the occurrence at `original`.

        Raises `BadInput` when a series cannot be changed so.
        """
        calendar = ics.parse(data)
        master = ics.master(calendar)
        if original is None and master is not None:
            ics.apply(master, change, self.stamp, self.organizer)
            return self._edited(calendar)
        if original is None:
            raise BadInput("This calendar entry holds single occurrences only: say which one.")
        if master is None or scope is Scope.THIS:
            ics.apply(self._override(calendar, master, original), change, self.stamp, self.organizer)
            return self._edited(calendar)
        if scope is Scope.FOLLOWING and not self._is_first(master, original):
            return self._split(calendar, master, original, change)
        self._change_series(calendar, master, original, change)
        return self._edited(calendar)

    def cancel(self, data: str, original: When | None, scope: Scope) -> Edited:
        """Take an event out of the calendar, or as much of its series as `scope` says."""
        calendar = ics.parse(data)
        master = ics.master(calendar)
        if original is None or scope is Scope.ALL:
            return Edited(None)
        if master is None:
            others = [one for one in ics.overrides(calendar) if not self._is_at(one, original)]
            if not others:
                return Edited(None)
            self._drop(calendar, lambda at: properties.same(at, original, self.zone))
            return self._edited(calendar)
        if scope is Scope.FOLLOWING:
            if self._is_first(master, original):
                return Edited(None)
            self._end_before(calendar, master, original)
        else:
            self._drop(calendar, lambda at: properties.same(at, original, self.zone))
            left_out = [*properties.moments(master, "EXDATE"), self._like_start(master, original)]
            properties.set_moments(master, "EXDATE", left_out, properties.tzid(master))
        ics.touch(master, self.stamp, sequence=ics.sequence_of(master) + 1)
        return self._edited(calendar)

    def respond(self, data: str, original: When | None, scope: Scope, me: frozenset[str], given: Answer) -> Edited:
        """Answer an invitation, for one occurrence or for everything that one is invited to."""
        calendar = ics.parse(data)
        master = ics.master(calendar)
        if original is not None and scope is Scope.THIS:
            components = [self._override(calendar, master, original)]
        else:
            components = calendar.events
        invited = [one for one in components if invitations.attends(one, me)]
        if not invited:
            raise BadInput("You are not invited to this event, so there is nothing to answer.")
        for one in invited:
            invitations.answer(one, me, given)
            ics.touch(one, self.stamp, sequence=ics.sequence_of(one))
        return self._edited(calendar)

    def single(self, data: str, original: When) -> str:
        """One occurrence of a series as an object of its own, as it is told to people."""
        calendar = ics.parse(data)
        override = self._override(calendar, ics.master(calendar), original)
        ics.touch(override, self.stamp, sequence=ics.sequence_of(override) + 1)
        calendar.subcomponents = [
            one for one in calendar.subcomponents if one is override or not isinstance(one, icalendar.Event)
        ]
        return ics.text(calendar)

    def _edited(self, calendar: icalendar.Calendar) -> Edited:
        ics.add_zones(calendar)
        return Edited(ics.text(calendar))

    def _override(
        self, calendar: icalendar.Calendar, master: icalendar.Event | None, original: When
    ) -> icalendar.Event:
        """The VEVENT of one occurrence, made from its series when there is none yet."""
        for one in ics.overrides(calendar):
            if self._is_at(one, original):
                return one
        if master is None:
            raise BadInput("The series has no such occurrence any more.")
        series = ics.read(master, self.zone)
        override = deepcopy(master)
        for name in ("RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION"):
            override.pop(name, None)
        start = self._like_start(master, original)
        zone = properties.tzid(master)
        properties.set_time(override, "RECURRENCE-ID", start, zone)
        properties.set_time(override, "DTSTART", start, zone)
        properties.set_time(override, "DTEND", after(properties.aware(start, self.zone), series.duration), zone)
        calendar.add_component(override)
        return override

    def _change_series(
        self, calendar: icalendar.Calendar, master: icalendar.Event, original: When, change: Change
    ) -> None:
        """Change all of a series: what moves, moves with everything that names its occurrences."""
        before = ics.read(master, self.zone)
        others = [(one, ics.read(one, self.zone)) for one in ics.overrides(calendar)]
        if change.start is not None and change.end is not None:
            self._move_series(calendar, master, original, change.start, change.end)
        rest = replace(change, start=None, end=None)
        ics.apply(master, rest, self.stamp, self.organizer)
        for one, was in others:
            ics.apply(one, _following(rest, was, before), self.stamp, self.organizer)

    def _move_series(
        self, calendar: icalendar.Calendar, master: icalendar.Event, original: When, start: When, end: When
    ) -> None:
        before = ics.read(master, self.zone)
        if is_day(before.start) != is_day(start):
            raise BadInput("A series of whole days cannot get times, nor the other way round: make a new one.")
        at = properties.aware(self._like_start(master, original), self.zone)
        by = wall_difference(start, at)
        lasts = elapsed(start, end)
        written_zone = properties.tzid(master)

        def move(when: When) -> When:
            old = properties.aware(when, self.zone)
            if isinstance(old, datetime) and isinstance(at, datetime) and isinstance(start, datetime):
                old = old.astimezone(at.tzinfo).replace(tzinfo=start.tzinfo)
            return shifted(old, by)

        new_start = move(before.start)
        written = properties.listed(master, "RRULE")
        if len(written) > 1 or "EXRULE" in master:
            raise rules.cannot()
        if written and isinstance(written[0], vRecur):
            rule = rules.moved(written[0], before.start, new_start)
            if rules.begins(written[0], before.start) and not rules.begins(rule, new_start):
                raise rules.cannot()
            master["RRULE"] = rule
        properties.set_span(master, new_start, after(new_start, lasts))
        zone = properties.tzid(master) if written_zone != properties.tzid(master) else written_zone
        for name in ("EXDATE", "RDATE"):
            properties.set_moments(master, name, [move(when) for when in properties.moments(master, name)], zone)
        for one in ics.overrides(calendar):
            was = ics.read(one, self.zone)
            assert was.recurrence_id is not None
            properties.set_time(one, "RECURRENCE-ID", move(was.recurrence_id), zone)
            if is_day(was.start) == is_day(start):
                begins = move(was.start)
                properties.set_span(
                    one, begins, after(begins, lasts if was.duration == before.duration else was.duration)
                )
        ics.ask_again(master)

    def _split(self, calendar: icalendar.Calendar, master: icalendar.Event, original: When, change: Change) -> Edited:
        """Two series: the old one ends before `original`, a new one begins there and is changed as a whole."""
        first = properties.aware(self._like_start(master, original), self.zone)
        before = ics.read(master, self.zone)
        written = properties.listed(master, "RRULE")
        if len(written) > 1:
            raise rules.cannot()
        later = deepcopy(calendar)
        series = ics.master(later)
        assert series is not None
        uid = self.stamp.key
        if written and isinstance(written[0], vRecur):
            series["RRULE"] = rules.rest(written[0], before.start, first)
        at = instant(first, self.zone)
        self._drop(later, lambda when: instant(properties.aware(when, self.zone), self.zone) < at)
        self._keep_moments(series, lambda when: when >= at)
        properties.set_span(series, first, after(first, before.duration))
        for one in later.events:
            one.pop("UID", None)
            one.add("UID", uid)
        self._change_series(later, series, first, change)
        ics.touch(series, self.stamp, sequence=0)
        ics.add_zones(later)

        self._end_before(calendar, master, original)
        ics.touch(master, self.stamp, sequence=ics.sequence_of(master) + 1)
        return Edited(ics.text(calendar), ics.text(later), uid)

    def _end_before(self, calendar: icalendar.Calendar, master: icalendar.Event, original: When) -> None:
        first = self._like_start(master, original)
        at = instant(properties.aware(first, self.zone), self.zone)
        written = [rule for rule in properties.listed(master, "RRULE") if isinstance(rule, vRecur)]
        if written:
            master["RRULE"] = [rules.until_before(rule, first) for rule in written]
        self._drop(calendar, lambda when: instant(properties.aware(when, self.zone), self.zone) >= at)
        self._keep_moments(master, lambda when: when < at)

    def _drop(self, calendar: icalendar.Calendar, gone: Callable[[When], bool]) -> None:
        """Leave out the overrides of the occurrences that are `gone`."""
        calendar.subcomponents = [
            one
            for one in calendar.subcomponents
            if not (
                isinstance(one, icalendar.Event)
                and (at := properties.when(one, "RECURRENCE-ID")) is not None
                and gone(at)
            )
        ]

    def _keep_moments(self, series: icalendar.Event, kept: Callable[[datetime], bool]) -> None:
        for name in ("EXDATE", "RDATE"):
            written = properties.moments(series, name)
            left = [when for when in written if kept(instant(properties.aware(when, self.zone), self.zone))]
            if len(left) != len(written):
                properties.set_moments(series, name, left, properties.tzid(series))

    def _is_first(self, master: icalendar.Event, original: When) -> bool:
        start = ics.read(master, self.zone).start
        return instant(properties.aware(original, self.zone), self.zone) <= instant(start, self.zone)

    def _is_at(self, override: icalendar.Event, original: When) -> bool:
        at = properties.when(override, "RECURRENCE-ID")
        return at is not None and properties.same(at, original, self.zone)

    def _like_start(self, master: icalendar.Event, original: When) -> When:
        """The moment of an occurrence in the zone of its series, as its RECURRENCE-ID has it (RFC 5545 3.8.4.4)."""
        start = ics.read(master, self.zone).start
        if isinstance(start, datetime) and isinstance(original, datetime):
            at = properties.aware(original, self.zone)
            assert isinstance(at, datetime)
            return at.astimezone(start.tzinfo)
        return original


def _following(change: Change, was: Event, series: Event) -> Change:
    """What of a change of the series holds for an occurrence with a word of its own: what it had in common."""
    return Change(
        title=change.title if was.title == series.title else None,
        location=change.location if was.location == series.location else None,
        notes=change.notes if was.notes == series.notes else None,
        people=change.people if was.attendees == series.attendees else None,
        reminders=change.reminders if was.reminders == series.reminders else None,
    )
