"""Cycles: the spans of time that an expression fits, forwards and backwards from a moment.

"Tuesday" fits a span every week, "March 2015" exactly one. Expressions are built by composing cycles: a finer one
within a coarser one, the third one after another, a range from one to another. All times here are wall-clock (naive).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Protocol

from backend.assistant.understanding.dates.grain import Grain, add, floor

# How many coarse units are searched for a finer one: 29 February on a Monday comes once in 28 years (40 over 2100).
SEARCH_LIMIT = 60


# How many spans may be looked at to resolve one expression. Nonsense such as "every March fifth first May" would search
# for ever; real expressions need a few hundred.
BUDGET = 6_000


class Exhausted(Exception):
    """The search for a span has been given up."""


@dataclass(slots=True)
class Budget:
    """How much searching is left for one expression."""

    left: int = BUDGET

    def spend(self) -> None:
        """Count one step. Raises Exhausted when none is left."""
        self.left -= 1
        if self.left < 0:
            raise Exhausted


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of speaking: wall-clock time (naive), the zone it is read in, and the budget of one resolution."""

    wall: datetime
    zone: tzinfo
    budget: Budget = field(default_factory=Budget, compare=False)

    def at(self, wall: datetime) -> "Now":
        """Another moment of the same resolution."""
        return Now(wall, self.zone, self.budget)

    def plus(self, length: timedelta) -> datetime:
        """Wall-clock time after `length` of real time has passed, across changes of daylight saving."""
        instant = self.wall.replace(tzinfo=self.zone).astimezone(UTC) + length
        return instant.astimezone(self.zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time. `stop` (exclusive) is given where it is not `start` plus one unit of `grain`.

    `spoken_stop` is what was said as the end of a range, where the range also covers that last unit: "1 to 2pm" covers
    the hour of 2pm as language, but a meeting stops at 2pm.
    """

    start: datetime
    grain: Grain
    stop: datetime | None = None
    spoken_stop: datetime | None = None

    @property
    def end(self) -> datetime:
        """Exclusive end."""
        return self.stop if self.stop is not None else add(self.start, self.grain, 1)


class Cycle(Protocol):
    """A set of spans, ordered in time."""

    @property
    def grain(self) -> Grain:
        """Grain of the spans."""

    def forward(self, time: datetime, now: Now) -> Iterator[Span]:
        """Spans that end after `time`, earliest first."""

    def backward(self, time: datetime, now: Now) -> Iterator[Span]:
        """Spans that end at or before `time`, latest first."""


@dataclass(frozen=True, slots=True)
class Units:
    """Every unit of a grain, one after the other."""

    grain: Grain

    def forward(self, time: datetime, now: Now) -> Iterator[Span]:
        start = floor(time, self.grain)
        while True:
            now.budget.spend()
            yield Span(start, self.grain)
            start = add(start, self.grain, 1)

    def backward(self, time: datetime, now: Now) -> Iterator[Span]:
        start = add(floor(time, self.grain), self.grain, -1)
        while True:
            now.budget.spend()
            yield Span(start, self.grain)
            start = add(start, self.grain, -1)


@dataclass(frozen=True, slots=True)
class Periodic:
    """Spans found anew in each unit of a coarser grain: the 15th of each month, 3pm of each day, Easter of each year.

    `make` gets the start of the unit and gives its spans in order; they may reach over into the next unit.
    """

    outer: Grain
    grain: Grain
    make: Callable[[datetime], Sequence[Span]]

    def forward(self, time: datetime, now: Now) -> Iterator[Span]:
        unit, empty = add(floor(time, self.outer), self.outer, -1), 0
        while empty < SEARCH_LIMIT:
            now.budget.spend()
            spans = self.make(unit)
            empty = 0 if spans else empty + 1
            for span in spans:
                if span.end > time:
                    yield span
            unit = add(unit, self.outer, 1)

    def backward(self, time: datetime, now: Now) -> Iterator[Span]:
        unit, empty = floor(time, self.outer), 0
        while empty < SEARCH_LIMIT:
            now.budget.spend()
            spans = self.make(unit)
            empty = 0 if spans else empty + 1
            for span in reversed(spans):
                if span.end <= time:
                    yield span
            unit = add(unit, self.outer, -1)


@dataclass(frozen=True, slots=True)
class Once:
    """A single span, counted from the moment of speaking: today, in three days, 2015."""

    grain: Grain
    make: Callable[[Now], Span | None]

    def forward(self, time: datetime, now: Now) -> Iterator[Span]:
        span = self.make(now)
        if span is not None and span.end > time:
            yield span

    def backward(self, time: datetime, now: Now) -> Iterator[Span]:
        span = self.make(now)
        if span is not None and span.end <= time:
            yield span


@dataclass(frozen=True, slots=True)
class Within:
    """Spans of `fine` that start inside a span of `coarse`: the Mondays of March."""

    coarse: Cycle
    fine: Cycle

    @property
    def grain(self) -> Grain:
        return self.fine.grain

    def _inside(self, outer: Span, now: Now) -> Iterator[Span]:
        for span in self.fine.forward(outer.start, now):
            if span.start >= outer.end:
                return
            if span.start >= outer.start:
                yield span

    def forward(self, time: datetime, now: Now) -> Iterator[Span]:
        for outer in islice(self.coarse.forward(time, now), SEARCH_LIMIT):
            yield from (span for span in self._inside(outer, now) if span.end > time)

    def backward(self, time: datetime, now: Now) -> Iterator[Span]:
        running = next(self.coarse.forward(time, now), None)
        if running is not None and running.start < time:
            yield from (span for span in reversed(list(self._inside(running, now))) if span.end <= time)
        for outer in islice(self.coarse.backward(time, now), SEARCH_LIMIT):
            yield from (span for span in reversed(list(self._inside(outer, now))) if span.end <= time)


@dataclass(frozen=True, slots=True)
class Mapped:
    """The spans of `base`, each turned into another one by `change` (None drops it). `change` must keep their order.

    `reach` is how far a span may move: so much earlier or later the spans of `base` are looked at.
    """

    base: Cycle
    grain: Grain
    change: Callable[[Span, Now], Span | None]
    reach: timedelta = timedelta(0)

    def forward(self, time: datetime, now: Now) -> Iterator[Span]:
        for base in islice(self.base.forward(time - self.reach, now), SEARCH_LIMIT * 10):
            span = self.change(base, now)
            if span is not None and span.end > time:
                yield span

    def backward(self, time: datetime, now: Now) -> Iterator[Span]:
        for base in islice(self.base.backward(time + self.reach + timedelta(seconds=1), now), SEARCH_LIMIT * 10):
            span = self.change(base, now)
            if span is not None and span.end <= time:
                yield span


def first(cycle: Cycle, now: Now, *, immediate: bool = True, past: bool = False, nearest: bool = False) -> Span | None:
    """The span meant by an expression said alone: the running or next one, else the last one.

    `immediate` False passes over the running one ("Tuesday", said on a Tuesday). `past` prefers the last one,
    `nearest` the one that starts closest to now ("Sunday 10 February" is a single day, which may just have passed).
    """
    try:
        ahead = cycle.forward(now.wall, now)
        behind = cycle.backward(now.wall, now)
        if nearest:
            near = [span for span in (next(ahead, None), next(behind, None)) if span is not None]
            return min(near, key=lambda span: abs(span.start - now.wall), default=None)
        if past:
            return next(behind, None) or next(ahead, None)
        for span in islice(ahead, SEARCH_LIMIT):
            if immediate or span.start > now.wall:
                return span
        # Of a single year or month that has passed, the first one in it is meant.
        return next(behind, None) if not _single(cycle) else min(behind, key=lambda span: span.start, default=None)
    except (OverflowError, ValueError, Exhausted):
        return None  # outside the years that a calendar can hold, or nowhere to be found


def _single(cycle: Cycle) -> bool:
    """Whether a cycle has spans in a single stretch of time only."""
    return isinstance(cycle, Once) or (isinstance(cycle, Within) and _single(cycle.coarse))
