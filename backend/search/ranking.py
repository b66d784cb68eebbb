"""The order of what was found: words and meaning, token by token, names in the question, and documents named by others.

What each feature adds is printed by `make bench-quality`.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.search.embedding import Vectors
from backend.search.fusion import fuse
from backend.search.late import QueryTokens, similarities
from backend.search.names import mentions
from backend.search.payload import TOKENS
from backend.search.sparse import SparseVector
from backend.search.store import Hit, VectorStore, Where

# Chunks that are compared a second time. What is not among the first forty is seldom among the best ten.
_COMPARED = 40

# What a token-wise cosine counts against the fused score, and what a document gets whose name the question says.
_TOKENS_WEIGHT = 2.0
_NAMED = 0.6

# The first passages' texts are searched for names of other documents ("the film was directed by ..."): the passages of
# these documents that are nearest to the question come behind the first two, whatever their own score, since a question
# that needs two steps says nothing about the second.
_READ_FOR_NAMES = 3
_LINKED_AFTER = 2
_LINKED = 2
# Chunks found by each vector in all documents that are named.
_LINKED_CANDIDATES = 10
# A name that more documents carry is not one ("Notes", "Invoice").
_NAMESAKES = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A question in all the forms in which it is compared; without `dense` and `tokens` where no model is at hand."""

    text: str
    dense: Vectors | None
    tokens: QueryTokens | None
    words: SparseVector


@dataclass(frozen=True, slots=True)
class Features:
    """What goes into the order, to be switched off one by one in measurements."""

    tokens: bool = True
    named: bool = True
    linked: bool = True


ALL_FEATURES = Features()


@dataclass(frozen=True, slots=True)
class _Found:
    """A chunk with its score and what of its payload the order needs."""

    id: str
    score: float
    file_id: int
    names: frozenset[str]


class Ranking:
    """Orders hits."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    async def rank(
        self, collection: str, query: Query, hits: Sequence[Hit], where: Where, features: Features
    ) -> list[tuple[str, float]]:
        """Ids with their scores, the best first; chunks of documents that the first ones name among them.

        Scores of one ranking can be compared with each other, except that a chunk which came by its name has the score
        of the one before it.
        """
        fused = fuse(hits)
        first = await self._compare(collection, query, fused[:_COMPARED], features)
        ranked = [(one.id, one.score) for one in first] + _below(fused[_COMPARED:], first)
        if not features.linked or not first:
            return ranked
        linked = await self._linked(collection, query, first, where, features)
        shown = {key for key, _ in ranked[:_LINKED_AFTER]}
        slots = [one.id for one in linked if one.id not in shown][:_LINKED]
        if not slots:
            return ranked
        score = ranked[:_LINKED_AFTER][-1][1]
        rest = [pair for pair in ranked[_LINKED_AFTER:] if pair[0] not in slots]
        return [*ranked[:_LINKED_AFTER], *((key, score) for key in slots), *rest]

    async def _compare(
        self, collection: str, query: Query, fused: Sequence[tuple[str, float]], features: Features
    ) -> list[_Found]:
        """The same chunks in the order of all features but links."""
        records = await self._store.get(collection, [key for key, _ in fused], ["file_id", "names", TOKENS])
        scores = dict(fused)
        near = [0.0] * len(records)
        if features.tokens and query.tokens is not None:
            packed = [base64.b64decode(str(record.payload.get(TOKENS, ""))) for record in records]
            near = [float(value) for value in similarities(query.tokens, packed)]
        # A name of one word ("Recall", "Warfarin") is as often the question's subject as a document.
        said = {name for name in mentions(query.text, capitals=False) if " " in name} if features.named else set()
        found = []
        for record, closeness in zip(records, near, strict=True):
            called = _names(record.payload.get("names"))
            bonus = 0.0 if said.isdisjoint(called) else _NAMED
            score = scores[record.id] + _TOKENS_WEIGHT * closeness + bonus
            found.append(_Found(record.id, score, int(str(record.payload["file_id"])), called))
        # A stable sort: between equals the order of `fuse`.
        return sorted(found, key=lambda one: -one.score)

    async def _linked(
        self, collection: str, query: Query, first: Sequence[_Found], where: Where, features: Features
    ) -> list[_Found]:
        """Chunks of documents whose names stand in the first passages, the best for the question first."""
        reading = first[:_READ_FOR_NAMES]
        records = await self._store.get(collection, [one.id for one in reading], ["text"])
        known = {name for one in reading for name in one.names}
        named = set().union(*(mentions(str(record.payload["text"]), capitals=True) for record in records)) - known
        if not named:
            return []
        narrowed = replace(where, names=tuple(sorted(named)))
        hits = await self._store.search(collection, query.dense, query.words, narrowed, limit=_LINKED_CANDIDATES)
        found = await self._compare(collection, query, fuse(hits), features)
        carriers: dict[str, set[int]] = {}
        for one in found:
            for name in one.names & named:
                carriers.setdefault(name, set()).add(one.file_id)
        rare = {name for name, files in carriers.items() if len(files) <= _NAMESAKES}
        # One passage of each document: several slots are for several steps.
        best: dict[int, _Found] = {}
        for one in found:
            if one.names & rare:
                best.setdefault(one.file_id, one)
        return list(best.values())


def _below(fused: Sequence[tuple[str, float]], first: Sequence[_Found]) -> list[tuple[str, float]]:
    """The rest, in its order, with scores below those of the chunks that were compared."""
    if not fused or not first:
        return list(fused)
    gap = max(0.0, fused[0][1] - first[-1].score)
    return [(key, score - gap) for key, score in fused]


def _names(value: object) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list | tuple) else frozenset()
