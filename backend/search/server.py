"""Vectors on a Qdrant server: a `VectorStore` over qdrant-client.

No Qdrant server can be run where this is developed: the contract suite runs it on qdrant-client's local mode, which
keeps everything in Python. That leaves unproved: the network and its failures, the graph and its recall, the payload
indexes (local mode ignores them), speed, and whether a server of the reader's version agrees with the local mode.
"""

from collections.abc import Awaitable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from backend.errors import Broken, NotFound, Unavailable
from backend.search.embedding import Vectors
from backend.search.sparse import SparseVector
from backend.search.store import (
    DENSE,
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    SPARSE,
    Hit,
    Payload,
    Point,
    Record,
    Where,
)

T = TypeVar("T")

# The alias by which the active collection is known.
_ACTIVE = "voiceassist"

# A server may hold other people's collections; ours begin with this.
_PREFIX = "voiceassist-"

_POINTS_PER_UPDATE = 500

# Breadth of a search in the graph, as in the vector process.
_SEARCH_BREADTH = 128


class ServerStore:
    """`VectorStore` over a client; `AsyncQdrantClient(url=..., api_key=...)` for a server."""

    def __init__(self, client: AsyncQdrantClient) -> None:
        self._client = client

    async def ensure(self, collection: str, dimension: int) -> None:
        """Create the collection, with its indexes, unless it exists."""
        name = _PREFIX + collection
        if not await _asked(self._client.collection_exists(name)):
            await _asked(
                self._client.create_collection(
                    name,
                    vectors_config={
                        DENSE: models.VectorParams(
                            size=dimension,
                            distance=models.Distance.DOT,
                            datatype=models.Datatype.FLOAT16,
                            on_disk=True,
                        )
                    },
                    sparse_vectors_config={SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
                    on_disk_payload=True,
                )
            )
        # Asking for an index that exists does nothing, so a creation that was interrupted is completed here.
        kinds = dict.fromkeys(INTEGER_FIELDS, models.PayloadSchemaType.INTEGER) | dict.fromkeys(
            KEYWORD_FIELDS, models.PayloadSchemaType.KEYWORD
        )
        for field, kind in kinds.items():
            await _asked(self._client.create_payload_index(name, field, kind, wait=True))

    async def collections(self) -> list[str]:
        """Names of all collections of ours, sorted."""
        answer = await _asked(self._client.get_collections())
        return sorted(one.name.removeprefix(_PREFIX) for one in answer.collections if one.name.startswith(_PREFIX))

    async def drop(self, collection: str) -> None:
        """Delete a collection."""
        await _asked(self._client.delete_collection(_PREFIX + collection))

    async def active(self) -> str | None:
        """The active collection."""
        answer = await _asked(self._client.get_aliases())
        names = [one.collection_name for one in answer.aliases if one.alias_name == _ACTIVE]
        return names[0].removeprefix(_PREFIX) if names else None

    async def activate(self, collection: str) -> None:
        """Make `collection` the active one."""
        operations: list[models.AliasOperations] = []
        if await self.active() is not None:
            operations.append(models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=_ACTIVE)))
        create = models.CreateAlias(collection_name=_PREFIX + collection, alias_name=_ACTIVE)
        operations.append(models.CreateAliasOperation(create_alias=create))
        await _asked(self._client.update_collection_aliases(operations))

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Add or replace points."""
        for start in range(0, len(points), _POINTS_PER_UPDATE):
            batch = [_struct(point) for point in points[start : start + _POINTS_PER_UPDATE]]
            await _asked(self._client.upsert(_PREFIX + collection, batch, wait=True))

    async def update(self, collection: str, changes: Mapping[str, Payload]) -> None:
        """Set payload fields by id."""
        found = await self._existing(collection, list(changes))
        for start in range(0, len(found), _POINTS_PER_UPDATE):
            operations: list[models.UpdateOperation] = [
                models.SetPayloadOperation(set_payload=models.SetPayload(payload=dict(changes[key]), points=[key]))
                for key in found[start : start + _POINTS_PER_UPDATE]
            ]
            await _asked(self._client.batch_update_points(_PREFIX + collection, operations, wait=True))

    async def update_sparse(self, collection: str, vectors: Mapping[str, SparseVector]) -> None:
        """Replace sparse vectors by id."""
        found = await self._existing(collection, list(vectors))
        for start in range(0, len(found), _POINTS_PER_UPDATE):
            changed = [
                models.PointVectors(id=key, vector={SPARSE: _sparse(vectors[key])})
                for key in found[start : start + _POINTS_PER_UPDATE]
            ]
            await _asked(self._client.update_vectors(_PREFIX + collection, changed, wait=True))

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points by id."""
        if ids:
            selector = models.PointIdsList(points=list(ids))
            await _asked(self._client.delete(_PREFIX + collection, selector, wait=True))

    async def delete_where(self, collection: str, where: Where) -> None:
        """Delete what `where` selects."""
        selector = models.FilterSelector(filter=_filter(where) or models.Filter())
        await _asked(self._client.delete(_PREFIX + collection, selector, wait=True))

    async def get(self, collection: str, ids: Sequence[str], fields: Sequence[str] | None = None) -> list[Record]:
        """The points with these ids that exist, in this order."""
        payload = True if fields is None else list(fields)
        found = await _asked(self._client.retrieve(_PREFIX + collection, list(ids), with_payload=payload))
        records = {str(one.id): Record(str(one.id), one.payload or {}) for one in found}
        return [records[key] for key in ids if key in records]

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
        found, following = await _asked(
            self._client.scroll(
                _PREFIX + collection,
                scroll_filter=_filter(where),
                limit=limit,
                offset=after,
                with_payload=True if fields is None else list(fields),
            )
        )
        records = [Record(str(one.id), one.payload or {}) for one in found]
        return records, None if following is None else str(following)

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
        vectors: dict[str, list[float] | models.SparseVector] = {}
        if dense is not None:
            vectors[DENSE] = dense.tolist()
        if sparse:
            vectors[SPARSE] = _sparse(sparse)
        if not vectors:
            return []
        params = models.SearchParams(hnsw_ef=max(_SEARCH_BREADTH, limit), exact=exact)
        best = await self._query(
            collection,
            [
                models.QueryRequest(query=vector, using=using, filter=_filter(where), limit=limit, params=params)
                for using, vector in vectors.items()
            ],
        )
        scores: dict[str, dict[str, float]] = {DENSE: {}, SPARSE: {}} | dict(zip(vectors, best, strict=True))
        # What only one of the vectors found is compared by the other as well.
        found = scores[DENSE].keys() | scores[SPARSE].keys()
        rests = {using: found - scores[using].keys() for using in vectors if found - scores[using].keys()}
        others = await self._query(
            collection,
            [
                models.QueryRequest(
                    query=vectors[using],
                    using=using,
                    filter=models.Filter(must=[models.HasIdCondition(has_id=list(rest))]),
                    limit=len(rest),
                )
                for using, rest in rests.items()
            ],
        )
        for using, more in zip(rests, others, strict=True):
            scores[using] |= more
        return [Hit(key, scores[DENSE].get(key, 0.0), scores[SPARSE].get(key, 0.0)) for key in found]

    async def count(self, collection: str, where: Where) -> int:
        """How many points `where` selects."""
        answer = await _asked(self._client.count(_PREFIX + collection, count_filter=_filter(where), exact=True))
        return answer.count

    async def tally(self, collection: str, field: str) -> dict[str | int, int]:
        """How many points carry each value of an indexed field."""
        total = await self.count(collection, Where())
        answer = await _asked(self._client.facet(_PREFIX + collection, field, limit=max(1, total), exact=True))
        return {hit.value: hit.count for hit in answer.hits if hit.count}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _query(self, collection: str, requests: list[models.QueryRequest]) -> list[dict[str, float]]:
        if not requests:
            return []
        answers = await _asked(self._client.query_batch_points(_PREFIX + collection, requests))
        return [{str(hit.id): hit.score for hit in answer.points} for answer in answers]

    async def _existing(self, collection: str, ids: list[str]) -> list[str]:
        # Updating a point that is gone is an error on a server as well.
        found = await _asked(self._client.retrieve(_PREFIX + collection, ids, with_payload=False))
        return [str(one.id) for one in found]


async def _asked(answer: Awaitable[T]) -> T:
    """The client's answer, its failures as errors of ours."""
    try:
        return await answer
    except ResponseHandlingException as error:
        raise Unavailable(f"The Qdrant server does not answer: {error}. Check QDRANT_URL.") from error
    except ValueError as error:
        # The local mode's way of saying 404.
        if "not found" in str(error):
            raise NotFound(f"There is no such collection of vectors: {error}.") from error
        raise
    except UnexpectedResponse as error:
        status = error.status_code or 0
        if status == HTTPStatus.NOT_FOUND:
            raise NotFound(f"The Qdrant server does not know that collection: {error.reason_phrase}.") from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable(f"The Qdrant server answers with status {status}.") from error
        raise Broken(f"The Qdrant server refused a request with status {status}: {error.content!r}") from error


def _struct(point: Point) -> models.PointStruct:
    vector: dict[str, list[float] | models.SparseVector] = {SPARSE: _sparse(point.sparse)}
    if point.dense is not None:
        vector[DENSE] = point.dense.tolist()
    return models.PointStruct(id=point.id, vector=vector, payload=dict(point.payload))


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _filter(where: Where) -> models.Filter | None:
    must: list[models.Condition] = [
        models.FieldCondition(key="path_ids", match=models.MatchAny(any=list(group))) for group in where.path_ids
    ]
    if where.file_ids:
        must.append(models.FieldCondition(key="file_id", match=models.MatchAny(any=list(where.file_ids))))
    if where.mimes:
        must.append(models.FieldCondition(key="mime", match=models.MatchAny(any=list(where.mimes))))
    if where.names:
        must.append(models.FieldCondition(key="names", match=models.MatchAny(any=list(where.names))))
    if where.modified_from is not None or where.modified_to is not None:
        span = models.Range(gte=where.modified_from, lte=where.modified_to)
        must.append(models.FieldCondition(key="modified", range=span))
    return models.Filter(must=must) if must else None
