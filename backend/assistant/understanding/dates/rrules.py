"""From repeating times to RFC 5545 rules, their first occurrence and their exceptions."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice

from dateutil.rrule import rrulestr
from holidays import country_holidays

from backend.assistant.understanding.dates.clocks import shift
from backend.assistant.understanding.dates.cycles import Exhausted, Now, Span, first
from backend.assistant.understanding.dates.grain import Grain, add, floor
from backend.assistant.understanding.dates.recurrence import DAYS
from backend.assistant.understanding.dates.values import Form, Recurrence, Time
from backend.assistant.understanding.dates.zones import trouble_with

_FREQ = {
    Grain.SECOND: "SECONDLY",
    Grain.MINUTE: "MINUTELY",
    Grain.HOUR: "HOURLY",
    Grain.DAY: "DAILY",
    Grain.WEEK: "WEEKLY",
    Grain.MONTH: "MONTHLY",
    Grain.YEAR: "YEARLY",
}
# How far ahead single exceptions are written out, how many of them at most, and among how many occurrences.
EXCEPTION_YEARS = 2
# A rule without an occurrence in so many years has none: 29 February on a given weekday comes every 28 years.
SEARCH_YEARS = 40
EXCEPTION_LIMIT = 366
EXCEPTION_SEARCH = 5_000


@dataclass(frozen=True, slots=True)
class Repeating:
    """A resolved repeating time.

    start: the first occurrence; end: where it ends if it was said ("every day from 9 to 10"). rrule: the value of an
    RRULE property. exdates: occurrences left out. skip_holidays: also the public holidays of the place are (see
    `public_holidays`). trouble: as in `Resolved`.
    """

    start: datetime
    end: datetime | None
    grain: Grain
    rrule: str
    exdates: tuple[datetime, ...] = ()
    skip_holidays: bool = False
    trouble: tuple[str, ...] = ()


def repeating(rule: Recurrence, wall: datetime, zone: tzinfo) -> Repeating | None:
    """The rule as said at the wall-clock moment `wall` in `zone`; None if it has no occurrence.

    Exceptions that are rules themselves become part of the rule where that is possible (EXRULE is deprecated), else
    they are written out as single dates.
    """
    try:
        return _repeating(_absorb(rule), Now(wall.replace(tzinfo=None), zone))
    except (OverflowError, ValueError, Exhausted):
        return None  # outside the years that a calendar can hold, or nowhere to be found


def _repeating(rule: Recurrence, now: Now) -> Repeating | None:
    anchor = _begin(rule, now)
    if anchor is None:
        return None
    begin, length, grain = anchor
    if rule.length is not None and grain < Grain.DAY:
        length = shift(begin, rule.length, now) - begin
    until = _until(rule, begin, now)
    # The first one is the next that fits, whatever the interval; the others are counted from it.
    horizon = add(begin, Grain.YEAR, SEARCH_YEARS)
    start = next(iter(_occurrences(replace(rule, interval=1, count=None), min(until or horizon, horizon), begin)), None)
    if start is None:
        return None
    trouble = trouble_with(start, now.zone) if grain < Grain.DAY else None
    return Repeating(
        start.replace(tzinfo=now.zone),
        None if length is None else (start + length).replace(tzinfo=now.zone),
        grain,
        rrule_text(rule, until, now.zone, dated=grain >= Grain.DAY),
        tuple(day.replace(tzinfo=now.zone) for day in _exceptions(rule, until, start, now)),
        rule.skip.holidays,
        (trouble,) if trouble else (),
    )


def public_holidays(region: str, begin: date, end: date) -> list[date]:
    """The public holidays of a country (ISO 3166, "DE") or its part ("DE-BY") from `begin` to before `end`.

    Raises NotImplementedError for a region that the `holidays` library does not know.
    """
    country, _, part = region.partition("-")
    days = country_holidays(country, subdiv=part or None, years=range(begin.year, end.year + 1))
    return sorted(day for day in days if begin <= day < end)


def rrule_text(rule: Recurrence, until: datetime | None, zone: tzinfo, *, dated: bool) -> str:
    """The value of an RRULE property. UNTIL is a date for all-day rules, else in UTC (RFC 5545, 3.3.10)."""
    parts = [f"FREQ={_FREQ[rule.freq]}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    parts += [f"{key}={','.join(map(str, values))}" for key, values in rule.parts]
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if until is not None:
        moment = until.strftime("%Y%m%d") if dated else f"{until.replace(tzinfo=zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
        parts.append(f"UNTIL={moment}")
    return ";".join(parts)


def _begin(rule: Recurrence, now: Now) -> tuple[datetime, timedelta | None, Grain] | None:
    """Where the search for occurrences begins, how long one lasts if it was said, and its grain."""
    start = now.wall
    if rule.begin is not None:
        span = first(rule.begin.cycle, now, immediate=rule.begin.immediate)
        if span is None:
            return None
        # "Every day this week" is meant from now on.
        start = max(span.start, floor(now.wall, Grain.DAY)) if rule.begin.form is Form.RANGE else span.start
    if rule.freq < Grain.DAY:
        if rule.by("BYHOUR") and start > floor(start, Grain.HOUR):
            start = add(floor(start, Grain.HOUR), Grain.HOUR, 1)  # "every hour from 9 to 5" is on the hour
        return floor(start, Grain.SECOND), None, Grain.MINUTE if rule.freq > Grain.SECOND else Grain.SECOND
    day = floor(start, Grain.DAY)
    if rule.clock is None:
        return day, None, Grain.DAY
    span = next(iter(rule.clock.cycle.forward(day, now)), None)
    if span is None or span.start < day:
        span = next((found for found in rule.clock.cycle.forward(day, now) if found.start >= day), None)
    if span is None:
        return None
    moment = datetime.combine(day, span.start.time())
    if moment < start:
        moment += timedelta(days=1)
    stop = span.spoken_stop or span.stop
    return moment, None if stop is None else stop - span.start, span.grain


def _until(rule: Recurrence, begin: datetime, now: Now) -> datetime | None:
    """The last moment at which an occurrence may be."""
    if rule.lasting is not None:
        until = shift(begin, rule.lasting, now)
        # Ten days, every day, are ten occurrences and not eleven.
        return until if rule.freq > Grain.DAY else add(until, Grain.SECOND, -1)
    if rule.until is None:
        if rule.begin is None or rule.begin.form is not Form.RANGE or rule.count is not None:
            return None
        stretch = first(rule.begin.cycle, now, immediate=rule.begin.immediate)
        return None if stretch is None else stretch.end - timedelta(seconds=1)  # "... starting tomorrow for 5 days"
    moment = now.at(begin) if rule.begin is not None else now
    span = first(rule.until.cycle, moment, immediate=False)
    if span is None:
        return None
    if span.grain is Grain.DAY and span.stop is None:
        # "Until Friday" holds Friday itself.
        return span.start if rule.clock is None else datetime.combine(span.start, time(23, 59, 59))
    return span.start if rule.until.form is not Form.RANGE else span.end - timedelta(seconds=1)


def _occurrences(rule: Recurrence, until: datetime | None, begin: datetime) -> "rrulestr":
    text = rrule_text(rule, until, UTC, dated=True) if until is None else rrule_text(rule, None, UTC, dated=True)
    if until is not None and rule.count is None:  # RFC 5545 wants one of the two
        text += f";UNTIL={until:%Y%m%dT%H%M%S}"
    return rrulestr(text, dtstart=begin)


def _exceptions(rule: Recurrence, until: datetime | None, begin: datetime, now: Now) -> list[datetime]:
    """The occurrences that are left out."""
    if not rule.skip.times and not rule.skip.rules:
        return []
    horizon = add(begin, Grain.YEAR, EXCEPTION_YEARS)
    taken = [day for day in islice(_occurrences(rule, until, begin), EXCEPTION_SEARCH) if day <= horizon]
    moment = now.at(begin) if rule.begin is not None else now
    spans = [span for time_ in rule.skip.times if (span := _skipped_span(time_, moment)) is not None]
    left_out = [day for day in taken if any(span.start <= day < span.end for span in spans)]
    for inner in rule.skip.rules:
        begun = _begin(inner, now.at(floor(begin, Grain.DAY)))
        if begun is not None:
            inner_days = set()
            for day in islice(_occurrences(inner, horizon, begun[0]), EXCEPTION_SEARCH):
                inner_days.add(day.date() if inner.clock is None else day)
            left_out += [day for day in taken if (day.date() if inner.clock is None else day) in inner_days]
    return sorted(set(left_out))[:EXCEPTION_LIMIT]


def _skipped_span(time_: Time, now: Now) -> Span | None:
    return first(time_.cycle, now, immediate=time_.immediate)


def _absorb(rule: Recurrence) -> Recurrence:
    """Exceptions by weekday made part of a daily or weekly rule."""
    kept = []
    for inner in rule.skip.rules:
        days = inner.by("BYDAY")
        plain = inner.freq is Grain.WEEK and inner.interval == 1 and days and inner.clock is None
        if plain and rule.interval == 1 and rule.freq in {Grain.DAY, Grain.WEEK}:
            taken = rule.by("BYDAY") or (DAYS if rule.freq is Grain.DAY else ())
            remaining = tuple(day for day in taken if day not in days)
            if remaining:
                rule = rule.having("BYDAY", remaining)
                continue
        kept.append(inner)
    return replace(rule, skip=replace(rule.skip, rules=tuple(kept)))
