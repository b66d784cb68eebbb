"""Every file that speaks of something, or is of some kind: all of them, where a search gives the best few passages."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from backend.egress.gate import Withheld
from backend.search.access import Access
from backend.search.chunk import Document, Filters, Passage
from backend.search.index import Index
from backend.search.payload import PASSAGE_FIELDS, from_payload
from backend.search.service import within
from backend.search.sparse import SparseVector, has_in_order, query_vector, word_vectors
from backend.search.store import VectorStore, Where

# Points asked for at first; ten times as many as long as there are more, up to the last number, which is a guard
# against an index that is not like any we know.
_FIRST = 1_000
_MOST_POINTS = 1_000_000
_PER_PAGE = 500
# Files that the server is asked about at once.
_CHECKED_AT_ONCE = 200

# A chunk this near to what is asked for (cosine) speaks of it, whatever its words; so many chunks are compared.
_NEAR = 0.5
_COMPARED = 200
# Words at the start of a text that say what it is: "Invoice No. 7". Behind these it says what it is about.
_FIRST_WORDS = 3

_WORD = re.compile(r"[^\W\d_]+")
_NO_WORDS = SparseVector((), ())


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document. One is of it by a word of its name, outermost heading or beginning among `words` (in small
    letters), by its media type, or by lying in one of `folder_ids`.
    """

    words: frozenset[str] = frozenset()
    mimes: tuple[str, ...] = ()
    folder_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file must have: all words of `subject` in one passage, in this order for a `phrase`; and be of `kind`.

    With `meaning` a passage that comes near to the subject will do. `fits` is asked about every document as its reader
    sees it. Empty: every file.
    """

    subject: str = ""
    phrase: bool = False
    meaning: bool = False
    kind: Kind | None = None
    fits: Callable[[Document], bool] = field(default=lambda document: True)


@dataclass(frozen=True, slots=True)
class FileMatch:
    """A file with its matching passages, the best first. `said`: it has the words, not only the meaning."""

    document: Document
    passages: tuple[Passage, ...]
    said: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files that were found, those that have the words first. `complete`: there are no more of them."""

    files: tuple[FileMatch, ...]
    complete: bool


@dataclass(slots=True)
class _Chunks:
    """The matching chunks of a file with what each is worth, and whether one of them has the words."""

    worth: dict[str, float] = field(default_factory=dict)
    said: bool = False

    def add(self, key: str, worth: float, *, said: bool) -> None:
        self.worth[key] = max(worth, self.worth.get(key, 0.0))
        self.said = self.said or said

    def best(self, most: int) -> list[str]:
        return sorted(self.worth, key=lambda key: (-self.worth[key], key))[:most]

    @property
    def rank(self) -> tuple[bool, float]:
        return not self.said, -max(self.worth.values(), default=0.0)


class Matching:
    """Gathers files for a user.

    As in `Search`, the user's roots narrow what is looked at inside the store, and the server is asked about every file
    before anything is told of it, also that there is such a file. Without an answer nothing is given.
    """

    def __init__(self, store: VectorStore, index: Index, access: Access) -> None:
        self._store = store
        self._index = index
        self._access = access

    async def files(
        self, user_id: str, wanted: Wanted, filters: Filters, *, most: int, passages_each: int = 1
    ) -> Gathered:
        """The files that are `wanted`, at most `most`, each with its `passages_each` best passages.

        Raises `Unavailable` when the store, the model or the server cannot be asked now.
        """
        roots = await self._access.roots(user_id)
        if not roots or filters.impossible:
            return Gathered((), complete=True)
        where = within(roots, filters)
        found = await self._spoken_of(wanted, where) if wanted.subject else None
        if wanted.kind is not None:
            of_kind = await self._of_kind(wanted.kind, where)
            if found is None:
                found = of_kind
            else:
                found = {file_id: chunks for file_id, chunks in found.items() if file_id in of_kind}
        if found is None:
            found = await self._all(where)
        order = sorted(found, key=lambda file_id: (found[file_id].rank, file_id))
        return await self._readable(user_id, order, found, wanted, most, passages_each)

    async def _readable(
        self,
        user_id: str,
        order: Sequence[int],
        found: dict[int, _Chunks],
        wanted: Wanted,
        most: int,
        passages_each: int,
    ) -> Gathered:
        """The files that the user can read at this moment, as this user sees them."""
        files: list[FileMatch] = []
        for start in range(0, len(order), _CHECKED_AT_ONCE):
            batch = order[start : start + _CHECKED_AT_ONCE]
            paths = await self._access.readable(user_id, batch)
            keys = [key for file_id in batch if file_id in paths for key in found[file_id].best(passages_each)]
            passages: dict[int, list[Passage]] = {}
            for page in _pages(keys):
                for record in await self._store.get(self._collection, page, PASSAGE_FIELDS):
                    document, chunk = from_payload(record.payload)
                    path = paths[document.file_id]
                    seen = replace(document, path=path, title=PurePosixPath(path).name)
                    worth = found[document.file_id].worth[record.id]
                    passages.setdefault(document.file_id, []).append(Passage(record.id, seen, chunk, worth))
            for file_id in batch:
                mine = passages.get(file_id)
                if mine and wanted.fits(mine[0].document):
                    if len(files) == most:
                        return Gathered(tuple(files), complete=False)
                    files.append(FileMatch(mine[0].document, tuple(mine), found[file_id].said))
        return Gathered(tuple(files), complete=True)

    async def _spoken_of(self, wanted: Wanted, where: Where) -> dict[int, _Chunks]:
        """Files by their chunks that have the words of the subject, or come near to it."""
        said = await self._having_all(wanted.subject, where)
        if wanted.phrase:
            said = {key: said[key] for key in await self._in_order(said, wanted.subject)}
        near = await self._near(wanted.subject, where) if wanted.meaning else {}
        found: dict[int, _Chunks] = {}
        async for key, payload in self._payloads([*said, *(key for key in near if key not in said)], ["file_id"]):
            chunks = found.setdefault(int(str(payload["file_id"])), _Chunks())
            chunks.add(key, said.get(key, 0.0) + near.get(key, 0.0), said=key in said)
        return found

    async def _having_all(self, subject: str, where: Where) -> dict[str, float]:
        """Every chunk that has all words of the subject, in text, headings or title, with its score."""
        scores: dict[str, float] | None = None
        for vector in word_vectors(subject, self._index.languages):
            hits = await self._every_hit(vector, where)
            scores = hits if scores is None else {k: scores[k] + hits[k] for k in scores.keys() & hits.keys()}
            if not scores:
                break
        return scores or {}

    async def _every_hit(self, vector: SparseVector, where: Where) -> dict[str, float]:
        limit = _FIRST
        while True:
            hits = await self._store.search(self._collection, None, vector, where, limit=limit)
            if len(hits) < limit or limit >= _MOST_POINTS:
                return {hit.id: hit.sparse for hit in hits if hit.sparse > 0}
            limit *= 10

    async def _in_order(self, keys: Iterable[str], phrase: str) -> list[str]:
        """Those chunks whose text or headings have the words of a phrase one behind the other."""
        wanted = word_vectors(phrase, self._index.languages)
        found = []
        async for key, payload in self._payloads(list(keys), PASSAGE_FIELDS):
            document, chunk = from_payload(payload)
            texts = (PurePosixPath(document.title).stem, *chunk.headings, chunk.text)
            if any(has_in_order(text, document.language, wanted) for text in texts):
                found.append(key)
        return found

    async def _near(self, subject: str, where: Where) -> dict[str, float]:
        """The chunks that are near to the subject in meaning, with the cosine."""
        embedder = self._index.source.embedder
        if embedder is None:
            return {}
        # A subject that may not go to the model is looked for by its words.
        with suppress(Withheld):
            vector = await embedder.embed_query(subject)
            hits = await self._store.search(self._collection, vector, _NO_WORDS, where, limit=_COMPARED)
            return {hit.id: hit.dense for hit in hits if hit.dense >= _NEAR}
        return {}

    async def _of_kind(self, kind: Kind, where: Where) -> dict[int, _Chunks]:
        """Files of a kind, by those of their chunks that say so, or their first."""
        found: dict[int, _Chunks] = {}
        if kind.words:
            vector = query_vector(" ".join(sorted(kind.words)), self._index.languages)
            hits = await self._every_hit(vector, where)
            async for key, payload in self._payloads(list(hits), PASSAGE_FIELDS):
                document, chunk = from_payload(payload)
                if _says_it_is(kind.words, document, chunk.headings, chunk.text if chunk.ordinal == 0 else ""):
                    found.setdefault(document.file_id, _Chunks()).add(key, _first(chunk.ordinal), said=True)
        places = [replace(where, path_ids=(*where.path_ids, kind.folder_ids))] if kind.folder_ids else []
        if kind.mimes:
            places.append(replace(where, mimes=kind.mimes))
        for place in places:
            for file_id, chunks in (await self._all(place)).items():
                found.setdefault(file_id, chunks)
        return found

    async def _all(self, where: Where) -> dict[int, _Chunks]:
        """All files that `where` selects, the first chunk of each worth most."""
        found: dict[int, _Chunks] = {}
        after: str | None = None
        while True:
            page, after = await self._store.scroll(
                self._collection, where, limit=_PER_PAGE, after=after, fields=["file_id", "ordinal"]
            )
            for record in page:
                chunks = found.setdefault(int(str(record.payload["file_id"])), _Chunks())
                chunks.add(record.id, _first(int(str(record.payload["ordinal"]))), said=True)
            if after is None:
                return found

    async def _payloads(
        self, keys: Sequence[str], fields: Sequence[str]
    ) -> AsyncIterator[tuple[str, Mapping[str, object]]]:
        for page in _pages(keys):
            for record in await self._store.get(self._collection, page, fields):
                yield record.id, record.payload

    @property
    def _collection(self) -> str:
        return self._index.source.collection


def _pages(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _PER_PAGE):
        yield keys[start : start + _PER_PAGE]


def _first(ordinal: int) -> float:
    """What a chunk is worth where the first ones say what a file is."""
    return 1.0 / (1 + ordinal)


def _says_it_is(words: frozenset[str], document: Document, headings: Sequence[str], beginning: str) -> bool:
    """Whether the name of a file, its outermost heading or the start of its first line has one of these words."""
    first_line = next((line for line in beginning.splitlines() if line.strip()), "")
    said = _WORD.findall(" ".join((PurePosixPath(document.title).stem, *headings[:1])))
    said += _WORD.findall(first_line)[:_FIRST_WORDS]
    return not words.isdisjoint(word.casefold() for word in said)
