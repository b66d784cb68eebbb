"""Times on the wall: a wall-clock moment and a zone become one instant, or an error that names both readings."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from icalendar.timezone import tzid_from_tzinfo

from backend.errors import BadInput

When = date | datetime
"""A day, or an aware moment whose zone says how it is shown. A `datetime` is a `date`: ask `is_day` first."""


def is_day(when: When) -> bool:
    """Whether this is a whole day and not a moment."""
    return not isinstance(when, datetime)


def zone_of(name: str, *, field: str = "zone") -> ZoneInfo:
    """The zone of an IANA name such as "Europe/Berlin". Raises `BadInput`."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise BadInput(f"{name!r} is not the name of a time zone, such as Europe/Berlin.", field=field) from error


def moment(text: str, zone: tzinfo, *, field: str) -> datetime:
    """Wall-clock time in ISO 8601, read in `zone`.

    An offset may be given to choose between the two readings of a time that exists twice. Raises `BadInput` for text
    that is no time, and, with both readings in `details["readings"]`, for a time that does not exist or exists twice.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a time such as 2026-03-04T14:30.", field=field) from error
    if given.tzinfo is None:
        return at(given, zone, field=field)
    wall = given.replace(tzinfo=None)
    for fold in (0, 1):
        reading = wall.replace(tzinfo=zone, fold=fold)
        if reading.utcoffset() == given.utcoffset() and not _is_skipped(reading):
            return reading
    raise BadInput(f"{text!r} is not a time that a clock in {zone_name(zone)} shows.", field=field)


def at(wall: datetime, zone: tzinfo, *, field: str) -> datetime:
    """The moment at which a clock in `zone` shows `wall` (naive). Raises `BadInput` as `moment` does."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    readings = sorted(reading.astimezone(UTC).astimezone(zone) for reading in (first, second))
    told = [reading.isoformat(timespec="minutes") for reading in readings]
    shown = f"{wall:%Y-%m-%d %H:%M} in {zone_name(zone)}"
    if _is_skipped(first):
        message = (
            f"{shown} does not exist: the clocks go forward then. Do you mean {readings[0]:%H:%M} or "
            f"{readings[1]:%H:%M}?"
        )
    else:
        message = (
            f"{shown} exists twice: the clocks go back then. Do you mean the first time (UTC{readings[0]:%z}) or the "
            f"second one (UTC{readings[1]:%z})?"
        )
    raise BadInput(message, field=field, details={"readings": told})


def _is_skipped(moment: datetime) -> bool:
    """Whether no clock of its zone ever shows this moment."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) != moment.replace(tzinfo=None)


def is_second(moment: datetime) -> bool:
    """Whether its wall-clock time exists twice and this is the later one: iCalendar can say that in UTC only."""
    return moment.fold == 1 and moment.utcoffset() != moment.replace(fold=0).utcoffset()


def day(text: str, *, field: str) -> date:
    """A day in ISO 8601. Raises `BadInput`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a day such as 2026-03-04.", field=field) from error


def zone_name(zone: tzinfo | None) -> str:
    """What a zone is called: its IANA name, or what its calendar calls it."""
    if zone is UTC or zone is None:
        return "UTC"
    return tzid_from_tzinfo(zone) or str(zone)


def instant(when: When, zone: tzinfo) -> datetime:
    """The instant of a moment, or of the begin of a day in `zone`, in UTC."""
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime(when.year, when.month, when.day, tzinfo=zone).astimezone(UTC)


def shifted(when: When, by: timedelta) -> When:
    """Moved on the wall clock: 10:00 plus a day is 10:00, whatever the clocks did in that night."""
    if isinstance(when, datetime):
        wall = when.replace(tzinfo=None, fold=0) + by
        return wall.replace(tzinfo=when.tzinfo)
    return when + by


def wall_difference(later: When, earlier: When) -> timedelta:
    """How far the wall clock goes from `earlier` to `later`; both are days, or both are moments."""
    if isinstance(later, datetime) and isinstance(earlier, datetime):
        return later.replace(tzinfo=None) - earlier.replace(tzinfo=None)
    return timedelta(days=later.toordinal() - earlier.toordinal())


def elapsed(start: When, end: When) -> timedelta:
    """How long it takes from `start` to `end`: in real time for moments, in days for days."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end.astimezone(UTC) - start.astimezone(UTC)
    return timedelta(days=end.toordinal() - start.toordinal())


def after(start: When, duration: timedelta) -> When:
    """The end of what begins at `start` and takes `duration` of real time (days for a day), in the zone of `start`."""
    if isinstance(start, datetime):
        return (start.astimezone(UTC) + duration).astimezone(start.tzinfo)
    return start + duration


def is_past(when: When, now: datetime, zone: tzinfo) -> bool:
    """Whether it is over at `now`: a day when it is another day on the clock of `zone`."""
    return when < now.astimezone(zone).date() if is_day(when) else instant(when, zone) < now


def now_utc() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)
