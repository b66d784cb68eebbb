"""The tables and statements of the files slice on PostgreSQL: everything that can become of a file, once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Base, Database
from backend.files.reconcile import Swept
from backend.files.tables import FileRow, FileState
from backend.nextcloud.sources import AppApiSources
from tests.integration.files.town import USERS, Town
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.unit.files.house import House


@pytest.fixture
async def house(postgres_url: str, tmp_path: Path) -> AsyncIterator[House]:
    database = Database(postgres_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield House(database, tmp_path)
    await database.close()


async def test_files_come_change_move_fail_and_go(house: House) -> None:
    source = house.source
    for n in range(4):
        source.write(f"/a/x/{n}.txt", f"{n}\nmore")
    source.write("/a/bad.txt", "unreadable: damaged")
    await house.crawl()
    await house.work()
    assert len(house.index.documents) == 4
    source.write("/a/x/0.txt", "0 changed")
    source.move("/a/x", "/x")
    source.delete("/x/3.txt")
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/x/0.txt": "0 changed", "/x/1.txt": "1\nmore", "/x/2.txt": "2\nmore"}
    files = await house.files()
    assert {path: file.state for path, file in files.items()} == {
        "/a/bad.txt": FileState.FAILED,
        **{f"/x/{n}.txt": FileState.INDEXED for n in range(3)},
    }
    assert await house.service.retry_failed("ann") == 1
    assert await house.work() == 1
    source.delete("/x")
    await house.crawl()
    await house.work()
    summary = await house.service.summary("ann")
    assert (summary.total, summary.failed, summary.chunks, summary.error) == (1, 1, 0, None)
    assert await house.reconciler.sweep() == Swept()


async def test_crawls_of_one_folder_at_the_same_moment_do_not_stand_in_each_others_way(
    postgres_url: str, tmp_path: Path
) -> None:
    database = Database(postgres_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    with AppApiServer(Cloud(USERS)).serving() as server:
        sources = AppApiSources(server.appapi, server.all_users)
        town = Town(database, server, sources, tmp_path)
        town.cloud.groups["staff"] = set(USERS)
        town.cloud.access_rules.add(town.cloud.group_folder("Ward", "staff").file_id)
        await town.look()
        for _ in range(3):
            town.make(*(f"/Ward/{number}/{name}.txt" for number in range(3) for name in range(40)))
            found = await asyncio.gather(*(town.crawl(user) for user in USERS))
            assert [crawled.complete for crawled in found] == [True, True, True]
        await town.look()
        for user in USERS:
            assert len(await town.paths(user)) == 120
        assert await town.count(FileRow) == 120
        await sources.close()
    await database.close()
