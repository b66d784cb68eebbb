"""What every vector store must do. A store's test module inherits the class and gives it the fixture `store`."""

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from backend.errors import NotFound
from backend.search.sparse import SparseVector, document_vector, query_vector
from backend.search.store import Hit, Point, Record, VectorStore, Where, scroll_all

COLLECTION = "words-3"
DIMENSION = 3


def key(number: int) -> str:
    """A point id that sorts by its number."""
    return str(uuid.UUID(int=number))


def point(number: int, text: str = "", dense: Sequence[float] | None = (1, 0, 0), **payload: Any) -> Point:
    """A point about file `number` in folder 1000, unless `payload` says otherwise."""
    fields: dict[str, object] = {"file_id": number, "path_ids": [number, 1000], "text": text, "modified": number}
    vector = None if dense is None else np.array(dense, dtype=np.float32)
    return Point(key(number), vector, document_vector(text, "en"), fields | payload)


def by_dense(hits: list[Hit]) -> list[str]:
    return [hit.id for hit in sorted(hits, key=lambda hit: -hit.dense)]


async def ids(store: VectorStore, where: Where | None = None) -> list[str]:
    return [record.id for record in await scroll_all(store, COLLECTION, where or Where(), [])]


NO_WORDS = SparseVector((), ())


class StoreContract:
    """Run against a `store` without collections."""

    @pytest.fixture
    async def ready(self, store: VectorStore) -> VectorStore:
        await store.ensure(COLLECTION, DIMENSION)
        return store

    async def test_a_new_store_has_no_collection_and_none_is_active(self, store: VectorStore) -> None:
        assert await store.collections() == []
        assert await store.active() is None

    async def test_ensuring_a_collection_twice_keeps_its_points(self, store: VectorStore) -> None:
        await store.ensure(COLLECTION, DIMENSION)
        await store.upsert(COLLECTION, [point(1)])
        await store.ensure(COLLECTION, DIMENSION)
        assert await store.collections() == [COLLECTION]
        assert await store.count(COLLECTION, Where()) == 1

    async def test_the_active_collection_is_the_one_last_activated(self, store: VectorStore) -> None:
        for name in ("a", "b"):
            await store.ensure(name, DIMENSION)
            await store.activate(name)
            assert await store.active() == name

    async def test_a_dropped_collection_is_gone_and_dropping_it_again_does_nothing(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(1)])
        await ready.drop(COLLECTION)
        await ready.drop(COLLECTION)
        assert await ready.collections() == []
        await ready.ensure(COLLECTION, DIMENSION)
        assert await ready.count(COLLECTION, Where()) == 0

    async def test_asking_a_collection_that_does_not_exist_is_not_found(self, store: VectorStore) -> None:
        with pytest.raises(NotFound):
            await store.count("nothing", Where())

    async def test_an_upsert_replaces_the_point_with_the_same_id(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(1, "old", page=7)])
        await ready.upsert(COLLECTION, [point(1, "new")])
        (record,) = await ready.get(COLLECTION, [key(1)])
        assert record.payload == {"file_id": 1, "path_ids": [1, 1000], "text": "new", "modified": 1}

    async def test_more_points_than_fit_one_update_all_arrive(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(number) for number in range(1203)])
        assert await ready.count(COLLECTION, Where()) == 1203

    async def test_payloads_keep_every_json_value(self, ready: VectorStore) -> None:
        values: dict[str, Any] = {
            "none": None,
            "text": "äß\n",
            "flag": True,
            "float": 1.5,
            "list": ["a", "b"],
            "nested": {"x": [1]},
        }
        await ready.upsert(COLLECTION, [point(1, **values)])
        (record,) = await ready.get(COLLECTION, [key(1)], list(values))
        assert record.payload == values

    async def test_get_keeps_the_order_asked_for_and_leaves_out_what_is_not_there(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(number) for number in (1, 2, 3)])
        records = await ready.get(COLLECTION, [key(3), key(9), key(1)], ["file_id"])
        assert records == [Record(key(3), {"file_id": 3}), Record(key(1), {"file_id": 1})]

    async def test_an_update_sets_fields_of_existing_points_and_leaves_the_rest(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(1, "text"), point(2, "text")])
        await ready.update(COLLECTION, {key(1): {"path_ids": [1, 2000]}, key(9): {"path_ids": [1, 2000]}})
        first, second = await ready.get(COLLECTION, [key(1), key(2)])
        assert first.payload == {"file_id": 1, "path_ids": [1, 2000], "text": "text", "modified": 1}
        assert second.payload["path_ids"] == [2, 1000]
        assert await ids(ready, Where(path_ids=((2000,),))) == [key(1)]
        assert await ids(ready, Where(path_ids=((1000,),))) == [key(2)]

    async def test_a_new_sparse_vector_changes_the_words_and_nothing_else(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(1, "aspirin", (0, 1, 0)), point(2, "water")])
        await ready.update_sparse(COLLECTION, {key(1): document_vector("heparin", "en")})
        for word, found in (("heparin", [key(1)]), ("aspirin", [])):
            hits = await ready.search(COLLECTION, None, query_vector(word, ["en"]), Where(), limit=5)
            assert [hit.id for hit in hits] == found
        vector = np.array([0, 1, 0], dtype=np.float32)
        hits = await ready.search(COLLECTION, vector, NO_WORDS, Where(), limit=1)
        assert hits == [Hit(key(1), 1.0, 0.0)]
        assert len(await ready.get(COLLECTION, [key(1)])) == 1

    async def test_deleted_points_are_not_found_and_deleting_them_again_does_nothing(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(number) for number in (1, 2, 3)])
        for _ in range(2):
            await ready.delete(COLLECTION, [key(2)])
        await ready.delete(COLLECTION, [])
        assert await ids(ready) == [key(1), key(3)]
        await ready.delete_where(COLLECTION, Where(file_ids=(1, 7)))
        assert await ids(ready) == [key(3)]
        await ready.delete_where(COLLECTION, Where())
        assert await ids(ready) == []

    async def test_scrolling_goes_through_all_points_in_order_of_id(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(number) for number in (5, 3, 1, 4, 2)])
        first, after = await ready.scroll(COLLECTION, Where(), limit=2, fields=["file_id"])
        assert first == [Record(key(1), {"file_id": 1}), Record(key(2), {"file_id": 2})]
        rest, end = await ready.scroll(COLLECTION, Where(), limit=3, after=after)
        assert [record.id for record in rest] == [key(3), key(4), key(5)]
        assert end is None

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (Where(), [1, 2, 3]),
            (Where(path_ids=((10,),)), [1, 2]),
            (Where(path_ids=((10, 11),)), [1, 2, 3]),
            (Where(path_ids=((10,), (20, 21))), [1, 2]),
            (Where(path_ids=((10,), (21,))), [2]),
            (Where(path_ids=((99,),)), []),
            (Where(file_ids=(3, 1)), [1, 3]),
            (Where(mimes=("text/plain",)), [1, 3]),
            (Where(names=("oak house", "elm")), [2, 3]),
            (Where(modified_from=200), [2, 3]),
            (Where(modified_to=200), [1, 2]),
            (Where(modified_from=200, modified_to=200), [2]),
            (Where(path_ids=((10,),), mimes=("text/plain",), modified_to=150), [1]),
        ],
    )
    async def test_all_conditions_must_hold(self, ready: VectorStore, where: Where, found: list[int]) -> None:
        await ready.upsert(
            COLLECTION,
            [
                point(1, "pain", path_ids=[1, 10, 20], mime="text/plain", modified=100),
                point(2, "pain", path_ids=[2, 10, 21], mime="text/html", modified=200, names=["oak house", "oak"]),
                point(3, "pain", path_ids=[3, 11], mime="text/plain", modified=300, names=["elm"]),
            ],
        )
        wanted = [key(number) for number in found]
        assert await ids(ready, where) == wanted
        assert await ready.count(COLLECTION, where) == len(wanted)
        vector = np.array([1, 0, 0], dtype=np.float32)
        for dense, sparse in ((vector, NO_WORDS), (None, query_vector("pain", ["en"]))):
            hits = await ready.search(COLLECTION, dense, sparse, where, limit=10)
            assert sorted(hit.id for hit in hits) == wanted

    async def test_dense_scores_are_dot_products_and_the_best_are_found(self, ready: VectorStore) -> None:
        await ready.upsert(
            COLLECTION, [point(1, dense=(1, 0, 0)), point(2, dense=(0.6, 0.8, 0)), point(3, dense=(0, 0, 1))]
        )
        vector = np.array([0.8, 0.6, 0], dtype=np.float32)
        hits = await ready.search(COLLECTION, vector, NO_WORDS, Where(), limit=2)
        assert by_dense(hits) == [key(2), key(1)]
        # Half precision in the store: three digits.
        assert {hit.id: hit.dense for hit in hits} == pytest.approx({key(2): 0.96, key(1): 0.8}, abs=1e-3)

    async def test_a_rare_word_weighs_more_than_a_frequent_one(self, ready: VectorStore) -> None:
        texts = ["insulin warfarin", "insulin", "insulin", "warfarin", "insulin"]
        await ready.upsert(COLLECTION, [point(number, text) for number, text in enumerate(texts)])
        hits = await ready.search(COLLECTION, None, query_vector("insulin warfarin", ["en"]), Where(), limit=5)
        scores = {hit.id: hit.sparse for hit in hits}
        assert scores[key(0)] > scores[key(3)] > scores[key(1)] > 0

    async def test_a_hit_of_one_vector_carries_the_score_of_the_other(self, ready: VectorStore) -> None:
        await ready.upsert(
            COLLECTION,
            [
                point(1, "nothing", (1, 0, 0)),
                point(2, "warfarin", (0.5, 0.5, 0)),
                point(3, "nothing", (0.9, 0, 0)),
                point(4, "warfarin", None),
            ],
        )
        vector = np.array([1, 0, 0], dtype=np.float32)
        words = query_vector("warfarin", ["en"])
        hits = {hit.id: hit for hit in await ready.search(COLLECTION, vector, words, Where(), limit=2)}
        assert sorted(hits) == [key(1), key(2), key(3), key(4)]
        assert hits[key(2)].dense == pytest.approx(0.5, abs=1e-3)
        assert hits[key(2)].sparse > 0
        assert hits[key(1)].sparse == 0
        assert hits[key(4)].dense == 0

    async def test_a_search_with_neither_vector_finds_nothing(self, ready: VectorStore) -> None:
        await ready.upsert(COLLECTION, [point(1, "word")])
        assert await ready.search(COLLECTION, None, NO_WORDS, Where(), limit=5) == []

    async def test_a_tally_counts_the_points_of_each_value(self, ready: VectorStore) -> None:
        assert await ready.tally(COLLECTION, "file_id") == {}
        await ready.upsert(
            COLLECTION, [point(number, file_id=number // 3, language="de" if number else "en") for number in range(5)]
        )
        assert await ready.tally(COLLECTION, "file_id") == {0: 3, 1: 2}
        assert await ready.tally(COLLECTION, "language") == {"en": 1, "de": 4}
        await ready.delete(COLLECTION, [key(3), key(4)])
        assert await ready.tally(COLLECTION, "file_id") == {0: 3}
