"""Watching many users: turns, newcomers, those who are gone, and rules that stop it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.database import Database
from backend.errors import NotFound
from backend.files.crawl_log import CrawlLog
from backend.files.rules import Rules
from backend.files.tables import CrawlRow, FileRow
from backend.files.watch import Watcher
from backend.nextcloud.files import Node
from tests.unit.files.fakes import MemorySource
from tests.unit.files.house import House, now
from tests.unit.jobs.waiting import until


class Several:
    """`Sources` of several users in memory. Their ids must differ, so each has numbers of its own."""

    def __init__(self, *users: str) -> None:
        self.sources: dict[str, MemorySource] = {}
        for user in users:
            self.add(user)

    def add(self, user: str) -> MemorySource:
        source = MemorySource()
        source.user_id = user
        source._numbers = iter(range(10_000 * (len(self.sources) + 1), 10**9))  # type: ignore[assignment]
        source.home = source._item(None)
        self.sources[user] = source
        return source

    async def users(self) -> Sequence[str]:
        return sorted(self.sources)

    def of(self, user_id: str) -> MemorySource:
        if user_id not in self.sources:
            raise NotFound("nobody")
        return self.sources[user_id]


@asynccontextmanager
async def watching(watcher: Watcher) -> AsyncIterator[None]:
    task = asyncio.create_task(watcher.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def recorded(database: Database) -> dict[str, int]:
    """How many files are recorded for each user."""
    async with database.reading() as session:
        users = list(await session.scalars(select(FileRow.user_id).where(FileRow.presence != "gone")))
    return {user: users.count(user) for user in users}


async def test_a_huge_home_does_not_starve_the_others(database: Database, tmp_path: Path) -> None:
    house = House(database, tmp_path)
    several = Several(*(f"huge{number}" for number in range(5)), "small")
    for number in range(5):
        for folder in range(40):
            several.sources[f"huge{number}"].write(f"/{folder}/1.txt", "x")
    several.sources["small"].write("/1.txt", "x")
    log = CrawlLog(database, now)
    watcher = Watcher(several, house.changes, house.reconciler, log, interval=60, time_slice=0.0)
    async with watching(watcher):

        async def small_is_seen() -> bool:
            return "small" in await recorded(database)

        await until(small_is_seen, 20)
        done = await recorded(database)
        assert sum(count for user, count in done.items() if user != "small") < 100, "the huge ones were not done first"

        async def all_are_seen() -> bool:
            return await recorded(database) == {"small": 1} | {f"huge{number}": 40 for number in range(5)}

        await until(all_are_seen, 60)


async def test_newcomers_are_crawled_and_those_who_are_gone_are_forgotten(database: Database, tmp_path: Path) -> None:
    house = House(database, tmp_path)
    several = Several("ann")
    several.sources["ann"].write("/1.txt", "x")
    forgotten: list[str] = []

    async def forget(user_id: str) -> None:
        forgotten.append(user_id)

    log = CrawlLog(database, now)
    watcher = Watcher(several, house.changes, house.reconciler, log, interval=0.05, forget=forget, absence=0.2)
    async with watching(watcher):

        async def seen(expected: dict[str, int]) -> bool:
            return await recorded(database) == expected

        await until(lambda: seen({"ann": 1}))
        several.add("ben").write("/2.txt", "x")
        await until(lambda: seen({"ann": 1, "ben": 1}))
        del several.sources["ann"]
        await until(lambda: seen({"ben": 1}))
        await until(lambda: forgotten == ["ann"])
    async with database.reading() as session:
        assert list(await session.scalars(select(CrawlRow.user_id))) == ["ben"]


async def test_those_who_vanish_together_are_kept_for_long_and_served_again_when_they_are_back(
    database: Database, tmp_path: Path
) -> None:
    house = House(database, tmp_path)
    several = Several("ann", "ben", "cleo")
    for source in several.sources.values():
        source.write("/1.txt", "x")
    everybody = {"ann": 1, "ben": 1, "cleo": 1}
    away = {user_id: several.sources[user_id] for user_id in ("ann", "ben")}
    rounds = 0
    forgotten: list[str] = []

    async def forget(user_id: str) -> None:
        forgotten.append(user_id)

    async def users() -> list[str]:
        nonlocal rounds
        rounds += 1
        return list(several.sources)

    several.users = users  # type: ignore[method-assign]
    log = CrawlLog(database, now)
    watcher = Watcher(
        several, house.changes, house.reconciler, log, interval=0.02, forget=forget, absence=0.0, absence_together=3600
    )

    async def seen(expected: dict[str, int]) -> bool:
        return await recorded(database) == expected

    async with watching(watcher):
        await until(lambda: seen(everybody))
        for user_id in away:
            del several.sources[user_id]
        later = rounds + 5
        await until(lambda: rounds > later)
        assert await seen(everybody)
        several.sources |= away
        later = rounds + 5
        await until(lambda: rounds > later)
        assert not forgotten
        del several.sources["ann"]  # alone: as one whom an administrator deletes
        await until(lambda: forgotten == ["ann"])


async def test_without_indexing_nothing_is_looked_at_and_what_is_known_stays(
    database: Database, tmp_path: Path
) -> None:
    house = House(database, tmp_path)
    several = Several("ann")
    several.sources["ann"].write("/1.txt", "x")
    rules, asked_for_rules = Rules(), 0

    async def rules_of(user_id: str) -> Rules:
        nonlocal asked_for_rules
        asked_for_rules += 1
        return rules

    async def looks(number: int) -> None:
        """Until so many more looks have begun."""
        begun = asked_for_rules + number
        await until(lambda: asked_for_rules >= begun)

    log = CrawlLog(database, now)
    watcher = Watcher(several, house.changes, house.reconciler, log, interval=0.02, rules_of=rules_of)
    async with watching(watcher):

        async def one() -> bool:
            return await recorded(database) == {"ann": 1}

        await until(one)
        rules = Rules(indexing=False)
        await looks(2)  # the one before the last may still have begun by the old rules
        asked = len(several.sources["ann"].requests)
        several.sources["ann"].write("/2.txt", "x")
        await looks(5)
        assert len(several.sources["ann"].requests) == asked
        assert await one()
        rules = Rules()

        async def two() -> bool:
            return await recorded(database) == {"ann": 2}

        await until(two)


async def test_whoever_was_woken_does_not_wait_for_large_homes(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database, tmp_path)
    several = Several(*(f"huge{number}" for number in range(6)), "small")
    several.sources["small"].write("/1.txt", "x")
    stuck, ends = 0, asyncio.Event()

    async def never(_path: str) -> Node:
        nonlocal stuck
        stuck += 1
        await ends.wait()
        raise NotFound("at last")

    watcher = Watcher(several, house.changes, house.reconciler, CrawlLog(database, now), interval=60)
    for number in range(6):
        monkeypatch.setattr(several.sources[f"huge{number}"], "stat", never)
    async with watching(watcher):
        await until(lambda: stuck == 4)
        watcher.wake("small")

        async def seen() -> bool:
            return await recorded(database) == {"small": 1}

        await until(seen)
        assert stuck == 4
        ends.set()
