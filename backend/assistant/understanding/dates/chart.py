"""A bottom-up chart parser: which values do the words of a text have, by the rules of a language?

Rules are patterns such as `the? {ordinal} {unit} of {time}`: literal words (`a|b` for alternatives, `x?` for optional
ones) and `{category}` for values. All patterns are kept in one trie, so rules with the same beginning share the work.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from backend.assistant.understanding.dates.values import Recurrence, Time, Value, categories
from backend.assistant.understanding.tokens import Token

# A production takes constants of the rule, then the captured values; None means that the values do not fit.
Production: TypeAlias = Callable[..., Value | None]

# At most so many readings of the same words are kept: enough for real ambiguity, few enough to stay fast.
READINGS = 32


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and what it makes. `weight` orders rival readings of the same words."""

    pattern: str
    production: Production
    constants: tuple[object, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """A value found between two token positions."""

    start: int
    end: int
    value: Value
    weight: float


@dataclass(slots=True)
class _Node:
    words: dict[str, "_Node"] = field(default_factory=dict)
    values: dict[str, "_Node"] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Partial:
    """A pattern matched up to here."""

    start: int
    node: _Node
    captured: tuple[Value, ...]
    weight: float


class Grammar:
    """Rules compiled into a trie. Raises ValueError for a pattern that is empty or starts with nothing but options."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._root = _Node()
        for rule in rules:
            for path in _expand(rule.pattern.split()):
                if not path:
                    raise ValueError(f"pattern {rule.pattern!r} matches no words at all")
                node = self._root
                for element in path:
                    branch = node.values if element.startswith("{") else node.words
                    node = branch.setdefault(element.strip("{}"), _Node())
                node.rules.append(rule)

    def parse(self, tokens: Sequence[Token], seeds: Iterable[Edge], skipped: frozenset[str]) -> list[Edge]:
        """All values in the text. `seeds` are values found by other means; words in `skipped` may stand in between."""
        return _Chart(self._root, tokens, skipped).run(seeds)


def _expand(elements: list[str]) -> list[list[str]]:
    """Every sequence of plain words and values that a pattern stands for."""
    paths: list[list[str]] = [[]]
    for element in elements:
        optional = element.endswith("?") and len(element) > 1
        choices = element.removesuffix("?").split("|") if optional else element.split("|")
        grown = [[*path, choice] for path in paths for choice in choices]
        paths = grown + paths if optional else grown
    return paths


class _Chart:
    def __init__(self, root: _Node, tokens: Sequence[Token], skipped: frozenset[str]) -> None:
        self._root = root
        self._words = [token.word for token in tokens]
        self._skip = [
            word in skipped or (word in {"-", "/"} and token.glued)
            for word, token in zip(self._words, tokens, strict=True)
        ]
        self._edges: dict[int, list[Edge]] = defaultdict(list)  # by start
        self._kept: dict[tuple[int, int, tuple[object, ...]], float] = {}
        self._cells: dict[tuple[int, int], int] = defaultdict(int)
        self._agenda: list[Edge] = []

    def run(self, seeds: Iterable[Edge]) -> list[Edge]:
        # Words are read from right to left, so that an edge finds everything that may follow it in place.
        pending = sorted(seeds, key=lambda edge: edge.start)
        for position in range(len(self._words) - 1, -1, -1):
            while pending and pending[-1].start == position:
                self._agenda.append(pending.pop())
            self._step(_Partial(position, self._root, (), 0.0), position, word_only=True)
            while self._agenda:
                self._add(self._agenda.pop())
        return [edge for edges in self._edges.values() for edge in edges]

    def _add(self, edge: Edge) -> None:
        key = (edge.start, edge.end, _signature(edge.value))
        cell = (edge.start, edge.end)
        if self._kept.get(key, float("-inf")) >= edge.weight or self._cells[cell] >= READINGS:
            return
        self._kept[key] = edge.weight
        self._cells[cell] += 1
        self._edges[edge.start].append(edge)
        self._take(_Partial(edge.start, self._root, (), 0.0), edge)

    def _take(self, partial: _Partial, edge: Edge) -> None:
        for name in categories(edge.value):
            node = partial.node.values.get(name)
            if node is not None:
                grown = _Partial(partial.start, node, (*partial.captured, edge.value), partial.weight + edge.weight)
                self._advance(grown, edge.end)

    def _advance(self, partial: _Partial, position: int) -> None:
        for rule in partial.node.rules:
            value = rule.production(*rule.constants, *partial.captured)
            if value is not None:
                # Each rule costs a little, so that of two equal readings the plainer one wins.
                self._agenda.append(Edge(partial.start, position, value, partial.weight + rule.weight - 0.01))
        if partial.node.words or partial.node.values:
            self._step(partial, position)
            if position < len(self._words) and self._skip[position]:
                self._step(partial, position + 1)

    def _step(self, partial: _Partial, position: int, *, word_only: bool = False) -> None:
        if position >= len(self._words):
            return
        node = partial.node.words.get(self._words[position])
        if node is not None:
            self._advance(_Partial(partial.start, node, partial.captured, partial.weight), position + 1)
        if word_only or not partial.node.values:
            return
        for edge in tuple(self._edges[position]):
            self._take(partial, edge)


def _signature(value: Value) -> tuple[object, ...]:
    """What makes two readings of the same words rivals of one kind, of which only the better is kept."""
    if isinstance(value, Time):
        return ("time", value.form, value.grain, value.latent, value.clock, value.index, value.direction)
    if isinstance(value, Recurrence):
        return ("every", value.freq, value.interval, value.parts, value.count, value.until is None, value.begin is None)
    return (value,)
