"""Retrieval over public collections in BEIR's format, through the production pipeline, with and without each feature.

The halves are drawn by a digest of the question's id: the first was used for tuning, the second only for reporting.
Collections are indexed once and kept in bench/out.
"""

import asyncio
import hashlib
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from pathlib import Path

from backend.evaluation import Nobody, cutter
from backend.search.edge import EdgeStore
from backend.search.embedders import open_builtin
from backend.search.evaluate import ask, fill
from backend.search.index import Index
from backend.search.language import LanguageDetector
from backend.search.ranking import ALL_FEATURES, Features
from backend.search.service import Search

OUT = Path(__file__).parent / "out" / "retrieval"

Measure = Callable[[Sequence[str], Collection[str]], float]


def ndcg_at_10(found: Sequence[str], right: Collection[str]) -> float:
    """Normalised discounted cumulative gain of the first ten, for judgements of right or not."""
    gain = sum(1 / math.log2(rank + 2) for rank, document in enumerate(found[:10]) if document in right)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(right))))


def recall_at_5(found: Sequence[str], right: Collection[str]) -> float:
    """The share of the right documents that are among the first five."""
    return len(set(found[:5]) & set(right)) / len(right)


COLLECTIONS: dict[str, tuple[str, Measure]] = {
    "scifact": ("nDCG@10", ndcg_at_10),
    "hotpotqa": ("recall@5", recall_at_5),
}


def without_each() -> dict[str, Features]:
    """All features, none, and all but one."""
    every = [field.name for field in fields(Features)]
    return {
        "all": ALL_FEATURES,
        "none": Features(**dict.fromkeys(every, False)),
        **{f"without {name}": Features(**{name: False}) for name in every},
    }


async def measure(data: Path) -> dict[str, dict[str, dict[str, float]]]:
    """For each collection below `data`/retrieval and set of features: the measure on both halves."""
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for name, (title, measured) in COLLECTIONS.items():
        folder = data / "retrieval" / name
        embedder = await open_builtin(OUT)
        store = EdgeStore(OUT / name)
        try:
            index = Index(store, embedder)
            await index.open()
            corpus, _ = await fill(
                folder, index=index, detector=LanguageDetector(), cut=cutter(embedder), progress=_progress
            )
            search = Search(store, index, Nobody())
            right = await asyncio.to_thread(_judgements, folder / "qrels.tsv")
            figures[f"{name} {title}"] = rows = {}
            for features_name, features in without_each().items():
                found = await ask(folder, corpus, store=store, index=index, search=search, features=features)
                halves: dict[str, list[float]] = {"tuned": [], "held": []}
                for query, documents in found.items():
                    halves[_half(query)].append(measured([one for one, _ in documents], right[query]))
                rows[features_name] = {half: round(sum(v) / len(v), 4) for half, v in halves.items() if v}
        finally:
            await store.close()
            await embedder.close()
    return figures


def _half(query: str) -> str:
    return "held" if hashlib.sha256(query.encode()).digest()[0] % 2 else "tuned"


def _judgements(path: Path) -> dict[str, set[str]]:
    right: dict[str, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8") as file:
        next(file)  # the names of the columns
        for line in file:
            query, document, score = line.rstrip("\n").split("\t")
            if int(score) > 0:
                right[query].add(document)
    return right


def _progress(step: str, done: int, total: int) -> None:
    if done % 100 == 0:
        print(f"\r{step} {done:,} of {total:,}", end="", file=sys.stderr)
