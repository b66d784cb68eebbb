"""Search: a user's question in, the passages out that this user can read at this moment."""

import asyncio
import math
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from backend.egress.gate import Withheld
from backend.errors import BadInput, NotFound
from backend.search.access import Access
from backend.search.chunk import Document, Filters, Found, Passage
from backend.search.embedding import TokenEmbedder
from backend.search.index import Index
from backend.search.payload import PASSAGE_FIELDS, from_payload
from backend.search.ranking import ALL_FEATURES, READ_FOR_NAMES, Features, Judged, Query, Ranking, ordered, with_links
from backend.search.sparse import SparseVector, query_vector
from backend.search.store import Hit, Record, VectorStore, Where, scroll_all
from backend.telemetry import search_seconds

NO_FILTERS = Filters()

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# A question longer than this (characters) is a mistake; the model reads some 1,500 of them.
MAX_QUERY = 10_000
MAX_LIMIT = 50

# Candidates by each vector. What is not among the first hundred by meaning or by words is not among the best ten.
_CANDIDATES = 100

# When those that turn out not to be readable leave too few, so many more are looked at: what a user cannot open (access
# rules inside of a folder) must not keep from the user what is behind it.
_MORE_CANDIDATES = 4
_MOST_CANDIDATES = 1600

# Passages checked with the server at once; more only when these turn out not to be readable.
_CHECKED_AT_ONCE = 30

_NONE_ASKED: Mapping[int, str | None] = {}

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
    ) -> Found:
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
        # The server is asked while the model reads the question.
        roots, asked = await asyncio.gather(self._access.roots(user_id), self._query(question))
        if not roots or filters.impossible:
            return Found()
        collection = self._index.source.collection
        where, candidates = within(roots, filters), _CANDIDATES
        while True:
            hits = await self._hits(collection, asked, where, candidates)
            with search_seconds.labels("rank").time():
                judged = await self._ranking.judge(collection, asked, hits, features)
            with search_seconds.labels("access").time():
                read = await self._read(user_id, [key for key, _ in ordered(hits, judged)], judged, limit, candidates)
            if len(read) >= limit or len(hits) < candidates or candidates >= _MOST_CANDIDATES:
                break
            candidates *= _MORE_CANDIDATES
        # A score is relative to the best match of words: to the best of what is given, or it would tell of better ones
        # that the user cannot open. Names, too, are read only in what the user can read.
        given = {passage.id: passage for passage in read}
        ranked = ordered((hit for hit in hits if hit.id in given), judged)
        if features.linked:
            with search_seconds.labels("links").time():
                texts = {key: given[key].chunk.text for key, _ in ranked[:READ_FOR_NAMES]}
                linked = await self._ranking.linked(collection, asked, texts, judged, where, features)
                records = await self._store.get(collection, [key for key in linked if key not in given], PASSAGE_FIELDS)
                given |= {passage.id: passage for passage in await self._allowed(user_id, records)}
                ranked = with_links(ranked, [key for key in linked if key in given])
        found = Found(replace(given[key], score=score) for key, score in ranked[:limit])
        found.gone = read.gone
        return found

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
        collection = self._index.source.collection
        query = await self._query(question)
        hits = await self._hits(collection, query, where, candidates, exact=exact)
        judged = await self._ranking.judge(collection, query, hits, features)
        ranked = ordered(hits, judged)
        if not features.linked:
            return ranked
        first = [key for key, _ in ranked[:READ_FOR_NAMES]]
        records = await self._store.get(collection, first, ["text"])
        texts = {record.id: str(record.payload["text"]) for record in records}
        return with_links(ranked, await self._ranking.linked(collection, query, texts, judged, where, features))

    async def _query(self, question: str) -> Query:
        embedder = self._index.source.embedder
        dense, tokens = None, None
        # A question that may not go to the model is searched by its words.
        with search_seconds.labels("embed").time(), suppress(Withheld):
            if isinstance(embedder, TokenEmbedder):
                dense, tokens = await embedder.embed_question(question)
            elif embedder is not None:
                dense = await embedder.embed_query(question)
        return Query(question, dense, tokens, await self.words(question))

    async def _hits(
        self, collection: str, query: Query, where: Where, candidates: int, *, exact: bool = False
    ) -> list[Hit]:
        with search_seconds.labels("store").time():
            return await self._store.search(collection, query.dense, query.words, where, limit=candidates, exact=exact)

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
        found = next(iter(await self._allowed(user_id, records)), None)
        if found is None or set(roots).isdisjoint(found.document.path_ids):
            raise NotFound("There is no such passage, or the file has changed since. Search again.")
        before, after = await self._around(collection, found)
        return PassageInContext(found, before, after)

    async def _read(
        self, user_id: str, ranked: Sequence[str], judged: Mapping[str, Judged], limit: int, candidates: int
    ) -> Found:
        """The best passages that the user can read at this moment."""
        collection = self._index.source.collection
        passages: list[Passage] = []
        gone = 0
        # Who looks further has seen that step by step takes too many steps.
        step = max(limit, _CHECKED_AT_ONCE) if candidates == _CANDIDATES else candidates
        for start in range(0, len(ranked), step):
            keys = list(ranked[start : start + step])
            # The server is asked about the files that are known by now while the store reads.
            files = {judged[key].file_id for key in keys if key in judged}
            records, paths = await asyncio.gather(
                self._store.get(collection, keys, PASSAGE_FIELDS), self._paths(user_id, files)
            )
            allowed = await self._allowed(user_id, records, {**dict.fromkeys(files), **paths})
            passages += allowed
            gone += await self._gone(user_id, records, {passage.id for passage in allowed})
            if len(passages) >= limit:
                break
        found = Found(passages[:limit])
        found.gone = gone
        return found

    async def _gone(self, user_id: str, records: Sequence[Record], allowed: set[str]) -> int:
        """How many of the records that were not allowed are of files in the user's own home."""
        left_out = [from_payload(record.payload)[0] for record in records if record.id not in allowed]
        home = await self._access.home(user_id) if left_out else None
        return sum(home in document.path_ids for document in left_out)

    async def _allowed(
        self, user_id: str, records: Sequence[Record], asked: Mapping[int, str | None] = _NONE_ASKED
    ) -> list[Passage]:
        """Those that the user can read at this moment.

        `asked`: files that the server was asked about for this, with their paths, or None for what cannot be read.
        """
        found = [(record.id, *from_payload(record.payload)) for record in records]
        paths = {**asked, **await self._paths(user_id, {document.file_id for _, document, _ in found} - asked.keys())}
        return [
            Passage(key, _as_seen(document, path), chunk, 0.0)
            for key, document, chunk in found
            if (path := paths.get(document.file_id)) is not None
        ]

    async def _paths(self, user_id: str, file_ids: Collection[int]) -> Mapping[int, str]:
        return await self._access.readable(user_id, file_ids) if file_ids else {}

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


def within(roots: Sequence[int], filters: Filters) -> Where:
    """What a user with these roots may find, narrowed by `filters`."""
    folders = (filters.folder_ids,) if filters.folder_ids else ()
    return Where(
        path_ids=(tuple(roots), *folders, *filters.tagged),
        file_ids=filters.file_ids,
        mimes=filters.mimes,
        modified_from=None if filters.modified_after is None else math.ceil(filters.modified_after.timestamp()),
        modified_to=None if filters.modified_before is None else math.floor(filters.modified_before.timestamp()),
    )
