"""When a reminder is due: a wall-clock time in a zone, once or by a recurrence rule (RFC 5545, section 3.3.10).

What repeats keeps its time on the clock: 9:00 stays 9:00 when the clocks change. A time that a change skips is meant by
the offset before it, of one that comes twice the first is meant (RFC 5545, section 3.3.5).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from backend.errors import BadInput

# The value of one RRULE property: no line breaks, so no DTSTART or EXDATE of its own.
_RULE = re.compile(r"[A-Z0-9=;,+-]{1,500}")

# What repeats more often is an alarm clock that nobody can stop hearing.
_TOO_OFTEN = frozenset({"MINUTELY", "SECONDLY"})

# No change of clocks moves an occurrence further than this against the others.
_SLACK = timedelta(days=1)


class _Occurrences(Protocol):
    """What we use of dateutil's rules. All times are naive: they are the zone's."""

    def xafter(self, dt: datetime, count: int | None = None, inc: bool = False) -> Iterator[datetime]: ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a reminder is due."""

    moment: datetime
    zone: ZoneInfo
    rule: str | None = None

    @classmethod
    def of(cls, moment: str, zone: str, rule: str | None) -> "Schedule":
        """Read what a card or a row says. Raises `BadInput` with the `field` at fault."""
        try:
            wall = datetime.fromisoformat(moment)
        except ValueError:
            raise BadInput(f"{moment!r} is not a date with a time, such as 2026-03-14T15:00.", field="moment") from None
        if wall.tzinfo is not None:
            raise BadInput(f"{moment!r} has an offset; the zone is said on its own.", field="moment")
        try:
            place = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(f"{zone!r} is not a time zone, such as Europe/Berlin.", field="zone") from None
        schedule = cls(wall, place, rule or None)
        try:
            schedule._occurrences()
        except (ValueError, KeyError):
            raise BadInput(
                f"{rule!r} is not a rule that reminders can repeat by. It must be the value of one RRULE, and repeat "
                "every hour at most.",
                field="rule",
            ) from None
        return schedule

    def after(self, instant: datetime) -> datetime | None:
        """The first time after this one, in UTC; None when there is none."""
        return next((one for one in self._from(instant) if one > instant), None)

    def latest(self, since: datetime, instant: datetime) -> datetime:
        """The last time from `since`, which is one, up to `instant`, in UTC."""
        latest = since
        for one in self._from(since):
            if one > instant:
                break
            latest = max(latest, one)
        return latest

    def skipped(self) -> datetime | None:
        """Where the clocks skip `moment`, the time that is meant by it then; otherwise None."""
        shown = _utc(self.moment, self.zone).astimezone(self.zone).replace(tzinfo=None)
        return None if shown == self.moment else shown

    def _from(self, instant: datetime) -> Iterator[datetime]:
        """The times from shortly before `instant` on, in UTC."""
        occurrences = self._occurrences()
        if occurrences is None:
            yield _utc(self.moment, self.zone)
            return
        begin = instant.astimezone(self.zone).replace(tzinfo=None) - _SLACK
        for wall in occurrences.xafter(begin, inc=True):
            yield _utc(wall, self.zone)

    def _occurrences(self) -> _Occurrences | None:
        if self.rule is None:
            return None
        if not _RULE.fullmatch(self.rule):
            raise ValueError(self.rule)
        parts = dict(part.split("=", 1) for part in self.rule.split(";"))
        if parts["FREQ"] in _TOO_OFTEN:
            raise ValueError(parts["FREQ"])
        if "UNTIL" in parts:
            parts["UNTIL"] = f"{until(parts['UNTIL'], self.zone):%Y%m%dT%H%M%S}"
        rule: _Occurrences = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=self.moment)
        return rule


def until(value: str, zone: ZoneInfo) -> datetime:
    """The end of a rule as the zone's wall clock shows it; a date means the whole day."""
    if len(value) == len("20260314"):
        return datetime.combine(datetime.strptime(value, "%Y%m%d"), time(23, 59, 59))
    if value.endswith("Z"):
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return datetime.strptime(value, "%Y%m%dT%H%M%S")


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
