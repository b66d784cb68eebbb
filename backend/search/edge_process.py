"""The vector process: owns one qdrant-edge shard and answers requests on standard input and output.

It is a process of its own because qdrant-edge holds Python's interpreter lock in every call. It imports little, to stay
small. It ends when its input does, so it cannot outlive the application.

    python -m backend.search.edge_process serve FOLDER DIMENSION
    python -m backend.search.edge_process optimise FOLDER DIMENSION
"""

import array
import contextlib
import fcntl
import os
import select
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
import qdrant_edge as edge

from backend.search import wire

_DENSE = "dense"
_SPARSE = "sparse"

# Edges per node and breadth of the search while building the graph: Qdrant's defaults.
_GRAPH_EDGES = 16
_GRAPH_BREADTH = 100

# Breadth of a search in the graph. Recall@10 against exact search was 1.0 at 100,000 synthetic, clustered points.
_SEARCH_BREADTH = 128

# Segments smaller than this (KB of vectors) are compared point by point, which is exact and needs no graph. The same
# bound decides when a filter leaves so few points that comparing them all is faster.
_GRAPH_FROM_KB = 20_000

# With two segments a search uses both of a small machine's cores.
_SEGMENTS = 2

# What is written is in the write-ahead log at once and so survives the process. It is moved to its place, and the log
# emptied, after this many seconds without a request or this many points.
_FLUSH_IDLE_SECONDS = 5.0
_FLUSH_POINTS = 5_000

# One read from the pipe takes at most this much (bytes).
_READ_SIZE = 1 << 20

# Optimising takes minutes and nobody waits for it.
_OPTIMISER_NICENESS = 10

# A predecessor that is still closing its shard gets this long (seconds) to let go of it.
_LOCK_TIMEOUT = 20.0


class Shard:
    """One qdrant-edge shard in a folder, created with its payload indexes when it is not there yet."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Raises `TimeoutError` when another process holds the folder for longer than a closing one would."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder / "lock")
        data = folder / "shard"
        complete = folder / "complete"
        if complete.exists():
            self._edge = edge.EdgeShard.load(str(data))
        else:
            # A creation that was killed leaves no marker, and nothing was ever stored in it.
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir()
            self._edge = _create(data, dimension)
            complete.touch()
        self._written = 0

    @property
    def unflushed(self) -> int:
        """Points written since the last flush."""
        return self._written

    def answer(self, call: wire.Reading | wire.Writing) -> object:
        """Carry out a call and return its answer, ready to be sent."""
        match call:
            case wire.Search():
                return self._search(call)
            case wire.Get(ids=ids, fields=fields):
                found = {
                    str(r.id): r
                    for r in self._edge.retrieve(list(ids), with_payload=_payload(fields), with_vector=False)
                }
                return [(key, found[key].payload or {}) for key in ids if key in found]
            case wire.Scroll():
                request = edge.ScrollRequest(
                    offset=call.after,
                    limit=call.limit,
                    filter=_filter(call.where),
                    with_payload=_payload(call.fields),
                )
                records, after = self._edge.scroll(request)
                return [(str(r.id), r.payload or {}) for r in records], None if after is None else str(after)
            case wire.Count(where=where):
                return self._edge.count(edge.CountRequest(exact=True, filter=_filter(where)))
            case wire.Tally(field=field):
                values = edge.FacetRequest(field, limit=max(1, self._edge.info().points_count), exact=True)
                # Values of deleted points may still be listed, with none left.
                return {hit.value: hit.count for hit in self._edge.facet(values) if hit.count}
            case wire.Stats():
                return self._edge.info().points_count
            case wire.Flush():
                self.flush()
            case wire.Upsert(points=points):
                self._update(edge.UpdateOperation.upsert_points([_point(point) for point in points]), len(points))
            case wire.Update(changes=changes):
                for key in self._existing(changes):
                    self._update(edge.UpdateOperation.set_payload([key], changes[key]), 1)
            case wire.UpdateSparse(vectors=vectors):
                changed = [
                    edge.PointVectors(key, {_SPARSE: edge.SparseVector(list(vectors[key][0]), list(vectors[key][1]))})
                    for key in self._existing(vectors)
                ]
                if changed:
                    self._update(edge.UpdateOperation.update_vectors(changed), len(changed))
            case wire.Delete(ids=ids):
                self._update(edge.UpdateOperation.delete_points(list(ids)), len(ids))
            case wire.DeleteWhere(where=where):
                everything = _filter(where) or edge.Filter()
                self._update(edge.UpdateOperation.delete_points_by_filter(everything), _FLUSH_POINTS)
        return None

    def optimise(self) -> None:
        """Build graphs over what has none, and merge small and half-deleted segments."""
        self._edge.optimize()

    def flush(self) -> None:
        """Move what the log holds to its place."""
        self._edge.flush()
        self._written = 0

    def close(self) -> None:
        """Flush and let go of the folder."""
        self.flush()
        self._edge.close()
        self._lock.close()

    def _search(self, call: wire.Search) -> wire.Hits:
        vectors: dict[str, edge.Query] = {}
        if call.dense is not None:
            vectors[_DENSE] = edge.Query.Nearest(array.array("f", call.dense).tolist(), using=_DENSE)
        if call.indices:
            words = edge.SparseVector(list(call.indices), list(call.values))
            vectors[_SPARSE] = edge.Query.Nearest(words, using=_SPARSE)
        params = edge.SearchParams(hnsw_ef=max(_SEARCH_BREADTH, call.limit), exact=call.exact)
        where = _filter(call.where)
        scores: dict[str, dict[str, float]] = {_DENSE: {}, _SPARSE: {}}
        for name, query in vectors.items():
            request = edge.QueryRequest(call.limit, query=query, filter=where, params=params)
            scores[name] = {str(hit.id): hit.score for hit in self._edge.query(request)}
        # What only one of the vectors found is compared by the other as well.
        found = scores[_DENSE].keys() | scores[_SPARSE].keys()
        for name, query in vectors.items():
            rest: set[edge.PointId] = set(found - scores[name].keys())
            if rest:
                these = edge.Filter(must=[edge.HasIdCondition(rest)])
                request = edge.QueryRequest(len(rest), query=query, filter=these)
                scores[name] |= {str(hit.id): hit.score for hit in self._edge.query(request)}
        return [(key, scores[_DENSE].get(key, 0.0), scores[_SPARSE].get(key, 0.0)) for key in found]

    def _existing(self, ids: Iterable[str]) -> list[str]:
        # qdrant-edge refuses a whole update when one of its points is gone.
        return [str(record.id) for record in self._edge.retrieve(list(ids), with_payload=False, with_vector=False)]

    def _update(self, operation: edge.UpdateOperation, points: int) -> None:
        self._edge.update(operation)
        self._written += points
        if self._written >= _FLUSH_POINTS:
            self.flush()


def _create(folder: Path, dimension: int) -> edge.EdgeShard:
    cached = edge.Memory.Cached
    config = edge.EdgeConfig(
        vectors={
            _DENSE: edge.EdgeVectorParams(
                dimension, edge.Distance.Dot, memory=cached, datatype=edge.VectorStorageDatatype.Float16
            )
        },
        sparse_vectors={_SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf, memory=cached)},
        hnsw_config=edge.HnswIndexConfig(_GRAPH_EDGES, _GRAPH_BREADTH, _GRAPH_FROM_KB, memory=cached),
        optimizers=edge.EdgeOptimizersConfig(default_segment_number=_SEGMENTS, indexing_threshold=_GRAPH_FROM_KB),
        payload_memory=edge.Memory.Cold,
    )
    shard = edge.EdgeShard.create(str(folder), config)
    same = edge.IntegerIndexParams(lookup=True, range=False, memory=cached)
    ordered = edge.IntegerIndexParams(lookup=False, range=True, memory=cached)
    word = edge.KeywordIndexParams(memory=cached)
    for field, kind in (
        ("file_id", same),
        ("path_ids", same),
        ("modified", ordered),
        ("mime", word),
        ("language", word),
        ("names", word),
    ):
        shard.update(edge.UpdateOperation.create_field_index(field, kind))
    shard.flush()
    return shard


def _locked(path: Path) -> BinaryIO:
    file = path.open("wb")
    deadline = time.monotonic() + _LOCK_TIMEOUT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path.parent} is in use by another process") from None
            time.sleep(0.05)
        else:
            return file


def _point(point: wire.WirePoint) -> edge.Point:
    vectors: dict[str, edge.NamedVector] = {_SPARSE: edge.SparseVector(list(point.indices), list(point.values))}
    if point.dense is not None:
        vectors[_DENSE] = array.array("f", point.dense).tolist()
    return edge.Point(point.id, vectors, point.payload)


def _payload(fields: list[str] | None) -> bool | edge.PayloadSelector:
    return True if fields is None else edge.PayloadSelector.Include(fields)


def _filter(where: wire.WireWhere) -> edge.Filter | None:
    must: list[edge.ConditionType] = [
        edge.FieldCondition("path_ids", match=edge.MatchAny(list(group))) for group in where.path_ids
    ]
    if where.file_ids:
        must.append(edge.FieldCondition("file_id", match=edge.MatchAny(list(where.file_ids))))
    if where.mimes:
        must.append(edge.FieldCondition("mime", match=edge.MatchAny(list(where.mimes))))
    if where.names:
        must.append(edge.FieldCondition("names", match=edge.MatchAny(list(where.names))))
    if where.modified_from is not None or where.modified_to is not None:
        span = edge.RangeFloat(gte=where.modified_from, lte=where.modified_to)
        must.append(edge.FieldCondition("modified", range=span))
    return edge.Filter(must=must) if must else None


def serve(shard: Shard, requests: int, responses: int) -> None:
    """Answer what comes in on the file descriptor `requests` until it ends. Readers overtake writers.

    They may: a caller that wants to read its own writing waits for that to be answered first.
    """
    decoder = msgspec.msgpack.Decoder(wire.Request)
    reader = wire.FrameReader()
    reading: deque[wire.Request] = deque()
    writing: deque[wire.Request] = deque()
    os.set_blocking(requests, False)
    while True:
        idle = not reading and not writing
        wait = (_FLUSH_IDLE_SECONDS if shard.unflushed else None) if idle else 0
        ready, _, _ = select.select([requests], [], [], wait)
        if ready:
            data = os.read(requests, _READ_SIZE)
            if not data:
                return
            for body in reader.feed(data):
                request = decoder.decode(body)
                (reading if isinstance(request.call, wire.READING) else writing).append(request)
            # Take in all that has come before carrying out any of it.
            continue
        if idle:
            shard.flush()
            continue
        request = (reading or writing).popleft()
        try:
            response = wire.Response(request.number, msgspec.Raw(msgspec.msgpack.encode(shard.answer(request.call))))
        except Exception as error:  # qdrant-edge has no class of its own
            response = wire.Response(request.number, error=f"{type(error).__name__}: {error}")
        _write(responses, wire.frame(response))


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def main() -> None:
    """Serve a shard, or optimise one that nobody serves."""
    # Ctrl-C goes to the whole terminal; we end when our input does, after what is in flight.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    task, folder, dimension = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    responses = os.dup(sys.stdout.fileno())
    # Whatever a library prints must not get between the frames.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if task == "optimise":
        os.nice(_OPTIMISER_NICENESS)
    shard = Shard(folder, dimension)
    if task == "optimise":
        shard.optimise()
    else:
        _write(responses, wire.frame(wire.Response(0)))
        # The end of the input while an answer is on its way means that nobody waits for it.
        with contextlib.suppress(BrokenPipeError):
            serve(shard, sys.stdin.fileno(), responses)
    shard.close()


if __name__ == "__main__":
    main()
