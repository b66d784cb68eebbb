"""Speed, recall and size of search over synthetic chunks; prints JSON.

    python -m bench.search [--sizes 10000,100000] [--queries 200] [--fresh]

Vectors are clustered as those of real text are, words follow Zipf's law, and the user who asks sees one folder in
fifty. A question's words and vector come from one of the chunks, with noise. `end_to_end` is what `Search.rank` takes
(embedding the question, both searches, ranking) plus reading the passages, with an access check that answers at once;
the live check of a server is its own. Shards are kept in bench/out for the next run.
"""

import argparse
import asyncio
import base64
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.search.builtin import BuiltinEmbedder
from backend.search.chunk import Chunk, Document
from backend.search.edge import EdgeStore
from backend.search.embedding import Vectors
from backend.search.index import Index, collection_name
from backend.search.payload import TOKENS, sparse_vector, to_payload
from backend.search.ranking import Features
from backend.search.service import Search
from backend.search.store import Point, Where

OUT = Path(__file__).parent / "out" / "search"

FOLDERS = 50
HOME = 1_000_000_000
CHUNKS_PER_FILE = 10
WORDS_PER_CHUNK = 150
# Bytes of token vectors of a chunk: some ninety telling tokens in 48 directions.
TOKEN_BYTES = 90 * 48
UNRANKED = Features(tokens=False, named=False, linked=False)
CLUSTERS = 2_000
# Spread of the chunks around their cluster's centre: two of one cluster have a cosine of about 0.55.
SPREAD = 0.9
BATCH = 500


@dataclass(frozen=True)
class Synthetic:
    """A source of chunks; the same seed gives the same."""

    centres: Vectors
    vocabulary: list[str]
    cumulative: NDArray[np.float64]

    @classmethod
    def make(cls, dimension: int) -> "Synthetic":
        random = np.random.default_rng(1)
        letters = np.array(list("abcdefghijklmnoprstuvw"))
        words = ["".join(random.choice(letters, random.integers(4, 11))) for _ in range(50_000)]
        weights = 1 / np.arange(1, len(words) + 1)
        centres = random.normal(size=(CLUSTERS, dimension)).astype(np.float32)
        return cls(centres / np.linalg.norm(centres, axis=1, keepdims=True), words, np.cumsum(weights / weights.sum()))

    def vectors(self, random: np.random.Generator, count: int) -> Vectors:
        noise = random.normal(size=(count, self.centres.shape[1])) * SPREAD / np.sqrt(self.centres.shape[1])
        rows = self.centres[random.integers(0, CLUSTERS, count)] + noise
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def text(self, random: np.random.Generator, words: int) -> str:
        picked = np.searchsorted(self.cumulative, random.random(words))
        return " ".join(self.vocabulary[min(index, len(self.vocabulary) - 1)] for index in picked)


def chunks(synthetic: Synthetic, size: int) -> "Sequence[range]":
    """The numbers of the chunks, in batches."""
    return [range(start, min(start + BATCH, size)) for start in range(0, size, BATCH)]


async def fill(store: EdgeStore, collection: str, synthetic: Synthetic, size: int) -> None:
    """Write `size` chunks."""
    random = np.random.default_rng(2)
    for numbers in chunks(synthetic, size):
        vectors = synthetic.vectors(random, len(numbers))
        points = []
        for number, vector in zip(numbers, vectors, strict=True):
            file_id = number // CHUNKS_PER_FILE
            document = Document(
                file_id=file_id,
                path=f"/Folder {file_id % FOLDERS}/{file_id}.txt",
                title=f"{file_id}.txt",
                mime="text/plain",
                modified=datetime(2025, 1, 1, tzinfo=UTC),
                language="en",
                path_ids=(file_id, HOME + 1 + file_id % FOLDERS, HOME),
            )
            chunk = Chunk(synthetic.text(random, WORDS_PER_CHUNK), number % CHUNKS_PER_FILE, 0, 0, None, None, ())
            key = f"00000000-0000-0000-0000-{number:012x}"
            payload = to_payload(document, chunk) | {TOKENS: base64.b64encode(random.bytes(TOKEN_BYTES)).decode()}
            points.append(Point(key, vector, sparse_vector(document, chunk), payload))
        await store.upsert(collection, points)
        print(f"\r{numbers.stop:,} of {size:,}", end="", file=sys.stderr)
    print(file=sys.stderr)


def memory_mb(pid: int) -> dict[str, float]:
    """Resident memory of a process: its own (`private`), and with the files that it maps (`resident`)."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "private": round(int(fields["RssAnon"].split()[0]) / 1024, 1),
        "resident": round(int(fields["VmRSS"].split()[0]) / 1024, 1),
    }


def disk_mb(folder: Path) -> float:
    return round(sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 2**20, 1)


def milliseconds(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    cuts = statistics.quantiles(times, n=20)
    return {"p50": round(statistics.median(times) * 1000, 2), "p95": round(cuts[18] * 1000, 2)}


class Sees:
    """`Access` of a user who can read everything below some roots."""

    below: tuple[int, ...] = ()

    async def roots(self, user_id: str) -> tuple[int, ...]:
        return self.below

    async def home(self, user_id: str) -> int | None:
        return None

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        return dict.fromkeys(node_ids, "/file.txt")

    def link(self, user_id: str, file_id: int, path: str) -> str:
        return ""


async def measure(size: int, queries: int, *, fresh: bool) -> dict[str, object]:
    """All figures of one size."""
    embedder = await asyncio.to_thread(BuiltinEmbedder, OUT)
    synthetic = Synthetic.make(embedder.dimension)
    collection = collection_name(embedder)
    # Shards of another layout or model are of no use.
    folder = OUT / collection / str(size)
    store = EdgeStore(folder)
    built: dict[str, float] = {}
    if fresh or not (folder / "complete").exists():
        await store.close()
        shutil.rmtree(folder, ignore_errors=True)
        store = EdgeStore(folder)
        await store.ensure(collection, embedder.dimension)
        started = time.perf_counter()
        await fill(store, collection, synthetic, size)
        built["write_seconds"] = round(time.perf_counter() - started, 1)
        started = time.perf_counter()
        await store.optimise(collection)
        built["optimise_seconds"] = round(time.perf_counter() - started, 1)
        await store.close()
        (folder / "complete").touch()
        store = EdgeStore(folder)
    index = Index(store, embedder)
    started = time.perf_counter()
    await index.open()
    opened = time.perf_counter() - started

    access = Sees()
    search = Search(store, index, access)
    random = np.random.default_rng(3)
    figures: dict[str, object] = {"chunks": size, "open_seconds": round(opened, 2), **built}
    for user, roots in (("sees_2_percent", (HOME + 8,)), ("sees_all", (HOME,))):
        access.below = roots
        where = Where(path_ids=(roots,))
        texts = [synthetic.text(random, 8) for _ in range(queries)]
        for text in texts[:10]:
            await search.search("user", text)
        whole, unranked, stored, recalls = [], [], [], []
        for text in texts:
            started = time.perf_counter()
            await search.search("user", text)
            whole.append(time.perf_counter() - started)
            started = time.perf_counter()
            await search.search("user", text, features=UNRANKED)
            unranked.append(time.perf_counter() - started)
            # The vector of a made-up question is near nothing; recall is asked near chunks.
            vector = synthetic.vectors(random, 1)[0]
            words = await search.words(text)
            started = time.perf_counter()
            found = await store.search(collection, vector, words, where, limit=100)
            stored.append(time.perf_counter() - started)
            exact = await store.search(collection, vector, words, where, limit=100, exact=True)
            best, true = ({hit.id for hit in sorted(hits, key=lambda hit: -hit.dense)[:10]} for hits in (found, exact))
            recalls.append(len(best & true) / 10)
        figures[user] = {
            "end_to_end_ms": milliseconds(whole),
            "without_ranking_ms": milliseconds(unranked),
            "store_ms": milliseconds(stored),
            "dense_recall_at_10": round(statistics.fmean(recalls), 4),
        }
    figures["disk_mb"] = disk_mb(folder)
    (pid,) = await store.pids()
    figures["memory_mb"] = {"vector_process": memory_mb(pid), "embedding_and_bench": memory_mb(os.getpid())}
    await store.close()
    await embedder.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default="10000,100000", help="numbers of chunks, separated by commas")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--fresh", action="store_true", help="build the shards anew")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in arguments.sizes.split(",")]
    results = [asyncio.run(measure(size, arguments.queries, fresh=arguments.fresh)) for size in sizes]
    print(json.dumps({"bench": "search", "load_average": os.getloadavg()[0], "results": results}, indent=2))


if __name__ == "__main__":
    main()
