"""The protocol of a vector store, and what goes in and out of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.search.embedding import Vectors
from backend.search.sparse import SparseVector

# JSON values: None, bool, int, float, str, and lists and dicts of them.
Payload = Mapping[str, object]

# Names of the two vectors that every point has.
DENSE = "dense"
SPARSE = "sparse"

# Payload fields with an index, by their type.
INTEGER_FIELDS = ("file_id", "path_ids", "modified")
KEYWORD_FIELDS = ("mime", "language", "names")


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk in the store. `id` is a UUID; `dense` is None while no model is at hand to make it."""

    id: str
    dense: Vectors | None
    sparse: SparseVector
    payload: Payload


@dataclass(frozen=True, slots=True)
class Record:
    """A stored point, without its vectors."""

    id: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Where:
    """Narrows what is looked at. Empty means no narrowing; all given conditions must hold.

    Each group of `path_ids` must share an id with the point's, and `names` one with its names. Times are seconds since
    1970, both ends included.
    """

    path_ids: tuple[tuple[int, ...], ...] = ()
    file_ids: tuple[int, ...] = ()
    mimes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    modified_from: int | None = None
    modified_to: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A point that was found, with the cosine of its dense vector and the BM25 score of its sparse one.

    A score is 0 where the question or the point lacks the vector, and where they have no word in common.
    """

    id: str
    dense: float
    sparse: float


class VectorStore(Protocol):
    """Collections of points, each with a dense and a sparse vector, compared by dot product and BM25.

    Writing is idempotent: done twice, it leaves what doing it once leaves. What has returned survives `kill -9` of any
    process. A call raises `Unavailable` when the store cannot be asked now; it may or may not have been carried out,
    and is to be made again. Reads see the caller's finished writes.
    """

    async def ensure(self, collection: str, dimension: int) -> None:
        """Create the collection, with its indexes, unless it exists."""
        ...

    async def collections(self) -> list[str]:
        """Names of all collections, sorted."""
        ...

    async def drop(self, collection: str) -> None:
        """Delete a collection; one that does not exist is deleted already."""
        ...

    async def active(self) -> str | None:
        """The collection that was last made the active one, if any."""
        ...

    async def activate(self, collection: str) -> None:
        """Make a collection the active one; atomic."""
        ...

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Add points, replacing those with the same ids."""
        ...

    async def update(self, collection: str, changes: Mapping[str, Payload]) -> None:
        """Set payload fields of points by id; other fields stay. Ids that do not exist are passed over."""
        ...

    async def update_sparse(self, collection: str, vectors: Mapping[str, SparseVector]) -> None:
        """Replace the sparse vectors of points by id. All ids must exist."""
        ...

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Delete points by id."""
        ...

    async def delete_where(self, collection: str, where: Where) -> None:
        """Delete all points that `where` selects."""
        ...

    async def get(self, collection: str, ids: Sequence[str], fields: Sequence[str] | None = None) -> list[Record]:
        """The points with these ids that exist, in this order, with all payload fields or those named."""
        ...

    async def scroll(
        self,
        collection: str,
        where: Where,
        *,
        limit: int,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> tuple[list[Record], str | None]:
        """A page of points in order of id, and the `after` of the next page (None: this was the last)."""
        ...

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
        """The best `limit` points by each vector that is given, in no order, each with both of its scores.

        `exact` compares with all points, without a graph.
        """
        ...

    async def count(self, collection: str, where: Where) -> int:
        """How many points `where` selects."""
        ...

    async def tally(self, collection: str, field: str) -> dict[str | int, int]:
        """How many points carry each value of an indexed field."""
        ...

    async def close(self) -> None:
        """Write everything out and give processes and connections back."""
        ...


async def scroll_all(
    store: VectorStore, collection: str, where: Where, fields: Sequence[str] | None = None, page: int = 500
) -> list[Record]:
    """All points that `where` selects, in order of id."""
    found: list[Record] = []
    after: str | None = None
    while True:
        records, after = await store.scroll(collection, where, limit=page, after=after, fields=fields)
        found += records
        if after is None:
            return found
