"""The order of what was found: words and meaning, token by token, names in the question, and documents named by others.

What each feature adds is printed by `make bench-quality`.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
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

# What a token-wise cosine counts against the fused score (1.5 to 2 are alike), and what a document gets whose name the
# question says.
_TOKENS_WEIGHT = 1.75
_NAMED = 0.6

# The first passages' texts are searched for names of other documents ("the film was directed by ..."): the passages of
# these documents that are nearest to the question come behind the first three, whatever their own score, since a
# question that needs two steps says nothing about the second. (Behind the first two: no better for two steps, and one
# more of a hundred own questions loses its passage from the first three.)
READ_FOR_NAMES = 3
_LINKED_AFTER = 3
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
class Judged:
    """What is known of one chunk, whatever else was found: `bonus` is added to its fused score."""

    bonus: float
    file_id: int
    names: frozenset[str]


class Ranking:
    """Orders hits. It asks nobody who may read them: what is read for names must be readable to who asks."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    async def judge(
        self, collection: str, query: Query, hits: Sequence[Hit], features: Features = ALL_FEATURES
    ) -> dict[str, Judged]:
        """The chunks that are worth a second look, by id."""
        keys = [key for key, _ in fuse(hits)[:_COMPARED]]
        records = await self._store.get(collection, keys, ["file_id", "names", TOKENS])
        near = [0.0] * len(records)
        if features.tokens and query.tokens is not None:
            packed = [base64.b64decode(str(record.payload.get(TOKENS, ""))) for record in records]
            near = [float(value) for value in similarities(query.tokens, packed)]
        # A name of one word ("Recall", "Warfarin") is as often the question's subject as a document.
        said = {name for name in mentions(query.text, capitals=False) if " " in name} if features.named else set()
        judged = {}
        for record, closeness in zip(records, near, strict=True):
            called = _names(record.payload.get("names"))
            bonus = _TOKENS_WEIGHT * closeness + (0.0 if said.isdisjoint(called) else _NAMED)
            judged[record.id] = Judged(bonus, int(str(record.payload["file_id"])), called)
        return judged

    async def linked(
        self,
        collection: str,
        query: Query,
        texts: Mapping[str, str],
        judged: Mapping[str, Judged],
        where: Where,
        features: Features = ALL_FEATURES,
    ) -> list[str]:
        """Ids of chunks of further documents whose names stand in `texts` (by id), the best for the question first.

        One chunk of each document: several slots are for several steps.
        """
        known = {name for key in texts if key in judged for name in judged[key].names}
        named = set().union(*(mentions(text, capitals=True) for text in texts.values())) - known
        if not named:
            return []
        narrowed = replace(where, names=tuple(sorted(named)))
        hits = await self._store.search(collection, query.dense, query.words, narrowed, limit=_LINKED_CANDIDATES)
        further = await self.judge(collection, query, hits, features)
        found = [key for key, _ in ordered(hits, further) if key in further]
        carriers: dict[str, set[int]] = {}
        for key in found:
            for name in further[key].names & named:
                carriers.setdefault(name, set()).add(further[key].file_id)
        rare = {name for name, files in carriers.items() if len(files) <= _NAMESAKES}
        best: dict[int, str] = {}
        for key in found:
            if further[key].names & rare:
                best.setdefault(further[key].file_id, key)
        return list(best.values())


def ordered(hits: Iterable[Hit], judged: Mapping[str, Judged]) -> list[tuple[str, float]]:
    """Ids with their scores, best first: first those that were judged, then the rest.

    Scores are relative to the best match of words among `hits`.
    """
    fused = fuse(hits)
    # A stable sort: between equals the order of `fuse`.
    first = sorted(
        ((key, score + judged[key].bonus) for key, score in fused if key in judged), key=lambda pair: -pair[1]
    )
    rest = [pair for pair in fused if pair[0] not in judged]
    gap = max(0.0, rest[0][1] - first[-1][1]) if first and rest else 0.0
    return first + [(key, score - gap) for key, score in rest]


def with_links(ranked: Sequence[tuple[str, float]], linked: Sequence[str]) -> list[tuple[str, float]]:
    """`ranked` with the first of `linked` behind its first three, at the score of the one before them."""
    shown = {key for key, _ in ranked[:_LINKED_AFTER]}
    slots = [key for key in linked if key not in shown][:_LINKED]
    if not slots:
        return list(ranked)
    score = ranked[:_LINKED_AFTER][-1][1]
    rest = [pair for pair in ranked[_LINKED_AFTER:] if pair[0] not in slots]
    return [*ranked[:_LINKED_AFTER], *((key, score) for key in slots), *rest]


def _names(value: object) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list | tuple) else frozenset()
