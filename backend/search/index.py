"""What is indexed: the chunks of every file, kept in step with the file."""

import asyncio
import base64
import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from weakref import WeakValueDictionary

from backend.errors import Broken
from backend.search.chunk import Chunk, Document
from backend.search.embedding import Embedder, TokenEmbedder, Vectors
from backend.search.names import names
from backend.search.payload import (
    META_FIELDS,
    PASSAGE_FIELDS,
    TOKENS,
    WORD_FIELDS,
    from_payload,
    sparse_vector,
    to_payload,
)
from backend.search.store import Point, VectorStore, Where, scroll_all
from backend.telemetry import chunks_embedded

# Ids of chunks are made from this, the file and the text: what is embedded is the text alone, so neither a new name
# nor a new heading above makes a new vector. (With headings in it, vectors found no more in measurements.)
_NAMESPACE = uuid.UUID("5c5e6f2e-7a53-4b0e-9d0f-3f0f5a1c9b11")

# Chunks embedded before they are stored: little is lost when the process is killed in a long document.
_CHUNKS_PER_STEP = 64

# Bump when the payload or the vectors change their meaning: everything is then indexed anew from the stored text.
_LAYOUT = 2


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing a file took: chunks embedded, chunks kept with their vectors, chunks removed."""

    embedded: int
    kept: int
    removed: int


@dataclass(frozen=True, slots=True)
class Source:
    """A collection and the model of its dense vectors; no model when it cannot be had any more."""

    collection: str
    embedder: Embedder | None


FindEmbedder = Callable[[str], Awaitable[Embedder | None]]


async def _no_other(_collection: str) -> Embedder | None:
    return None


def collection_name(embedder: Embedder) -> str:
    """The collection that holds vectors of this model; another model's have another name."""
    slug = re.sub(r"[^a-z0-9]+", "-", embedder.name.lower()).strip("-")[:40]
    digest = hashlib.sha256(embedder.name.encode()).hexdigest()[:8]
    return f"{slug}-{digest}-{embedder.dimension}-v{_LAYOUT}"


class Index:
    """Writes chunks into the store.

    All calls are idempotent: one that failed or was killed at any moment is simply made again. Calls about one file
    wait for each other, in this process; the ledger of work sees to it that one process works on a file.

    When the embedding model has changed, the collection of the old model goes on answering while `reembed` fills the
    new one from the stored text. Until it is done, files are written to both.
    """

    def __init__(self, store: VectorStore, embedder: Embedder, find_embedder: FindEmbedder = _no_other) -> None:
        """`find_embedder` gives the model of a collection by its name (see `collection_name`), if it can be had."""
        self._store = store
        self._target = Source(collection_name(embedder), embedder)
        self._previous: Source | None = None
        self._find_embedder = find_embedder
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._languages: set[str] = set()

    async def open(self) -> None:
        """Prepare the collections. Raises `Unavailable` when the store does not answer."""
        await self._store.ensure(self._target.collection, _embedder(self._target).dimension)
        active = await self._store.active()
        if active in (None, self._target.collection) or active not in await self._store.collections():
            await self._store.activate(self._target.collection)
        else:
            assert active is not None
            self._previous = Source(active, await self._find_embedder(active))
        await self.refresh_languages()

    @property
    def source(self) -> Source:
        """Where to search now."""
        return self._previous or self._target

    @property
    def is_switching(self) -> bool:
        """Whether the vectors in use are those of a former model, so that `reembed` has work."""
        return self._previous is not None

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the documents, as last looked up and of those indexed since."""
        return frozenset(self._languages)

    async def refresh_languages(self) -> None:
        """Look up the languages of all documents; other processes may have added some."""
        self._languages |= {str(value) for value in await self._store.tally(self.source.collection, "language")}

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> IndexReport:
        """Make the chunks of the document these. Only texts that the file did not have before are embedded.

        New chunks are in before old ones go, so the file can be found all the while.
        """
        async with self._lock(document.file_id):
            self._languages.add(document.language)
            report = await self._put(self._target, document, chunks)
            if self._previous is not None:
                await self._put(self._previous, document, chunks)
            return report

    async def move(self, file_id: int, path: str, path_ids: Sequence[int], title: str | None = None) -> None:
        """Change where a file lies. Nothing is embedded. Without `title`, one that was the file's name stays that."""
        async with self._lock(file_id):
            for source in self._sources():
                records = await scroll_all(self._store, source.collection, Where(file_ids=(file_id,)), PASSAGE_FIELDS)
                changes: dict[str, dict[str, object]] = {}
                renamed = {}
                for record in records:
                    document, chunk = from_payload(record.payload)
                    follows = document.title == PurePosixPath(document.path).name
                    new = title or (PurePosixPath(path).name if follows else document.title)
                    changes[record.id] = {
                        "path": path,
                        "path_ids": list(path_ids),
                        "title": new,
                        "names": list(names(new, chunk.headings)),
                    }
                    if new != document.title:
                        renamed[record.id] = sparse_vector(replace(document, title=new), chunk)
                await self._store.update_sparse(source.collection, renamed)
                await self._store.update(source.collection, changes)

    async def remove(self, file_ids: Iterable[int]) -> None:
        """Forget these files."""
        for file_id in file_ids:
            async with self._lock(file_id):
                for source in self._sources():
                    await self._store.delete_where(source.collection, Where(file_ids=(file_id,)))

    async def clear(self) -> None:
        """Forget everything."""
        for source in self._sources():
            await self._store.delete_where(source.collection, Where())

    async def counts(self) -> dict[int, int]:
        """How many chunks each indexed file has, in the collection that is searched."""
        tally = await self._store.tally(self.source.collection, "file_id")
        return {int(file_id): count for file_id, count in tally.items()}

    async def count(self) -> int:
        """How many chunks there are, in the collection that is searched."""
        return await self._store.count(self.source.collection, Where())

    async def reembed(self, progress: Callable[[float], None] = lambda share: None, grace: float = 10.0) -> None:
        """Fill the collection of the new model from the stored text, then search there, and drop the old one after
        `grace` seconds.

        `progress` hears the share (0 to 1) that is done. A run that was killed goes on where it was: what is in the
        new collection already is not embedded again.
        """
        if self._previous is None:
            return
        old = self._previous.collection
        file_ids = sorted(int(file_id) for file_id in await self._store.tally(old, "file_id"))
        for done, file_id in enumerate(file_ids):
            progress(done / len(file_ids))
            async with self._lock(file_id):
                records = await scroll_all(self._store, old, Where(file_ids=(file_id,)), PASSAGE_FIELDS)
                # Nothing there: the file was removed since.
                if records:
                    found = [from_payload(record.payload) for record in records]
                    chunks = sorted((chunk for _, chunk in found), key=lambda chunk: chunk.ordinal)
                    await self._put(self._target, found[0][0], chunks)
        # Files that came in the meantime are in both collections.
        await self._store.activate(self._target.collection)
        former, self._previous = self._previous, None
        # Searches that began in the old collection end there.
        await asyncio.sleep(grace)
        await self._store.drop(old)
        if former.embedder is not None:
            await former.embedder.close()
        progress(1.0)

    async def _put(self, source: Source, document: Document, chunks: Sequence[Chunk]) -> IndexReport:
        wanted = dict(zip(_ids(document.file_id, chunks), chunks, strict=True))
        mine = Where(file_ids=(document.file_id,))
        records = await scroll_all(self._store, source.collection, mine, META_FIELDS)
        present = {record.id: record.payload for record in records}
        new = [key for key in wanted if key not in present]
        for start in range(0, len(new), _CHUNKS_PER_STEP):
            await self._add(source, document, {key: wanted[key] for key in new[start : start + _CHUNKS_PER_STEP]})
        changed = {}
        reworded = {}
        for key in wanted.keys() & present.keys():
            payload = to_payload(document, wanted[key])
            changes = {field: payload[field] for field in META_FIELDS if payload[field] != present[key].get(field)}
            if changes:
                changed[key] = changes
            if not WORD_FIELDS.isdisjoint(changes):
                reworded[key] = sparse_vector(document, wanted[key])
        await self._store.update_sparse(source.collection, reworded)
        await self._store.update(source.collection, changed)
        old = [key for key in present if key not in wanted]
        await self._store.delete(source.collection, old)
        return IndexReport(embedded=len(new), kept=len(wanted) - len(new), removed=len(old))

    async def _add(self, source: Source, document: Document, chunks: dict[str, Chunk]) -> None:
        texts = [chunk.text for chunk in chunks.values()]
        vectors: Sequence[Vectors | None] | Vectors = [None] * len(texts)
        extras: list[dict[str, object]] = [{}] * len(texts)
        if isinstance(source.embedder, TokenEmbedder):
            vectors, tokens = await source.embedder.embed_chunks(texts)
            extras = [{TOKENS: base64.b64encode(one).decode()} for one in tokens]
        elif source.embedder is not None:
            vectors = await source.embedder.embed_passages(texts)
        points = [
            Point(key, vector, sparse_vector(document, chunk), to_payload(document, chunk) | extra)
            for (key, chunk), vector, extra in zip(chunks.items(), vectors, extras, strict=True)
        ]
        await self._store.upsert(source.collection, points)
        chunks_embedded.inc(len(points))

    def _sources(self) -> list[Source]:
        return [self._target] if self._previous is None else [self._target, self._previous]

    def _lock(self, file_id: int) -> asyncio.Lock:
        return self._locks.setdefault(file_id, asyncio.Lock())


def _ids(file_id: int, chunks: Sequence[Chunk]) -> list[str]:
    """An id for each chunk: the same file and text give the same id; repeats are counted."""
    seen: Counter[str] = Counter()
    ids = []
    for chunk in chunks:
        digest = hashlib.sha256(chunk.text.encode("utf-8", "surrogatepass")).hexdigest()
        ids.append(str(uuid.uuid5(_NAMESPACE, f"{file_id}:{digest}:{seen[digest]}")))
        seen[digest] += 1
    return ids


def _embedder(source: Source) -> Embedder:
    if source.embedder is None:
        raise Broken(f"The collection {source.collection!r} has no model.")
    return source.embedder
