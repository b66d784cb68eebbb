"""From words to time expressions: the chart parser with the rules of a language, and the best readings of a text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from backend.assistant.understanding.dates.chart import Edge, Grammar
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.formats import Formats
from backend.assistant.understanding.dates.language import DateWords
from backend.assistant.understanding.dates.numerals import Numerals
from backend.assistant.understanding.dates.values import Form, Length, Recurrence, Time
from backend.assistant.understanding.tokens import Token


@dataclass(frozen=True, slots=True)
class Found:
    """A time expression in a text. `first` and `last` are token positions, `last` exclusive.

    Where it names a day and a time of day in different words, `day` and `clock` say in which.
    """

    first: int
    last: int
    value: Time | Recurrence | Length
    day: "Piece | None" = None
    clock: "Piece | None" = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a time expression, placed as in `Found`."""

    first: int
    last: int
    value: Time


class DateGrammar:
    """The date grammar of one language, compiled once."""

    def __init__(self, language: DateWords) -> None:
        self._grammar = Grammar(language.rules)
        self._numerals = Numerals(language.numbers)
        self._formats = Formats(language.order)
        self._language = language

    def parse(self, text: str, tokens: Sequence[Token], exists: Callable[[Time], bool]) -> list[Found]:
        """The time expressions of a text, first to last, without overlaps; the longest reading wins.

        `tokens` are those of `text`, without fillers. `exists` says whether a time fits any day at all: of rival readings
        of the same words such a one is taken. A word that only may be a time ("May", "1974") counts when it is the whole
        text.
        """
        seeds = [*self._numerals.edges(tokens), *self._formats.edges(text, tokens)]
        edges = self._grammar.parse(tokens, seeds, self._language.skipped)
        candidates = [edge for edge in edges if _counts(edge, len(tokens))]
        candidates.sort(key=lambda edge: (edge.start - edge.end, edge.start, -edge.weight))
        taken = [False] * len(tokens)
        found = []
        for (start, end), rivals in groupby(candidates, key=lambda edge: (edge.start, edge.end)):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                found.append(_with_pieces(start, end, _best(list(rivals), exists), edges))
        return sorted(found, key=lambda item: item.first)


def _with_pieces(first: int, last: int, value: Time | Recurrence | Length, edges: list[Edge]) -> Found:
    """The expression with the words of its day and of its time of day, where they can be told apart."""
    if not isinstance(value, Time) or value.grain >= Grain.DAY:
        return Found(first, last, value)
    inner = [
        Piece(edge.start, edge.end, edge.value)
        for edge in edges
        if isinstance(edge.value, Time) and first <= edge.start and edge.end <= last and edge.end - edge.start < last - first
    ]
    inner.sort(key=lambda piece: (piece.value.latent, piece.first - piece.last))
    for day in (piece for piece in inner if piece.value.grain >= Grain.DAY and not piece.value.latent):
        for clock in inner:
            apart = clock.last <= day.first or day.last <= clock.first
            whole = (clock.last - clock.first) + (day.last - day.first) >= last - first - 1
            if apart and whole and clock.value.grain < Grain.DAY and clock.value.form is not Form.RELATIVE:
                return Found(first, last, value, day, clock)
    return Found(first, last, value)


def _best(rivals: list[Edge], exists: Callable[[Time], bool]) -> Time | Recurrence | Length:
    """The best reading of the same words: the first that exists, else the first."""
    for edge in rivals:
        if not isinstance(edge.value, Time) or exists(edge.value):
            break
    else:
        edge = rivals[0]
    assert isinstance(edge.value, Time | Recurrence | Length)
    return edge.value


def _counts(edge: Edge, length: int) -> bool:
    """Whether an edge can stand as a time of its own."""
    value = edge.value
    if isinstance(value, Time | Recurrence) and value.weak and edge.end - edge.start < length:
        return False
    return isinstance(value, Recurrence | Length) or (isinstance(value, Time) and not value.latent)
