"""Search: a user's question in, the passages out that this user can read at this moment."""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from backend.errors import BadInput, NotFound
from backend.search.access import Access
from backend.search.chunk import Document, Filters, Passage
from backend.search.embedding import TokenEmbedder
from backend.search.index import Index
from backend.search.payload import PASSAGE_FIELDS, from_payload
from backend.search.ranking import ALL_FEATURES, Features, Query, Ranking
from backend.search.sparse import SparseVector, query_vector
from backend.search.store import Record, VectorStore, Where, scroll_all
from backend.telemetry import search_seconds

NO_FILTERS = Filters()

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# A question longer than this (characters) is a mistake; the model reads some 1,500 of them.
MAX_QUERY = 10_000
MAX_LIMIT = 50

# Candidates by each vector. What is not among the first hundred by meaning or by words is not among the best ten.
_CANDIDATES = 100

# Passages checked with the server at once; more only when these turn out not to be readable.
_CHECKED_AT_ONCE = 30

# Other processes may add documents in a further language; look this often (seconds).
_LANGUAGES_AGE = 300.0


@dataclass(frozen=True, slots=True)
class PassageInContext:
    """A passage with the text of its document just before and after it (empty at the ends)."""

    passage: Passage
    before: str
    after: str


class Search:
    """Answers questions from the index.

    What a user can find is decided twice: by the user's roots, inside the store, and by `Access.readable`, which asks
    the server about every file before anything of it is returned. A file of which it says nothing is left out; an error
    there is an error of the search. Path and title are those that the file has for the user who asks.
    """

    def __init__(
        self, store: VectorStore, index: Index, access: Access, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._index = index
        self._access = access
        self._ranking = Ranking(store)
        self._clock = clock
        self._languages_read = clock()

    async def search(
        self,
        user_id: str,
        query: str,
        filters: Filters = NO_FILTERS,
        limit: int = 10,
        *,
        features: Features = ALL_FEATURES,
    ) -> list[Passage]:
        """The best `limit` passages for a question among the files that the user can read, best first.

        `features` are for measurements.

        Raises `BadInput` for an empty or far too long question or a limit outside 1 to 50, `Unavailable` when the
        store, the model or the server cannot be asked now.
        """
        question = query.strip()
        if not question:
            raise BadInput("The question is empty. Write what to look for.", field="query")
        if len(question) > MAX_QUERY:
            raise BadInput(
                f"The question has {len(question):,} characters; at most {MAX_QUERY:,} are allowed.", field="query"
            )
        if not 1 <= limit <= MAX_LIMIT:
            raise BadInput(f"The limit is {limit}; it must be from 1 to {MAX_LIMIT}.", field="limit")
        roots = await self._access.roots(user_id)
        if not roots:
            return []
        ranked = await self.rank(question, _where(roots, filters), _CANDIDATES, features=features)
        with search_seconds.labels("access").time():
            return await self._read(user_id, ranked, limit)

    async def rank(
        self,
        question: str,
        where: Where,
        candidates: int,
        *,
        exact: bool = False,
        features: Features = ALL_FEATURES,
    ) -> list[tuple[str, float]]:
        """Ids of chunks that `where` selects with their scores, best first, without asking who may read them.

        `candidates` are taken by each of the two vectors. For measurements; `search` is what users get.
        """
        source = self._index.source
        dense, tokens = None, None
        with search_seconds.labels("embed").time():
            if isinstance(source.embedder, TokenEmbedder):
                dense, tokens = await source.embedder.embed_question(question)
            elif source.embedder is not None:
                dense = await source.embedder.embed_query(question)
        query = Query(question, dense, tokens, await self.words(question))
        with search_seconds.labels("store").time():
            hits = await self._store.search(source.collection, dense, query.words, where, limit=candidates, exact=exact)
        with search_seconds.labels("rank").time():
            return await self._ranking.rank(source.collection, query, hits, where, features)

    async def words(self, question: str) -> SparseVector:
        """The words of a question, stemmed in the languages of the documents."""
        now = self._clock()
        if now - self._languages_read > _LANGUAGES_AGE:
            self._languages_read = now
            await self._index.refresh_languages()
        return query_vector(question, self._index.languages)

    async def passage(self, user_id: str, passage_id: str) -> PassageInContext:
        """A passage by its id, with the text around it. Raises `NotFound` when there is none that the user may read."""
        if not _UUID.fullmatch(passage_id):
            raise NotFound(f"{passage_id!r} is not the id of a passage.")
        collection = self._index.source.collection
        records = await self._store.get(collection, [passage_id], PASSAGE_FIELDS)
        roots = await self._access.roots(user_id)
        found = next(iter(await self._allowed(user_id, records, {})), None)
        if found is None or set(roots).isdisjoint(found.document.path_ids):
            raise NotFound("There is no such passage, or the file has changed since. Search again.")
        before, after = await self._around(collection, found)
        return PassageInContext(found, before, after)

    async def _read(self, user_id: str, ranked: list[tuple[str, float]], limit: int) -> list[Passage]:
        """The best passages that the user can read at this moment."""
        collection = self._index.source.collection
        scores = dict(ranked)
        passages: list[Passage] = []
        step = max(limit, _CHECKED_AT_ONCE)
        for start in range(0, len(ranked), step):
            ids = [key for key, _ in ranked[start : start + step]]
            records = await self._store.get(collection, ids, PASSAGE_FIELDS)
            passages += await self._allowed(user_id, records, scores)
            if len(passages) >= limit:
                break
        return passages[:limit]

    async def _allowed(self, user_id: str, records: Sequence[Record], scores: Mapping[str, float]) -> list[Passage]:
        found = [(record.id, *from_payload(record.payload)) for record in records]
        file_ids = {document.file_id for _, document, _ in found}
        paths = await self._access.readable(user_id, file_ids) if file_ids else {}
        return [
            Passage(key, _as_seen(document, paths[document.file_id]), chunk, scores.get(key, 0.0))
            for key, document, chunk in found
            if document.file_id in paths
        ]

    async def _around(self, collection: str, passage: Passage) -> tuple[str, str]:
        """The text of the chunks before and after, without what they share with this one."""
        chunk = passage.chunk
        mine = Where(file_ids=(passage.document.file_id,))
        ordinals = await scroll_all(self._store, collection, mine, ["ordinal"])
        beside = [r.id for r in ordinals if r.payload.get("ordinal") in (chunk.ordinal - 1, chunk.ordinal + 1)]
        before = after = ""
        for record in await self._store.get(collection, beside, PASSAGE_FIELDS):
            _, other = from_payload(record.payload)
            if other.ordinal < chunk.ordinal:
                before = other.text[: max(0, chunk.start - other.start)]
            else:
                after = other.text[max(0, chunk.end - other.start) :]
        return before, after


def _as_seen(document: Document, path: str) -> Document:
    """The document under the path that it has for the user who asks."""
    return replace(document, path=path, title=PurePosixPath(path).name)


def _where(roots: Sequence[int], filters: Filters) -> Where:
    groups = [tuple(roots)] + ([filters.folder_ids] if filters.folder_ids else [])
    return Where(
        path_ids=tuple(groups),
        file_ids=filters.file_ids,
        mimes=filters.mimes,
        modified_from=None if filters.modified_after is None else math.ceil(filters.modified_after.timestamp()),
        modified_to=None if filters.modified_before is None else math.floor(filters.modified_before.timestamp()),
    )
