"""The store over vector processes, and what happens when these die."""

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from backend.search import edge_shard
from backend.search.edge import EdgeStore
from backend.search.store import Where
from tests.integration.search.store_contract import COLLECTION, DIMENSION, NO_WORDS, StoreContract, key, point


class TestEdgeStore(StoreContract):
    """With the fixture `store` of this folder."""


async def kill(store: EdgeStore) -> None:
    (pid,) = await store.pids()
    os.kill(pid, signal.SIGKILL)


async def test_a_closed_store_opens_with_all_it_had(store: EdgeStore, tmp_path: Path) -> None:
    await store.ensure(COLLECTION, DIMENSION)
    await store.upsert(COLLECTION, [point(1)])
    await store.activate(COLLECTION)
    await store.close()
    again = EdgeStore(tmp_path / "vectors")
    assert await again.active() == COLLECTION
    assert await again.count(COLLECTION, Where()) == 1
    await again.close()


async def test_whatever_was_answered_survives_the_death_of_the_process(store: EdgeStore) -> None:
    await store.ensure(COLLECTION, DIMENSION)
    for number in range(30):
        await store.upsert(COLLECTION, [point(number)])
        if number % 7 == 3:
            await kill(store)
    assert await store.count(COLLECTION, Where()) == 30


async def test_requests_in_flight_when_the_process_dies_are_answered_by_its_successor(store: EdgeStore) -> None:
    await store.ensure(COLLECTION, DIMENSION)
    await store.upsert(COLLECTION, [point(number) for number in range(500)])
    vector = np.array([1, 0, 0], dtype=np.float32)
    searches = [asyncio.create_task(store.search(COLLECTION, vector, NO_WORDS, Where(), limit=100)) for _ in range(50)]
    await asyncio.sleep(0.005)
    await kill(store)
    assert [len(hits) for hits in await asyncio.gather(*searches)] == [100] * 50


async def test_a_store_whose_process_was_killed_opens_again_by_itself(store: EdgeStore) -> None:
    await store.ensure(COLLECTION, DIMENSION)
    await kill(store)
    await asyncio.sleep(0.1)
    assert await store.count(COLLECTION, Where()) == 0


async def test_optimising_keeps_what_is_written_meanwhile_and_searches_go_on(store: EdgeStore, tmp_path: Path) -> None:
    await store.ensure(COLLECTION, DIMENSION)
    await store.upsert(COLLECTION, [point(number) for number in range(2000)])
    optimising = asyncio.create_task(store.optimise(COLLECTION))
    vector = np.array([1, 0, 0], dtype=np.float32)
    expected = set(range(2000))
    number = 2000
    while not optimising.done():
        await store.upsert(COLLECTION, [point(number)])
        await store.delete(COLLECTION, [key(number - 1500)])
        assert await store.search(COLLECTION, vector, NO_WORDS, Where(), limit=3)
        expected = expected - {number - 1500} | {number}
        number += 1
    await optimising
    assert number > 2000
    records, _ = await store.scroll(COLLECTION, Where(), limit=10_000, fields=[])
    assert [record.id for record in records] == [key(n) for n in sorted(expected)]
    assert sorted(path.name for path in (tmp_path / "vectors" / COLLECTION).iterdir() if path.is_dir()) == ["2"]
    await store.close()
    again = EdgeStore(tmp_path / "vectors")
    assert await again.count(COLLECTION, Where()) == len(expected)
    await again.close()


async def test_a_shard_that_has_grown_is_optimised_by_itself(
    store: EdgeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_shard, "_OPTIMISE_FROM", 1000)
    await store.ensure(COLLECTION, DIMENSION)
    await store.upsert(COLLECTION, [point(number) for number in range(1200)])
    # One by itself, at the eleventh hundred, and after it the one that is asked for.
    await store.optimise(COLLECTION)
    assert (tmp_path / "vectors" / COLLECTION / "generation").read_text() == "3"
    assert await store.count(COLLECTION, Where()) == 1200


async def test_an_optimisation_that_was_killed_leaves_the_shard_as_it_was(store: EdgeStore, tmp_path: Path) -> None:
    await store.ensure(COLLECTION, DIMENSION)
    await store.upsert(COLLECTION, [point(1)])
    await store.close()
    unfinished = tmp_path / "vectors" / COLLECTION / "2"
    (unfinished / "shard").mkdir(parents=True)
    again = EdgeStore(tmp_path / "vectors")
    assert await again.count(COLLECTION, Where()) == 1
    assert not unfinished.exists()
    await again.close()
