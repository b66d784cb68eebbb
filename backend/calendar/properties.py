"""Single properties of iCalendar components (RFC 5545): texts, numbers, lists, days and moments with their TZID."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import icalendar
from icalendar.prop import vDDDLists, vDDDTypes, vText

from backend.calendar.times import When, instant, is_day, is_second, zone_name

FLOATING = "floating"
"""`Event.zone` of a time without any zone, which is read wherever one is."""


def text(component: icalendar.Component, name: str) -> str:
    """A property as text, of several the first; empty without one."""
    value = component.get(name)
    if isinstance(value, list):
        value = value[0]
    return "" if value is None else str(value)


def set_text(component: icalendar.Component, name: str, value: str) -> None:
    """Write a text anew; an empty one takes the property away."""
    former = component.get(name)
    component.pop(name, None)
    if value:
        component.add(name, value)
        # A note in HTML beside the text (ALTREP) would go on saying what it said; a language stays.
        language = former.params.get("LANGUAGE") if isinstance(former, vText) else None
        if language:
            component[name].params["LANGUAGE"] = language


def number(component: icalendar.Component, name: str) -> int:
    """A property as a number, 0 without one that can be read."""
    try:
        return int(component.get(name, 0))
    except (TypeError, ValueError):
        return 0


def put(component: icalendar.Component, name: str, value: object) -> None:
    """Let a property have this value and no other."""
    component.pop(name, None)
    component.add(name, value)


def listed(component: icalendar.Component, name: str) -> list[Any]:
    """All values of a property that may be there once, several times or not; of icalendar's own types."""
    value = component.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def when(component: icalendar.Component, name: str) -> When | None:
    """The day or moment of a property as it is written; None without one that can be read."""
    value = component.get(name)
    return value.dt if isinstance(value, vDDDTypes) and isinstance(value.dt, date) else None


def tzid(component: icalendar.Component, name: str = "DTSTART") -> str | None:
    """The TZID of a property as it is written; `FLOATING` without any zone, None for days and for UTC."""
    value = component.get(name)
    if not isinstance(value, vDDDTypes) or not isinstance(value.dt, datetime):
        return None
    if value.dt.tzinfo is None:
        return FLOATING
    written = value.params.get("TZID")
    return str(written) if written else None


def timed(when: When, zone: str | None = None) -> vDDDTypes:
    """A day or a moment as a value with its TZID. The later of two equal wall-clock times can be said in UTC only."""
    if not isinstance(when, datetime):
        return _value(when)
    if zone == FLOATING:
        return vDDDTypes(when.replace(tzinfo=None, fold=0))
    name = zone or zone_name(when.tzinfo)
    if name == "UTC" or is_second(when):
        return vDDDTypes(when.astimezone(UTC))
    value = vDDDTypes(when)
    value.params["TZID"] = name
    return value


def set_time(component: icalendar.Component, name: str, when: When, zone: str | None = None) -> None:
    """Set a property to a day or a moment, with the TZID `zone`, by default that of the moment."""
    component.pop(name, None)
    component[name] = timed(when, zone)


def set_span(component: icalendar.Event, start: When, end: When) -> None:
    """Let an event take place from `start` to `end`; in the zone that it had, its TZID stays as it was written."""
    former = when(component, "DTSTART")
    same_zone = isinstance(former, datetime) and isinstance(start, datetime) and _is_same(former.tzinfo, start.tzinfo)
    floats = isinstance(former, datetime) and former.tzinfo is None
    zone = FLOATING if floats else tzid(component) if same_zone else None
    component.pop("DURATION", None)
    set_time(component, "DTSTART", start, zone)
    set_time(component, "DTEND", end, zone)


def moments(component: icalendar.Event, name: str) -> list[When]:
    """The days or moments of EXDATE or RDATE, as written; periods by their begin."""
    found: list[When] = []
    for value in listed(component, name):
        for one in value.dts if isinstance(value, vDDDLists) else ():
            begin = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if isinstance(begin, date):
                found.append(begin)
    return found


def set_moments(component: icalendar.Event, name: str, moments: Iterable[When], zone: str | None) -> None:
    """Write EXDATE or RDATE anew, one line for each."""
    component.pop(name, None)
    lines = []
    for moment in moments:
        value = timed(moment, zone)
        line = vDDDLists([value.dt])
        line.params = deepcopy(value.params)
        lines.append(line)
    if lines:
        component[name] = lines


def aware(when: When, zone: tzinfo) -> When:
    """A moment without a zone in `zone`; UTC in its one form."""
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None:
        return when.replace(tzinfo=zone)
    return when.astimezone(UTC) if zone_name(when.tzinfo) == "UTC" else when


def same(one: When, other: When, zone: tzinfo) -> bool:
    """Whether two values name the same occurrence."""
    if is_day(one) != is_day(other):
        return False
    return instant(aware(one, zone), zone) == instant(aware(other, zone), zone)


def _value(when: date) -> vDDDTypes:
    value = vDDDTypes(when)
    value.params["VALUE"] = "DATE"
    return value


def _is_same(one: tzinfo | None, other: tzinfo | None) -> bool:
    return one is other or (one is not None and other is not None and zone_name(one) == zone_name(other))
