"""What the words of a time expression mean: the values that grammar rules take and make."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from backend.assistant.understanding.dates.cycles import Cycle
from backend.assistant.understanding.dates.grain import Grain

Direction = Literal["before", "after"]


class Form(StrEnum):
    """How a time was said. Rules ask for a form where not every time fits: "the 15th of <month>"."""

    WEEKDAY = "weekday"
    DAY_OF_MONTH = "dom"
    MONTH = "month"
    YEAR = "year"
    DATE = "date"
    RELATIVE = "relative"
    UNIT = "running"
    CLOCK = "clock"
    PART = "part"
    HOLIDAY = "holiday"
    SHIFTED = "shifted"
    RANGE = "range"
    OPEN = "open"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Number:
    """A cardinal number. `digits` is how many digits were written, 0 for words; `year` marks "twenty ten" and such."""

    value: int
    digits: int = 0
    year: bool = False


@dataclass(frozen=True, slots=True)
class Fraction:
    """A part of a unit, such as a half or 2.5."""

    value: float


@dataclass(frozen=True, slots=True)
class Ordinal:
    """The third (3), the last (-1), the second to last (-2)."""

    value: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of time; `count` units of `grain` where the language has a word for several (fortnight)."""

    grain: Grain
    count: int = 1


@dataclass(frozen=True, slots=True)
class Length:
    """A duration: `count` units of `grain`."""

    grain: Grain
    count: int

    @property
    def reach(self) -> timedelta:
        """At least as long as this duration in days."""
        days = {Grain.WEEK: 7, Grain.MONTH: 31, Grain.QUARTER: 92, Grain.YEAR: 366}
        try:
            return timedelta(days=days.get(self.grain, 1) * abs(self.count) + 1)
        except OverflowError:
            return timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day. `twelve` means that it may be before or after noon."""

    hour: int
    minute: int | None = None
    second: int | None = None
    twelve: bool = False

    @property
    def grain(self) -> Grain:
        if self.second is not None:
            return Grain.SECOND
        return Grain.HOUR if self.minute is None else Grain.MINUTE


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone said with a time: an IANA name or a UTC offset like "+02:00"."""

    name: str


@dataclass(frozen=True, slots=True)
class Half:
    """Which half of the day: am or pm."""

    afternoon: bool


@dataclass(frozen=True, slots=True)
class Time:
    """A time expression: its cycle and what rules need to know about how it was said.

    latent: means a time only in company ("5", "the 15th" without "on"). weak: a word with other meanings ("may"), a
    time only in company or as the whole text. immediate: whether the running span counts. index: position in the
    week, month or year, for forms that have one; else a number that tells expressions apart. half: whether a part of
    the day is after noon. coarse: the cycle to use in company ("in a week" means a day, "in a week at 5pm" an hour of
    it). bounds: first and last of a range. nearest: whether the nearest one is meant, past or to come. due: the end
    of what begins now, "by Friday". parts: the times that were intersected, coarse to fine.
    """

    cycle: Cycle
    form: Form
    latent: bool = False
    weak: bool = False
    immediate: bool = True
    clock: Clock | None = None
    direction: Direction | None = None
    zone: str | None = None
    holiday: str | None = None
    index: int | None = None
    half: bool | None = None
    coarse: Cycle | None = None
    bounds: tuple["Time", "Time"] | None = None
    nearest: bool = False
    due: "Time | None" = None
    parts: tuple["Time", ...] = ()

    @property
    def grain(self) -> Grain:
        return self.cycle.grain

    def firm(self) -> "Time":
        """The same time, no longer in need of company."""
        return replace(self, latent=False, weak=False)


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Several weekdays, 0 for Monday. `plural`: said so that every one of them is meant."""

    days: tuple[int, ...]
    plural: bool = False


@dataclass(frozen=True, slots=True)
class Ordinals:
    """Several ordinals: "the first and the last"."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """Several times in a row: "in July and September"."""

    times: tuple[Time, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How often: "ten times", "twice"."""

    value: int


@dataclass(frozen=True, slots=True)
class Skip:
    """What a recurrence leaves out: single times, what another one gives, or the holidays of the place."""

    times: tuple[Time, ...] = ()
    rules: tuple["Recurrence", ...] = ()
    holidays: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A repeating time, in the terms of RFC 5545: `freq` is the grain of FREQ, `parts` the BY parts in order.

    begin and until bound it, `lasting` counts from its begin. `clock` is the time or part of day it was said with,
    `length` how long each occurrence is.
    """

    freq: Grain
    interval: int = 1
    parts: tuple[tuple[str, tuple[int | str, ...]], ...] = ()
    count: int | None = None
    lasting: Length | None = None
    begin: Time | None = None
    until: Time | None = None
    clock: Time | None = None
    length: Length | None = None
    skip: Skip = field(default_factory=Skip)
    weak: bool = False

    def by(self, key: str) -> tuple[int | str, ...]:
        """Values of a BY part, empty where it is not given."""
        return dict(self.parts).get(key, ())

    def having(self, key: str, values: tuple[int | str, ...]) -> "Recurrence":
        """The same rule with one BY part set."""
        kept = tuple((name, old) for name, old in self.parts if name != key)
        return replace(self, parts=(*kept, (key, values)))


Value = (
    Number
    | Fraction
    | Ordinal
    | Ordinals
    | Unit
    | Length
    | Zone
    | Half
    | Time
    | Times
    | Weekdays
    | Count
    | Recurrence
    | Skip
)


def categories(value: Value) -> tuple[str, ...]:
    """The names by which a pattern may ask for this value: `{number}`, `{time}`, `{weekday}`, `{day}`, ..."""
    if isinstance(value, Time):
        # A clock time with its day is no bare clock time any more: "20 past" does not go with it.
        form = "timed" if value.form is Form.CLOCK and value.parts else value.form.value
        names = ["any", form]
        if not value.latent:
            names.append("time")
        if value.grain is Grain.DAY and not value.latent and value.form is not Form.RANGE:
            names.append("day")
        if value.grain >= Grain.MONTH:
            names.append("months")
        return tuple(names)
    if isinstance(value, Number):
        return ("number", "yearnumber") if value.year else ("number",)
    return (_NAMES[type(value)],)


_NAMES: dict[type, str] = {
    Fraction: "fraction",
    Ordinal: "ordinal",
    Unit: "unit",
    Length: "length",
    Zone: "zone",
    Half: "half",
    Recurrence: "every",
    Ordinals: "ordinals",
    Times: "times",
    Weekdays: "weekdays",
    Count: "count",
    Skip: "except",
}
