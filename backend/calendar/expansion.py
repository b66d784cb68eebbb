"""Recurring events laid out as single occurrences, within bounds that a hostile rule cannot break."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice

import icalendar
import recurring_ical_events
import structlog
from icalendar.prop import vRecur

from backend.calendar import ics, lenient, properties, rules
from backend.calendar.event import Event, Occurrence, Resource
from backend.calendar.times import When, instant
from backend.errors import BadInput
from backend.trouble import told

log = structlog.get_logger(__name__)

# A rule is computed from its first occurrence on. More steps than this (a second) are no calendar of a person:
# only the first occurrence of such an event is shown.
_MOST_STEPS = 200_000
_MOST_OCCURRENCES = 2_000
# Seconds of one step of a rule that may be denser than days.
_STEP = {"SECONDLY": 1, "MINUTELY": 60, "HOURLY": 3600}
# Days and times without a zone are compared as if in UTC; no zone is further away than this.
_WIDER = timedelta(days=1)


def occurrences(
    resources: Iterable[Resource], start: datetime, end: datetime, zone: tzinfo, limit: int = _MOST_OCCURRENCES
) -> list[Occurrence]:
    """What happens between two instants, in order of time. `zone` says when a day begins.

    Entries that cannot be read are left out, and noted without a word of what is in them.
    """
    found: list[Occurrence] = []
    for resource in resources:
        try:
            found += islice(expand(lenient.read(resource.data), resource, start, end, zone), limit)
        except Exception as error:  # other people's data; one broken entry must not hide all the others
            log.warning("calendar.unreadable", error=told(error))
    found.sort(key=lambda one: (instant(one.event.start, zone), one.event.title))
    return found[:limit]


def expand(
    calendar: icalendar.Calendar, resource: Resource, start: datetime, end: datetime, zone: tzinfo
) -> Iterator[Occurrence]:
    """The occurrences of one object between two instants. The calendar is not to be used for anything else."""
    master = ics.master(calendar)
    recurs = master is None or "RRULE" in master or "RDATE" in master
    if not recurs or (master is not None and _is_too_dense(master, end)):
        if master is not None:
            event = ics.read(master, zone)
            if touches(event, start, end, zone):
                yield Occurrence(event, resource, event.start if recurs else None)
        return
    rule = None
    if master is not None:
        series = ics.read(master, zone)
        rule = series.rule
        written = [rules.as_meant(one, series.start) for one in properties.listed(master, "RRULE")]
        if written:
            master["RRULE"] = written if len(written) > 1 else written[0]
    query = recurring_ical_events.of(calendar, components=["VEVENT"])
    for component in query.between(start - _WIDER, end + _WIDER):
        event = ics.read(component, zone)
        if touches(event, start, end, zone) and not event.cancelled:
            yield Occurrence(_of_series(event, rule), resource, event.recurrence_id or event.start)


def touches(event: Event, start: datetime, end: datetime, zone: tzinfo) -> bool:
    """Whether an event takes place between two instants, or begins at the first one."""
    begins, ends = instant(event.start, zone), instant(event.end, zone)
    return begins < end and (ends > start or begins >= start)


def occurrence(resource: Resource, original: When | None, zone: tzinfo) -> Occurrence:
    """The occurrence of an object that is named by its RECURRENCE-ID; its only one when it does not recur.

    Raises `BadInput` when the series has no such occurrence.
    """
    calendar = ics.parse(resource.data)
    master = ics.master(calendar)
    if original is None:
        if master is None:
            raise BadInput("This calendar entry holds single occurrences only: say which one.")
        return Occurrence(ics.read(master, zone), resource)
    for one in ics.overrides(calendar):
        at = properties.when(one, "RECURRENCE-ID")
        if at is not None and properties.same(at, original, zone):
            rule = ics.read(master, zone).rule if master is not None else None
            return Occurrence(_of_series(ics.read(one, zone), rule), resource, original)
    begins = instant(properties.aware(original, zone), zone)
    for found in expand(calendar, resource, begins, begins + timedelta(seconds=1), zone):
        if found.original is not None and properties.same(found.original, original, zone):
            return found
    raise BadInput("The series has no such occurrence any more.")


def _of_series(event: Event, rule: str | None) -> Event:
    """An occurrence with the rule of its series, which the expansion leaves out."""
    return event if event.rule is not None else replace(event, rule=rule)


def _is_too_dense(master: icalendar.Event, end: datetime) -> bool:
    started = properties.when(master, "DTSTART")
    rules = [rule for rule in properties.listed(master, "RRULE") if isinstance(rule, vRecur)]
    if started is None:
        return False
    seconds = (end.astimezone(UTC) - instant(properties.aware(started, UTC), UTC)).total_seconds()
    return any(_steps(rule, seconds) > _MOST_STEPS for rule in rules)


def _steps(rule: vRecur, seconds: float) -> float:
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    interval = max(1, int((rule.get("INTERVAL") or [1])[0]))
    steps = max(0.0, seconds) / (_STEP.get(frequency, 86400) * interval)
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        steps *= max(1, len(rule.get(part) or ()))
    counted = "COUNT" in rule and not any(part.upper().startswith("BY") for part in rule)
    return min(steps, int(rule["COUNT"][0])) if counted else steps
