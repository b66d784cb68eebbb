"""Many users of one Nextcloud: whose crawl covers what, who sees it, and what becomes of it when people go."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from backend.database import Base, Database
from backend.errors import NotFound
from backend.files.crawl import crawl
from backend.files.hints import LOOK
from backend.files.listing import Viewer
from backend.files.rules import Rules
from backend.files.status import Wanted
from backend.files.tables import CrawlRow, FileRow, FileState, FolderRow, MountRow, RootRow
from backend.nextcloud.sources import AppApiSources
from tests.integration.files.town import USERS, Town
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud


async def test_names_to_listen_for_are_of_own_folders_and_files_and_not_of_what_is_shared(town: Town) -> None:
    for path in ("/Rota", "/Rota/Wards", "/Divorce", "/Divorce/letters"):
        town.cloud.write("ann", path, None)
    town.cloud.write("ann", "/Rota/Wards/nights.txt", b"one")
    town.cloud.write("ann", "/Divorce/letters/1.txt", b"one")
    town.cloud.share("ann", "/Divorce/letters", 0, "ben")
    town.cloud.write("ben", "/mine.txt", b"one")
    await town.look()
    assert set(await town.library.recent_names("ann", 20)) == {
        *("Rota", "Wards", "nights.txt", "Divorce", "letters", "1.txt")
    }
    folders = await town.library.recent_names("ann", 6)
    assert folders[:2] == ["Divorce", "Rota"]
    assert len(folders) <= 6
    names = await town.library.recent_names("ben", 20)
    assert "mine.txt" in names
    assert "1.txt" not in names
    assert await town.library.recent_names("nobody", 20) == []


async def test_names_to_listen_for_are_not_of_a_team_folder_that_was_closed_to_the_user_who_covers_it(
    town: Town,
) -> None:
    town.cloud.groups["board"] = {"ann", "ben"}
    town.cloud.group_folder("Board", "board")
    town.cloud.write("ann", "/Board/Takeover", None)
    town.cloud.write("ann", "/Board/Takeover/offer.txt", b"one")
    town.cloud.write("ann", "/Rota", None)
    await town.look()
    town.cloud.groups["board"].discard("ann")
    assert await town.library.recent_names("ann", 20) == ["Rota"]


async def test_a_shared_folder_is_indexed_once_and_seen_under_each_users_own_path(town: Town) -> None:
    town.cloud.write("ann", "/Divorce", None)
    town.cloud.write("ann", "/Divorce/letters", None)
    town.cloud.write("ann", "/Divorce/letters/1.txt", b"one")
    share = town.cloud.share("ann", "/Divorce/letters", 0, "ben")
    town.cloud.move("ben", "/letters", "/from ann")
    await town.look()
    assert len(town.index.documents) == 1
    assert await town.paths("ann") == {"/Divorce/letters/1.txt"}
    assert await town.paths("ben") == {"/from ann/1.txt"}
    assert await town.paths("cat") == set()
    # The owner's names are not even found by guessing.
    assert await town.service.files("ben", Wanted(text="Divorce"), 0, 10) == ([], 0)
    assert (await town.service.summary("ben")).total == 0
    assert (await town.service.summary("ann")).total == 1
    assert share is not None
    del town.cloud.shares[share]
    assert await town.paths("ben") == set()
    assert len(await town.library.roots("ben")) == 1


async def test_a_node_is_named_to_those_who_can_read_it_now_and_by_their_own_path(town: Town) -> None:
    town.cloud.write("ann", "/Plans", None)
    plan = town.cloud.write("ann", "/Plans/plan.txt", b"plan")
    secret = town.cloud.write("ann", "/secret.txt", b"secret")
    assert plan is not None
    assert secret is not None
    asked = [plan.file_id, secret.file_id]
    share = town.cloud.share("ann", "/Plans/plan.txt", 0, "ben")
    assert share is not None
    assert [(node.path, node.is_folder) for node in await town.service.nodes("ben", asked)] == [("/plan.txt", False)]
    assert [node.path for node in await town.service.nodes("ann", asked)] == ["/Plans/plan.txt", "/secret.txt"]
    del town.cloud.shares[share]
    assert await town.service.nodes("ben", asked) == []


async def test_a_single_shared_file_is_a_root(town: Town) -> None:
    item = town.cloud.write("ann", "/solo.txt", b"one")
    assert item is not None
    town.cloud.share("ann", "/solo.txt", 0, "ben")
    town.cloud.move("ben", "/solo.txt", "/renamed.txt")
    await town.look("ben", "ann")
    assert await town.paths("ben") == {"/renamed.txt"}
    assert item.file_id in await town.library.roots("ben")
    assert (await town.service.file("ben", item.file_id)).name == "renamed.txt"


async def test_a_group_folder_is_crawled_by_one_member_and_passes_to_another(town: Town) -> None:
    town.cloud.groups["staff"] = {"ann", "ben"}
    folder = town.cloud.group_folder("Ward", "staff")
    town.cloud.write("ann", "/Ward/rota.txt", b"rota")
    town.cloud.write("ann", "/Ward/deep", None)
    town.cloud.write("ann", "/Ward/deep/plan.txt", b"plan")
    await town.look("ann", "ben", "cat")
    assert await town.count(FileRow) == 2
    assert {document.path_ids[0] for document, _ in town.index.documents.values()} == {folder.file_id}
    both = {"/Ward/rota.txt", "/Ward/deep/plan.txt"}
    assert (await town.paths("ann"), await town.paths("ben"), await town.paths("cat")) == (both, both, set())
    embedded = list(town.index.embedded)
    # The claimant leaves: at once nothing is shown to her, and nothing is embedded again for the heir.
    town.cloud.groups["staff"] = {"ben"}
    assert await town.paths("ann") == set()
    assert (await town.service.summary("ann")).total == 0
    await town.look("ann", "ben")
    assert (await town.paths("ann"), await town.paths("ben")) == (set(), both)
    assert town.index.embedded == embedded
    async with town.database.reading() as session:
        assert (await session.get(MountRow, folder.file_id)).user_id == "ben"  # type: ignore[union-attr]
    town.cloud.write("ben", "/Ward/deep/new.txt", b"new")
    await town.look("ben")
    assert await town.paths("ben") == both | {"/Ward/deep/new.txt"}
    # With nobody left the files are gone.
    town.cloud.groups["staff"] = set()
    await town.look()
    assert (town.index.documents, await town.count(FileRow), await town.count(MountRow)) == ({}, 0, 0)


async def test_access_rules_inside_a_group_folder_hold_for_lists_too(town: Town) -> None:
    town.cloud.groups["staff"] = {"ann", "ben"}
    town.cloud.group_folder("Ward", "staff")
    town.cloud.write("ann", "/Ward/rota.txt", b"rota")
    closed = town.cloud.write("ann", "/Ward/salaries.txt", b"salaries")
    assert closed is not None
    town.cloud.closed.add(("ben", closed.file_id))
    await town.look()
    assert await town.paths("ann") == {"/Ward/rota.txt", "/Ward/salaries.txt"}
    assert await town.paths("ben") == {"/Ward/rota.txt"}
    assert await town.library.unknown("ben", [closed.file_id]) == {closed.file_id}


@pytest.mark.parametrize("user", ["ann", "ben"])  # one of them is the member whose crawl covers the folder
async def test_an_access_rule_takes_a_file_out_of_the_list_before_any_crawl(town: Town, user: str) -> None:
    town.cloud.groups["staff"] = {"ann", "ben"}
    town.cloud.group_folder("Ward", "staff")
    town.cloud.write("ann", "/Ward/rota.txt", b"rota")
    closed = town.cloud.write("ann", "/Ward/salaries.txt", b"salaries")
    assert closed is not None
    await town.look()
    assert await town.paths(user) == {"/Ward/rota.txt", "/Ward/salaries.txt"}
    town.cloud.closed.add((user, closed.file_id))
    assert await town.paths(user) == {"/Ward/rota.txt"}
    assert await town.service.files(user, Wanted(text="salaries"), 0, 10) == ([], 0)
    with pytest.raises(NotFound):
        await town.service.file(user, closed.file_id)


async def test_a_file_that_may_not_be_fetched_says_so_and_is_not_indexed(town: Town) -> None:
    item = town.cloud.write("ann", "/secret.txt", b"secret")
    assert item is not None
    await town.look()
    assert town.index.documents
    town.cloud.forbidden.add(item.file_id)
    town.cloud.write("ann", "/secret.txt", b"changed")
    await town.look()
    row = await town.service.file("ann", item.file_id)
    assert (row.state, "403" in (row.reason or "")) == (FileState.FAILED, True)
    assert town.index.documents == {}


async def test_a_deleted_user_leaves_nothing_behind(town: Town) -> None:
    town.cloud.groups["staff"] = {"ann", "ben"}
    town.cloud.group_folder("Ward", "staff")
    town.cloud.write("ann", "/Ward/rota.txt", b"rota")
    town.cloud.write("ann", "/own.txt", b"own")
    town.cloud.write("ann", "/a", None)
    await town.look()
    del town.cloud.homes["ann"]
    town.cloud.groups["staff"] = {"ben"}
    assert await town.changes.forget("ann") == 1
    await town.look("ben")
    assert {d.path for d, _ in town.index.documents.values()} == {"/Ward/rota.txt"} == await town.paths("ben")
    async with town.database.reading() as session:
        for table in (FileRow, FolderRow, RootRow, MountRow, CrawlRow):
            assert not (await session.scalars(select(table).where(table.user_id == "ann"))).all()


async def test_what_rules_leave_out_is_purged_and_comes_back_with_them(town: Town) -> None:
    for path in ("/Private", "/Private/deep", "/Work", "/quiet"):
        town.cloud.write("ann", path, None)
    for path in ("/Private/deep/1.txt", "/Work/2.txt", "/quiet/3.txt", "/4.TMP"):
        town.cloud.write("ann", path, path.encode())
    everything = {"/Private/deep/1.txt", "/Work/2.txt", "/quiet/3.txt", "/4.TMP"}
    await town.look("ann")
    assert await town.paths("ann") == everything
    for rules, left in (
        (Rules.of("/Private, *.tmp"), {"/Work/2.txt", "/quiet/3.txt"}),
        (Rules.of("/private/*"), everything - {"/Private/deep/1.txt"}),
        (Rules.of("", "/Work, /Private/deep"), {"/Work/2.txt", "/Private/deep/1.txt"}),
        (Rules.of(opt_out=True), set()),
        (Rules(), everything),
    ):
        town.rules["ann"] = rules
        if rules.opt_out:
            await town.changes.adopt("ann", rules)
            await town.look("ben")
        else:
            await town.look("ann")
        assert await town.paths("ann") == left
        assert {document.path for document, _ in town.index.documents.values()} == left
    town.cloud.write("ann", "/quiet/.noindex", b"")
    await town.look("ann")
    assert await town.paths("ann") == everything - {"/quiet/3.txt"}
    town.cloud.remove("ann", "/quiet/.noindex")
    await town.look("ann")
    assert await town.paths("ann") == everything


async def test_an_encrypted_folder_is_never_read(town: Town) -> None:
    folder = town.cloud.write("ann", "/vault", None)
    assert folder is not None
    folder.encrypted = True
    town.cloud.write("ann", "/vault/1.txt", b"ciphertext")
    await town.look("ann")
    assert await town.paths("ann") == set()
    assert not [request for request in town.server.requests if "vault" in request[2]]


async def test_a_hint_wakes_the_user_and_whoever_covers_the_place(town: Town) -> None:
    town.cloud.write("ann", "/a", None)
    town.cloud.share("ann", "/a", 0, "ben")
    town.cloud.move("ben", "/a", "/b")
    await town.look()
    await town.hints.put("ben", "/b/new.txt")
    assert {job.key for job in await town.ledger.entries(LOOK)} == {"ben", "ann"}
    await town.hints.put("cat", "/b/new.txt")
    assert {job.key for job in await town.ledger.entries(LOOK)} == {"ben", "ann", "cat"}


async def test_an_idle_user_costs_one_request(town: Town) -> None:
    town.cloud.write("ann", "/a", None)
    for number in range(200):
        town.cloud.write("ann", f"/a/{number}.txt", b"x")
    await town.crawl("ann")
    assert (await town.crawl("ann")).requests == 1


async def test_a_crawl_gives_way_and_goes_on(town: Town) -> None:
    for number in range(10):
        town.cloud.write("ann", f"/{number}", None)
        town.cloud.write("ann", f"/{number}/1.txt", b"x")
    source, looked, turns = town.sources.of("ann"), 0, 0
    viewer = Viewer("ann", frozenset(USERS))
    while True:
        turns += 1
        found = await crawl(source, town.changes, town.nothing, viewer, lambda: True)
        looked += found.folders
        if found.complete:
            break
    assert turns > 3
    assert looked <= 10 + turns, "the home is listed in each turn, every folder once"
    assert len(await town.paths("ann")) == 10


async def test_no_table_grows_with_users_times_files(database: Database, tmp_path: Path) -> None:
    users = tuple(f"user{number}" for number in range(100))
    cloud = Cloud(("owner", *users))
    folder = cloud.write("owner", "/shared", None)
    assert folder is not None
    for number in range(1000):
        folder.items[f"{number}.txt"] = cloud._item(b"x")
    cloud.groups["all"] = set(users)
    cloud.share("owner", "/shared", 1, "all")
    with AppApiServer(cloud).serving() as server:
        sources = AppApiSources(server.appapi, server.all_users)
        town = Town(database, server, sources, tmp_path)
        for user in cloud.homes:
            await town.crawl(user)
        async with database.reading() as session:
            tables = {name: await session.scalar(text(f"SELECT count(*) FROM {name}")) for name in Base.metadata.tables}
        await sources.close()
    assert tables["files"] == 1000
    assert all((rows or 0) <= 1000 + 3 * len(users) for rows in tables.values()), tables
