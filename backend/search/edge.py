"""Vectors on this machine: a `VectorStore` over qdrant-edge, one vector process for each collection.

On disk, `folder`/active names the active collection, and each collection is a folder:

    <collection>/dimension    numbers in its dense vectors
    <collection>/generation   the number of the folder that holds its points
    <collection>/<number>/    a shard, optimised when it was made and appended to since

A search compares with every point that no graph covers yet, so a shard that has grown is optimised: a copy of it, in a
process of its own, while the old one goes on answering. What is written meanwhile is kept in a journal; the new shard
replays it before it takes over. Whatever is killed at whatever moment, `generation` names a folder that holds all.
"""

import asyncio
import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from backend.errors import NotFound
from backend.search import wire
from backend.search.edge_shard import GrowingShard, read_text, write_text
from backend.search.embedding import Vectors
from backend.search.sparse import SparseVector
from backend.search.store import Hit, Payload, Point, Record, Where

T = TypeVar("T")
V = TypeVar("V")

# A search waits for the update that is being carried out; a hundred points take some ten milliseconds.
_POINTS_PER_UPDATE = 100

_RECORDS = msgspec.msgpack.Decoder(wire.Records)
_PAGE = msgspec.msgpack.Decoder(wire.Page)
_HITS = msgspec.msgpack.Decoder(wire.Hits)
_NUMBER = msgspec.msgpack.Decoder(int)
_TALLY = msgspec.msgpack.Decoder(dict[str | int, int])


class EdgeStore:
    """`VectorStore` over vector processes. `folder` is made when missing and belongs to this store alone.

    What has been written survives `kill -9` of any process. A power cut may lose what was not flushed: up to the last
    5,000 points, or five quiet seconds.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shards: dict[str, GrowingShard] = {}
        self._opening = asyncio.Lock()

    async def ensure(self, collection: str, dimension: int) -> None:
        """Create the collection unless it exists."""
        path = self._folder / collection / "dimension"
        if await asyncio.to_thread(read_text, path) is None:
            await asyncio.to_thread(write_text, path, str(dimension))
        await self._ask(collection, wire.Stats(), _NUMBER)

    async def collections(self) -> list[str]:
        """Names of all collections, sorted."""
        return await asyncio.to_thread(lambda: sorted(path.parent.name for path in self._folder.glob("*/dimension")))

    async def drop(self, collection: str) -> None:
        """Delete a collection and its files."""
        async with self._opening:
            shard = self._shards.pop(collection, None)
            if shard is not None:
                await shard.close()
            # Without its dimension it is no collection any more, however far the deletion comes.
            await asyncio.to_thread((self._folder / collection / "dimension").unlink, missing_ok=True)
            await asyncio.to_thread(shutil.rmtree, self._folder / collection, ignore_errors=True)

    async def active(self) -> str | None:
        """The active collection."""
        return await asyncio.to_thread(read_text, self._folder / "active")

    async def activate(self, collection: str) -> None:
        """Make `collection` the active one."""
        await asyncio.to_thread(write_text, self._folder / "active", collection)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Add or replace points."""
        shard = await self._shard(collection)
        for start in range(0, len(points), _POINTS_PER_UPDATE):
            part = [_wired(point) for point in points[start : start + _POINTS_PER_UPDATE]]
            await shard.write(wire.Upsert(part), len(part))

    async def update(self, collection: str, changes: Mapping[str, Payload]) -> None:
        """Set payload fields by id."""
        shard = await self._shard(collection)
        for part in _parts(changes):
            await shard.write(wire.Update({key: dict(payload) for key, payload in part.items()}), 0)

    async def update_sparse(self, collection: str, vectors: Mapping[str, SparseVector]) -> None:
        """Replace sparse vectors by id."""
        shard = await self._shard(collection)
        for part in _parts(vectors):
            await shard.write(wire.UpdateSparse({key: (v.indices, v.values) for key, v in part.items()}), 0)

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points by id."""
        if ids:
            await (await self._shard(collection)).write(wire.Delete(list(ids)), 0)

    async def delete_where(self, collection: str, where: Where) -> None:
        """Delete what `where` selects."""
        await (await self._shard(collection)).write(wire.DeleteWhere(_where(where)), 0)

    async def get(self, collection: str, ids: Sequence[str], fields: Sequence[str] | None = None) -> list[Record]:
        """The points with these ids that exist, in this order."""
        call = wire.Get(list(ids), None if fields is None else list(fields))
        return [Record(*record) for record in await self._ask(collection, call, _RECORDS)]

    async def scroll(
        self,
        collection: str,
        where: Where,
        *,
        limit: int,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> tuple[list[Record], str | None]:
        """A page of points in order of id."""
        call = wire.Scroll(_where(where), limit, after, None if fields is None else list(fields))
        records, following = await self._ask(collection, call, _PAGE)
        return [Record(*record) for record in records], following

    async def search(
        self,
        collection: str,
        dense: Vectors | None,
        sparse: SparseVector,
        where: Where,
        *,
        limit: int,
        exact: bool = False,
    ) -> list[Hit]:
        """The best points by each vector, with both scores of each."""
        call = wire.Search(
            None if dense is None else _floats(dense), sparse.indices, sparse.values, _where(where), limit, exact
        )
        return [Hit(*hit) for hit in await self._ask(collection, call, _HITS)]

    async def count(self, collection: str, where: Where) -> int:
        """How many points `where` selects."""
        return await self._ask(collection, wire.Count(_where(where)), _NUMBER)

    async def tally(self, collection: str, field: str) -> dict[str | int, int]:
        """How many points carry each value of an indexed field."""
        return await self._ask(collection, wire.Tally(field), _TALLY)

    async def optimise(self, collection: str) -> None:
        """Build the graph now, without waiting for the shard to grow; searches go on."""
        await (await self._shard(collection)).optimise()

    async def pids(self) -> list[int]:
        """Process ids of the vector processes that run, for measurements."""
        return [shard.client.pid for shard in self._shards.values() if shard.client.pid is not None]

    async def close(self) -> None:
        """Flush and end all vector processes."""
        async with self._opening:
            for shard in self._shards.values():
                await shard.close()
            self._shards.clear()

    async def _ask(self, collection: str, call: wire.Reading, answer: msgspec.msgpack.Decoder[T]) -> T:
        return await (await self._shard(collection)).client.ask(call, answer)

    async def _shard(self, collection: str) -> GrowingShard:
        if collection in self._shards:
            return self._shards[collection]
        async with self._opening:
            if collection not in self._shards:
                dimension = await asyncio.to_thread(read_text, self._folder / collection / "dimension")
                if dimension is None:
                    raise NotFound(f"There is no collection {collection!r} of vectors.")
                shard = GrowingShard(self._folder / collection, int(dimension))
                await shard.open()
                self._shards[collection] = shard
            return self._shards[collection]


def _wired(point: Point) -> wire.WirePoint:
    dense = None if point.dense is None else _floats(point.dense)
    return wire.WirePoint(point.id, dense, point.sparse.indices, point.sparse.values, dict(point.payload))


def _floats(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()


def _where(where: Where) -> wire.WireWhere:
    return wire.WireWhere(
        where.path_ids, where.file_ids, where.mimes, where.names, where.modified_from, where.modified_to
    )


def _parts(items: Mapping[str, V]) -> Iterator[dict[str, V]]:
    """The items in dictionaries small enough for one update."""
    pairs = iter(items.items())
    while part := dict(itertools.islice(pairs, _POINTS_PER_UPDATE)):
        yield part
