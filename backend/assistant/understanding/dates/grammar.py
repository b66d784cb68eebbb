"""From words to time expressions: the chart parser with the rules of a language, and the best readings of a text."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeGuard

from backend.assistant.understanding.dates.chart import Edge, Grammar
from backend.assistant.understanding.dates.clocks import waking
from backend.assistant.understanding.dates.formats import Formats
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import DateWords
from backend.assistant.understanding.dates.numerals import Numerals
from backend.assistant.understanding.dates.values import Form, Length, Recurrence, Time, Value
from backend.assistant.understanding.tokens import Token


@dataclass(frozen=True, slots=True)
class Found:
    """A time expression in a text. `first` and `last` are token positions, `last` exclusive.

    `pieces` are the parts said in words of their own, such as the day and the time of day, if there are several.
    """

    first: int
    last: int
    value: Time | Recurrence | Length
    pieces: tuple["Piece", ...] = ()

    def moved(self, by: int) -> "Found":
        """The same, placed so many tokens later."""
        pieces = tuple(replace(piece, first=piece.first + by, last=piece.last + by) for piece in self.pieces)
        return replace(self, first=self.first + by, last=self.last + by, pieces=pieces)

    def piece(self, *, clock: bool) -> "Piece | None":
        """The part that names the time of day, or the one that names the day."""
        return next(
            (p for p in self.pieces if isinstance(p.value, Time) and (p.value.grain < Grain.DAY) == clock), None
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a time expression, placed as in `Found`."""

    first: int
    last: int
    value: Time | Recurrence


class DateGrammar:
    """The date grammar of one language, compiled once."""

    def __init__(self, language: DateWords) -> None:
        self._grammar = Grammar(language.rules)
        self._numerals = Numerals(language.numbers)
        self._formats = Formats(language.order)
        self._language = language

    def parse(
        self,
        text: str,
        tokens: Sequence[Token],
        exists: Callable[[Time], bool],
        landings: Collection[int] = (),
        closed: Sequence[bool] = (),
    ) -> list[Found]:
        """The time expressions of a text, first to last, without overlaps; the longest reading wins.

        `tokens` are those of `text`, without fillers. `exists` says whether a time fits any day at all: of rival
        readings of the same words such a one is taken. A word that only may be a time ("May", "1974") counts when it is
        the whole text. A bare hour also counts at one of the `landings`: token positions at which a time of day is
        expected ("move it to 11"). A word that is `closed` belongs to no time.
        """
        seeds = [*self._numerals.edges(tokens), *self._formats.edges(text, tokens)]
        edges = self._grammar.parse(tokens, seeds, self._language.skipped)
        candidates = [edge for edge in edges if _counts(edge, len(tokens)) and not any(closed[edge.start : edge.end])]
        candidates += [
            replace(edge, value=waking(edge.value).firm())
            for edge in edges
            if edge.start in landings and _is_hour(edge.value) and self._ends(tokens, edge.end)
        ]
        candidates.sort(key=lambda edge: (edge.start - edge.end, edge.start, -edge.weight))
        taken = [False] * len(tokens)
        found = []
        for (start, end), rivals in groupby(candidates, key=lambda edge: (edge.start, edge.end)):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                found.append(_with_pieces(start, end, _best(list(rivals), exists), edges))
        return sorted(found, key=lambda item: item.first)

    def _ends(self, tokens: Sequence[Token], position: int) -> bool:
        """Whether no noun can follow at a position that would make the number before it a number of something."""
        if position >= len(tokens):
            return True
        word = tokens[position].word
        return not word[0].isalnum() or word in self._language.leading or word in self._language.closing


def _with_pieces(first: int, last: int, value: Time | Recurrence | Length, edges: list[Edge]) -> Found:
    """The expression with its parts: the rule or the day, the clock time, the part of the day. Each takes the longest
    words that it can have beside the others; they must leave no more than two small words over."""
    if isinstance(value, Length) or (isinstance(value, Time) and value.grain >= Grain.DAY):
        return Found(first, last, value)
    inner = [
        edge for edge in edges if first <= edge.start and edge.end <= last and edge.end - edge.start < last - first
    ]
    inner.sort(key=lambda edge: (edge.start - edge.end, edge.start))
    pieces: list[Piece] = []
    for fits in (_names_day, _names_clock, _names_part):
        for edge in inner:
            if fits(edge.value) and all(edge.end <= p.first or p.last <= edge.start for p in pieces):
                assert isinstance(edge.value, Time | Recurrence)
                pieces.append(Piece(edge.start, edge.end, edge.value))
                break
    covered = sum(piece.last - piece.first for piece in pieces)
    if len(pieces) < 2 or covered < last - first - 2:
        return Found(first, last, value)
    return Found(first, last, value, tuple(pieces))


def _names_day(value: Value) -> bool:
    if isinstance(value, Recurrence):
        return value.clock is None
    return isinstance(value, Time) and value.grain >= Grain.DAY and not value.latent and value.form is not Form.OPEN


def _names_clock(value: Value) -> bool:
    timed = isinstance(value, Time) and value.form in {Form.CLOCK, Form.RANGE, Form.OPEN}
    return timed and isinstance(value, Time) and value.grain < Grain.DAY and not value.parts


def _names_part(value: Value) -> bool:
    return isinstance(value, Time) and value.form is Form.PART and not value.latent


def _best(rivals: list[Edge], exists: Callable[[Time], bool]) -> Time | Recurrence | Length:
    """The best reading of the same words: the first that exists, else the first."""
    for edge in rivals:
        if not isinstance(edge.value, Time) or exists(edge.value):
            break
    else:
        edge = rivals[0]
    assert isinstance(edge.value, Time | Recurrence | Length)
    return edge.value


def _is_hour(value: Value) -> TypeGuard[Time]:
    return isinstance(value, Time) and value.form is Form.CLOCK and value.latent


def _counts(edge: Edge, length: int) -> bool:
    """Whether an edge can stand as a time of its own."""
    value = edge.value
    if isinstance(value, Time | Recurrence) and value.weak and edge.end - edge.start < length:
        return False
    return isinstance(value, Recurrence | Length) or (isinstance(value, Time) and not value.latent)
