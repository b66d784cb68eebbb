"""Keeping the index in step with files, on vector processes."""

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.errors import Unavailable
from backend.search.chunk import Chunk, Document
from backend.search.edge import EdgeStore
from backend.search.embedding import Embedder, Vectors
from backend.search.index import Index, IndexReport, collection_name
from backend.search.sparse import query_vector
from backend.search.store import VectorStore, Where, scroll_all
from tests.unit.jobs.waiting import until
from tests.unit.search.fakes import WordEmbedder


def document(file_id: int = 7, **changes: object) -> Document:
    found = Document(
        file_id=file_id,
        path=f"/Letters/{file_id}.txt",
        title=f"{file_id}.txt",
        mime="text/plain",
        modified=datetime(2025, 5, 1, tzinfo=UTC),
        language="en",
        path_ids=(file_id, 100),
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # the tests name fields of Document


def chunks(*texts: str, headings: tuple[str, ...] = ()) -> list[Chunk]:
    return [Chunk(text, ordinal, 0, len(text), None, None, headings) for ordinal, text in enumerate(texts)]


async def contents(store: VectorStore, collection: str) -> dict[str, dict[str, object]]:
    """Payloads by id."""
    return {record.id: dict(record.payload) for record in await scroll_all(store, collection, Where())}


async def found(store: VectorStore, index: Index, words: str) -> int:
    """How many chunks have one of these words."""
    hits = await store.search(index.source.collection, None, query_vector(words, ["en"]), Where(), limit=100)
    return len(hits)


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
async def index(store: EdgeStore, embedder: WordEmbedder) -> Index:
    index = Index(store, embedder)
    await index.open()
    return index


async def test_only_texts_that_are_new_are_embedded(index: Index, embedder: WordEmbedder) -> None:
    assert await index.put(document(), chunks("one", "two", "three")) == IndexReport(embedded=3, kept=0, removed=0)
    embedder.passages.clear()
    assert await index.put(document(), chunks("one", "2", "three")) == IndexReport(embedded=1, kept=2, removed=1)
    assert embedder.passages == ["2"]
    assert await index.put(document(), chunks("one", "2", "three")) == IndexReport(embedded=0, kept=3, removed=0)
    assert await index.counts() == {7: 3}


async def test_a_text_that_stands_twice_has_two_chunks(index: Index, store: EdgeStore) -> None:
    await index.put(document(), chunks("same", "same"))
    assert await index.count() == 2
    await index.put(document(), chunks("same"))
    assert await index.count() == 1


async def test_kept_chunks_learn_their_new_place_in_the_document(index: Index, store: EdgeStore) -> None:
    await index.put(document(), chunks("one", "two"))
    report = await index.put(document(language="de"), chunks("zero", "one", "two"))
    assert report == IndexReport(embedded=1, kept=2, removed=0)
    stored = await contents(store, index.source.collection)
    assert {(p["text"], p["ordinal"], p["language"]) for p in stored.values()} == {
        ("zero", 0, "de"),
        ("one", 1, "de"),
        ("two", 2, "de"),
    }


async def test_a_new_heading_is_found_and_embeds_nothing(index: Index, store: EdgeStore) -> None:
    await index.put(document(), chunks("one", headings=("Dosage",)))
    report = await index.put(document(), chunks("one", headings=("Warnings",)))
    assert report == IndexReport(embedded=0, kept=1, removed=0)
    assert await found(store, index, "warning") == 1
    assert await found(store, index, "dosage") == 0


async def test_a_moved_file_is_below_its_new_folders_and_found_by_its_new_name(index: Index, store: EdgeStore) -> None:
    await index.put(document(), chunks("one", "two"))
    await index.put(document(8), chunks("one"))
    await index.move(7, "/Archive/Smith.txt", (7, 200))
    collection = index.source.collection
    assert await store.count(collection, Where(path_ids=((200,),))) == 2
    assert await store.count(collection, Where(path_ids=((100,),))) == 1
    assert await found(store, index, "smith") == 2
    stored = await contents(store, collection)
    assert {p["title"] for p in stored.values() if p["file_id"] == 7} == {"Smith.txt"}


async def test_a_title_that_is_not_the_name_stays_when_the_file_is_moved(index: Index, store: EdgeStore) -> None:
    await index.put(document(title="Annual report"), chunks("one"))
    await index.move(7, "/Archive/x.txt", (7, 200))
    (payload,) = (await contents(store, index.source.collection)).values()
    assert payload["title"] == "Annual report"


async def test_removed_files_are_gone_and_others_stay(index: Index) -> None:
    for file_id in (1, 2, 3):
        await index.put(document(file_id), chunks("text"))
    await index.remove([1, 3, 99])
    assert await index.counts() == {2: 1}
    await index.clear()
    assert await index.count() == 0


async def test_a_document_without_text_takes_its_old_chunks_out(index: Index) -> None:
    await index.put(document(), chunks("one"))
    assert await index.put(document(), []) == IndexReport(embedded=0, kept=0, removed=1)


class BreakingStore(EdgeStore):
    """A store that fails at the given write, to stand for a process killed between two writes."""

    left = 0

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Unavailable("killed")

    async def upsert(self, *args: object, **kwargs: object) -> None:
        self._step()
        await super().upsert(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    async def update(self, *args: object, **kwargs: object) -> None:
        self._step()
        await super().update(*args, **kwargs)  # type: ignore[arg-type]

    async def update_sparse(self, *args: object, **kwargs: object) -> None:
        self._step()
        await super().update_sparse(*args, **kwargs)  # type: ignore[arg-type]

    async def delete(self, *args: object, **kwargs: object) -> None:
        self._step()
        await super().delete(*args, **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [1, 2, 3, 4])
async def test_a_put_that_broke_off_keeps_the_old_text_and_ends_like_a_clean_one_when_repeated(
    tmp_path_factory: pytest.TempPathFactory, embedder: WordEmbedder, step: int
) -> None:
    store = BreakingStore(tmp_path_factory.mktemp("broken"))
    index = Index(store, embedder)
    await index.open()
    await index.put(document(), chunks("one", "two", "two"))
    after = document(title="new", path="/new", path_ids=(7, 300))
    store.left = step
    with pytest.raises(Unavailable):
        await index.put(after, chunks("two", "three"))
    assert {"one", "two"} <= {str(p["text"]) for p in (await contents(store, index.source.collection)).values()}
    await index.put(after, chunks("two", "three"))
    broken = await contents(store, index.source.collection)
    await index.clear()
    await index.put(after, chunks("two", "three"))
    assert broken == await contents(store, index.source.collection)
    await store.close()


async def test_an_index_whose_vector_process_is_killed_at_random_ends_like_a_clean_one(
    store: EdgeStore, index: Index
) -> None:
    chance = random.Random(5)
    texts = [[f"file {f} chunk {c} {chance.random()}" for c in range(30)] for f in range(15)]

    puts = 0

    async def work() -> None:
        nonlocal puts
        for file_id, own in enumerate(texts):
            for given in (own, own[::2]):
                await index.put(document(file_id), chunks(*given))
                puts += 1

    working = asyncio.create_task(work())
    kills = 0
    while not working.done():
        # A process that is killed again and again before it is up is given up, and so it should be.
        before = puts
        await until(lambda before=before: puts > before or working.done(), seconds=60)  # type: ignore[misc]
        await asyncio.sleep(chance.uniform(0, 0.05))
        for pid in await store.pids():
            try:
                os.kill(pid, signal.SIGKILL)
                kills += 1
            except ProcessLookupError:
                continue
    await working
    assert kills > 0
    stored = await contents(store, index.source.collection)
    await index.clear()
    for file_id, own in enumerate(texts):
        await index.put(document(file_id), chunks(*own[::2]))
    assert stored == await contents(store, index.source.collection)


async def test_a_changed_model_answers_with_the_old_vectors_until_all_are_new(
    store: EdgeStore, index: Index, embedder: WordEmbedder
) -> None:
    for file_id in (1, 2, 3):
        await index.put(document(file_id), chunks(f"text {file_id}", "common"))
    model = WordEmbedder("other words")

    async def find(collection: str) -> Embedder | None:
        return embedder if collection == collection_name(embedder) else None

    changed = Index(store, model, find)
    await changed.open()
    assert changed.is_switching
    assert changed.source.embedder is embedder
    # Changes in the meantime are seen at once and kept afterwards.
    await changed.put(document(4), chunks("text 4"))
    await changed.remove([3])
    assert await changed.counts() == {1: 2, 2: 2, 4: 1}
    model.passages.clear()
    shares: list[float] = []
    before = await contents(store, collection_name(embedder))
    await changed.reembed(shares.append, grace=0)
    assert sorted(model.passages) == ["common", "common", "text 1", "text 2"]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert not changed.is_switching
    assert changed.source.embedder is model
    assert await contents(store, collection_name(model)) == before
    assert await store.collections() == [collection_name(model)]
    assert embedder.closed
    vector = await model.embed_query("text 2")
    hits = await store.search(changed.source.collection, vector, query_vector("", ["en"]), Where(), limit=10)
    best = max(hits, key=lambda hit: hit.dense)
    assert before[best.id]["text"] == "text 2"


class FailingEmbedder(WordEmbedder):
    """A model that stops answering after some passages."""

    left = 2

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.left -= len(texts)
        if self.left < 0:
            raise Unavailable("no answer")
        return await super().embed_passages(texts)


async def test_a_switch_that_broke_off_goes_on_where_it_was_without_the_old_model(
    store: EdgeStore, index: Index
) -> None:
    for file_id in range(4):
        await index.put(document(file_id), chunks(f"text {file_id}"))
    failing = FailingEmbedder("new")
    broken = Index(store, failing)
    await broken.open()
    assert broken.source.embedder is None
    with pytest.raises(Unavailable):
        await broken.reembed(grace=0)
    # Words are still found while no model of the old vectors is at hand.
    assert await found(store, broken, "text") == 4
    await broken.put(document(9), [])
    model = WordEmbedder("new")
    resumed = Index(store, model)
    await resumed.open()
    await resumed.reembed(grace=0)
    assert len(model.passages) == 2
    assert await resumed.counts() == {0: 1, 1: 1, 2: 1, 3: 1}


async def test_the_languages_of_the_documents_are_known(index: Index, store: EdgeStore, embedder: WordEmbedder) -> None:
    assert index.languages == frozenset()
    await index.put(document(language="de"), chunks("eins"))
    assert index.languages == {"de"}
    again = Index(store, embedder)
    await again.open()
    assert again.languages == {"de"}


def test_models_of_different_names_have_different_collections() -> None:
    names = {collection_name(WordEmbedder(name)) for name in ("a/b", "a-b", "A/B", "x" * 100, "x" * 101)}
    assert len(names) == 5
