"""Group folders (the app `groupfolders`) and external storage (`files_external`, kind "local") on a real Nextcloud.

Each test is skipped where its app is not enabled. The environment is that of `test_leaks_live`; for external storage
the tests must run on the machine of Nextcloud, which serves a folder of theirs.
"""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.leaks.scenario import GROUP, Scenario
from tests.live.nextcloud import occ
from tests.live.test_leaks_live import found, nothing, pytestmark, scenario  # noqa: F401 - marks and fixture hold here
from tests.unit.jobs.waiting import until


async def require(app: str) -> None:
    """Skip where this app of Nextcloud is not enabled."""
    if app not in json.loads(await occ("app:list", "--output=json"))["enabled"]:
        pytest.skip(f"{app} is not enabled there")


@asynccontextmanager
async def team_folder(name: str) -> AsyncIterator[str]:
    """A group folder of `GROUP`, which may do everything in it; its id."""
    folder = (await occ("groupfolders:create", name)).strip().rsplit(maxsplit=1)[-1]
    try:
        await occ("groupfolders:group", folder, GROUP, "read", "write", "share", "delete")
        yield folder
    finally:
        await occ("groupfolders:delete", folder, "--force", check=False)


@asynccontextmanager
async def local_storage(name: str) -> AsyncIterator[None]:
    """A folder of this machine as external storage of `GROUP`."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(Path(folder).chmod, 0o777)  # the web server's user is another one
        given = ("files_external:create", f"/{name}", "local", "null::null", "-c", f"datadir={folder}", "--output=json")
        mount = (await occ(*given)).strip()
        try:
            await occ("files_external:applicable", mount, f"--add-group={GROUP}")
            yield
        finally:
            await occ("files_external:delete", mount, "--yes", check=False)


def records(world: Scenario) -> sqlite3.Connection:
    """The product's database, for reading."""
    path = world.questions.exapp.storage / "data" / "voiceassist.db"
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def rows(world: Scenario, file_ids: set[int]) -> int:
    """How many rows the product has of these files, and as many jobs."""
    files, keys = ",".join(map(str, file_ids)), ",".join(f"'{file_id}'" for file_id in file_ids)
    with closing(records(world)) as database:
        (known,) = database.execute(f"select count(*) from files where file_id in ({files})").fetchone()
        (jobs,) = database.execute(
            f"select count(*) from jobs where kind = 'files.index' and key in ({keys})"
        ).fetchone()
    assert known == jobs
    return int(known)


def holder(world: Scenario, file_id: int) -> str | None:
    """As whom the product fetches a file."""
    with closing(records(world)) as database:
        row = database.execute("select user_id from files where file_id = ?", (file_id,)).fetchone()
    return row and str(row[0])


async def members_only(world: Scenario, folder: str) -> None:
    """What lies in `folder`, which `GROUP` sees, is found by its members, indexed once, and by nobody else."""
    for user in ("lk_ann", "lk_ben"):
        await world.admin.membership(user, GROUP, True)
    written: list[int | None] = []

    async def is_written() -> bool:
        # Nextcloud refuses it while it looks into a new storage for the first time.
        written.append(await world.write("lk_ann", folder))
        return written[-1] is not None

    await until(is_written)
    file_id = written[-1]
    assert file_id is not None
    await found(world, "lk_ann", file_id)
    await found(world, "lk_ben", file_id)
    assert rows(world, {file_id}) == 1
    await nothing(world, "lk_cat", file_id)
    # Whose crawl covers the folder leaves: it passes to somebody else who sees it.
    await world.admin.membership("lk_ann", GROUP, False)
    await nothing(world, "lk_ann", file_id)
    assert await world.questions.finds("lk_ben", file_id)
    assert await world.put("lk_ben", (await world.sources.of("lk_ben").readable([file_id]))[file_id]) == file_id
    await found(world, "lk_ben", file_id)
    await world.admin.membership("lk_ann", GROUP, True)
    await found(world, "lk_ann", file_id)
    assert rows(world, {file_id}) == 1


async def test_a_group_folder_is_its_members_indexed_once_and_access_ends_with_the_membership(
    scenario: Scenario,  # noqa: F811
) -> None:
    await require("groupfolders")
    async with team_folder("Team zq1xvteam"):
        await members_only(scenario, "/Team zq1xvteam")


@pytest.mark.parametrize(
    "claimant", ["lk_ben", "lk_ann"]
)  # whose crawl covers the folder: who is denied, or who is not
async def test_an_access_rule_keeps_a_subfolder_from_one_member_and_what_is_in_it_is_found_by_the_other(
    scenario: Scenario,  # noqa: F811
    claimant: str,
) -> None:
    await require("groupfolders")
    team = f"/Team zq2xv{claimant}"
    async with team_folder(team[1:]) as folder:
        for user in ("lk_ann", "lk_ben"):
            await scenario.admin.membership(user, GROUP, user == claimant)
        first = await scenario.write(claimant, team)
        assert first is not None
        await found(scenario, claimant, first)
        assert holder(scenario, first) == claimant
        for user in ("lk_ann", "lk_ben"):
            await scenario.admin.membership(user, GROUP, True)
        assert await scenario.people["lk_ann"].dav("MKCOL", f"{team}/zq3xvclosed") == 201
        closed = await scenario.write("lk_ann", f"{team}/zq3xvclosed")
        other = await scenario.write("lk_ann", team)
        assert closed is not None
        assert other is not None
        await found(scenario, "lk_ann", closed)
        await found(scenario, "lk_ben", closed)
        await scenario.ask("lk_ben")
        await occ("groupfolders:permissions", folder, "--enable")
        await occ("groupfolders:permissions", "--user=lk_ben", folder, "zq3xvclosed", "--", "-read")
        await nothing(scenario, "lk_ben", closed)
        assert await scenario.questions.finds("lk_ben", other)
        assert await scenario.questions.finds("lk_ann", closed)
        await occ("groupfolders:permissions", "--user=lk_ben", folder, "zq3xvclosed", "clear")
        await found(scenario, "lk_ben", closed)
        # What is new in there is found as well, and what was there before stays found, whoever crawls it.
        await occ("groupfolders:permissions", "--user=lk_ben", folder, "zq3xvclosed", "--", "-read")
        later = await scenario.write("lk_ann", f"{team}/zq3xvclosed")
        assert later is not None
        await found(scenario, "lk_ann", later)
        await nothing(scenario, "lk_ben", later)
        for user in ("lk_ben", "lk_ann"):
            await scenario.questions.call(user, "POST", "/files/crawl")

        async def all_are_anns() -> bool:
            return {holder(scenario, file_id) for file_id in (closed, later)} == {"lk_ann"}

        await until(all_are_anns, 60)
        assert holder(scenario, other) == claimant
        await found(scenario, "lk_ann", closed)
        assert await scenario.questions.finds("lk_ann", later)
        assert rows(scenario, {first, closed, other, later}) == 4
        # Lifted, it is one member's again.
        await occ("groupfolders:permissions", "--user=lk_ben", folder, "zq3xvclosed", "clear")
        assert await scenario.put("lk_ann", (await scenario.sources.of("lk_ann").readable([later]))[later]) == later
        await found(scenario, "lk_ben", later)

        async def all_are_the_claimants() -> bool:
            await scenario.questions.call(claimant, "POST", "/files/crawl")
            return {holder(scenario, file_id) for file_id in (closed, later)} == {claimant}

        await until(all_are_the_claimants, 60)
        await found(scenario, "lk_ann", closed)
        assert rows(scenario, {first, closed, other, later}) == 4


async def test_external_storage_is_found_by_those_who_have_it_and_indexed_once(
    scenario: Scenario,  # noqa: F811
) -> None:
    await require("files_external")
    async with local_storage("zq4xvstore"):
        await members_only(scenario, "/zq4xvstore")
