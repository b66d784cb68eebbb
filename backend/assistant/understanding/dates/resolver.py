"""From time expressions to wall-clock times, for a moment and a zone."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from backend.assistant.understanding.dates.cycles import Now, first
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.values import Direction, Form, Time
from backend.assistant.understanding.dates.zones import trouble_with


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resolved point or stretch of time, in aware datetimes.

    start: its first moment; None for years no calendar holds. end: its exclusive end, only for stretches: a point said
    in some grain lasts one unit of it. For an open range (`direction`) `start` is its one bound. stop: where a range of
    clock times stops as said ("1 to 2pm" stops at 2pm, though `end` counts the whole hour of 2pm). trouble: what is
    wrong with the times as said, in words of the API: does_not_exist, exists_twice, either_half.
    """

    start: datetime | None
    end: datetime | None
    grain: Grain
    direction: Direction | None = None
    stop: datetime | None = None
    holiday: str | None = None
    trouble: tuple[str, ...] = ()


def resolve(time: Time, wall: datetime, zone: tzinfo, *, past: bool = False) -> Resolved | None:
    """The time meant when `time` is said at the wall-clock moment `wall` (naive) in `zone`.

    Of repeating times the running or next one is meant, with `past` the last one. None if there is no such time, such
    as 30 February.
    """
    now = Now(wall.replace(tzinfo=None), zone)
    span = first(time.cycle, now, immediate=time.immediate, past=past, nearest=time.nearest)
    if span is None:
        return Resolved(None, None, time.grain) if time.form is Form.YEAR else None
    clocked = span.grain < Grain.DAY
    trouble = [trouble_with(span.start, zone)] if clocked else []
    if clocked and span.stop is not None:
        trouble.append(trouble_with(span.spoken_stop or span.stop, zone))
    return Resolved(
        span.start.replace(tzinfo=zone),
        None if span.stop is None or time.direction else span.stop.replace(tzinfo=zone),
        span.grain,
        time.direction,
        None if span.spoken_stop is None else span.spoken_stop.replace(tzinfo=zone),
        time.holiday,
        tuple(dict.fromkeys(item for item in trouble if item)),
    )
