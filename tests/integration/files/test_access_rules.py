"""Group folders with advanced permissions: what some member can read is indexed, once, by somebody who can read it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from backend.files.hints import LOOK
from backend.files.rules import Rules
from backend.files.tables import FileRow, FolderRow, MountRow, Presence
from backend.files.work import INDEX
from tests.integration.files.town import Town
from tests.servers.cloud import Item


@pytest.fixture
async def ward(town: Town) -> AsyncIterator[Town]:
    """A group folder of all three, with advanced permissions that deny nothing yet. The first to be crawled is ann."""
    town.cloud.groups["staff"] = {"ann", "ben", "cat"}
    folder = town.cloud.group_folder("Ward", "staff")
    town.cloud.access_rules.add(folder.file_id)
    town.make("/Ward/open.txt", "/Ward/a/1.txt", "/Ward/a/deep/2.txt", "/Ward/b/3.txt")
    yield town
    await consistent(town)


async def consistent(town: Town) -> None:
    """Every file has one row and one job, and is fetched as somebody who can read it, from where that one has it."""
    async with town.database.reading() as session:
        rows = (await session.scalars(select(FileRow).where(FileRow.presence == Presence.HERE))).all()
    jobs = [job.key for job in await town.ledger.entries(INDEX)]
    assert len(jobs) == len(set(jobs))
    for row in rows:
        assert (await town.sources.of(row.user_id).readable([row.file_id])) == {row.file_id: row.path}


async def holders(town: Town) -> dict[str, str]:
    """Whose crawl has which file."""
    async with town.database.reading() as session:
        rows = (await session.scalars(select(FileRow).where(FileRow.presence != Presence.GONE))).all()
    return {row.path: row.user_id for row in rows}


def item(town: Town, path: str) -> Item:
    """What is at a path of the group folder, denied to whomever."""
    found = town.cloud.group_folders["Ward"][0]
    for name in path.removeprefix("/Ward/").split("/"):
        found = found.items[name]
    return found


EVERYTHING = {"/Ward/open.txt", "/Ward/a/1.txt", "/Ward/a/deep/2.txt", "/Ward/b/3.txt"}
A = {"/Ward/a/1.txt", "/Ward/a/deep/2.txt"}


@pytest.mark.parametrize("order", [("ann", "ben", "cat"), ("cat", "ben", "ann"), ("ben", "ann", "cat")])
async def test_what_the_claimant_is_denied_from_the_start_is_indexed_by_another_member(
    ward: Town, order: tuple[str, ...]
) -> None:
    ward.cloud.deny(order[0], item(ward, "/Ward/a"))
    await ward.look(*order)
    assert set(ward.index.texts()) == EVERYTHING
    assert await ward.paths(order[0]) == EVERYTHING - A
    assert await ward.paths(order[1]) == await ward.paths(order[2]) == EVERYTHING
    assert await holders(ward) == {path: order[1] if path in A else order[0] for path in EVERYTHING}


async def test_what_is_denied_the_claimant_later_stays_found_by_the_others(ward: Town) -> None:
    await ward.look()
    assert set((await holders(ward)).values()) == {"ann"}
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    # Whoever is looked at first.
    await ward.look("ben", "ann")
    assert {job.key for job in await ward.ledger.entries(LOOK)} == {"ben", "cat"}, "they are looked at soon"
    await ward.look("ben")
    assert await ward.paths("ben") == await ward.paths("cat") == EVERYTHING
    assert await ward.paths("ann") == EVERYTHING - A
    assert await holders(ward) == {path: "ben" if path in A else "ann" for path in EVERYTHING}


async def test_a_change_in_what_the_claimant_cannot_see_is_found_by_the_look_of_whoever_made_it(ward: Town) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look("ann", "ben", "cat")
    ward.cloud.write("cat", "/Ward/a/new.txt", b"new")
    ward.cloud.write("cat", "/Ward/a/1.txt", b"changed")
    await ward.look("cat", "ann")
    assert ward.index.texts()["/Ward/a/new.txt"] == "new"
    assert ward.index.texts()["/Ward/a/1.txt"] == "changed"


async def test_two_members_who_each_see_what_the_other_does_not(ward: Town) -> None:
    for user, path in (("ann", "/Ward/a"), ("ben", "/Ward/b"), ("cat", "/Ward/a"), ("cat", "/Ward/b")):
        ward.cloud.deny(user, item(ward, path))
    await ward.look("cat", "ann", "ben")
    assert set(ward.index.texts()) == EVERYTHING
    assert await ward.paths("cat") == {"/Ward/open.txt"}
    assert await ward.paths("ann") == EVERYTHING - A
    assert await ward.paths("ben") == A | {"/Ward/open.txt"}


async def test_when_a_rule_is_lifted_the_claimant_takes_what_it_sees_and_nothing_is_embedded_again(ward: Town) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look("ann", "ben")
    embedded = list(ward.index.embedded)
    ward.cloud.lift("ann", item(ward, "/Ward/a"))
    await ward.look("ben", "ann", "ben", "cat")
    assert await holders(ward) == dict.fromkeys(EVERYTHING, "ann")
    assert ward.index.embedded == embedded
    assert await ward.paths("ann") == EVERYTHING


async def test_crawls_of_one_folder_come_to_rest(ward: Town) -> None:
    """No two crawls take a file from each other again and again, and an unchanged folder costs nothing."""
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look()
    await ward.look()
    async with ward.database.reading() as session:
        versions = {row.file_id: row.version for row in await session.scalars(select(FileRow))}
    for user in ("cat", "ben", "ann"):
        assert (await ward.crawl(user)).requests == 1
    async with ward.database.transaction() as session:
        for folder in await session.scalars(select(FolderRow)):
            folder.etag = None
    for user in ("cat", "ben", "ann", "ben", "cat"):
        await ward.crawl(user)
    async with ward.database.reading() as session:
        assert {row.file_id: row.version for row in await session.scalars(select(FileRow))} == versions
    assert await ward.work() == 0
    # A change costs each member the way to it.
    ward.cloud.write("ben", "/Ward/a/deep/2.txt", b"changed")
    assert [(await ward.crawl(user)).requests for user in ("ann", "ben", "cat")] == [3, 5, 5]


async def test_when_the_holder_leaves_the_group_a_third_member_has_it(ward: Town) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look("ann", "ben", "cat")
    assert (await holders(ward))["/Ward/a/1.txt"] == "ben"
    ward.cloud.groups["staff"] -= {"ben"}
    assert await ward.paths("ben") == set()
    await ward.look("cat", "ben", "cat")
    assert await holders(ward) == {path: "cat" if path in A else "ann" for path in EVERYTHING}
    # The claimant leaves as well: what she had passes on, and what she could not see stays where it is.
    embedded = list(ward.index.embedded)
    ward.cloud.groups["staff"] -= {"ann"}
    await ward.look("ann", "cat")
    assert await holders(ward) == dict.fromkeys(EVERYTHING, "cat")
    assert ward.index.embedded == embedded
    async with ward.database.reading() as session:
        assert {row.user_id for row in await session.scalars(select(MountRow))} == {"cat"}
    ward.cloud.groups["staff"] = set()
    await ward.look()
    assert ward.index.documents == {}
    assert (await ward.count(FileRow), await ward.count(MountRow)) == (0, 0)


async def test_an_heir_who_sees_less_leaves_the_rest_to_the_others(ward: Town) -> None:
    ward.cloud.deny("ben", item(ward, "/Ward/a"))
    await ward.look("ann", "ben", "cat")
    ward.cloud.groups["staff"] -= {"ann"}
    await ward.look("ann", "ben", "cat")
    assert await holders(ward) == {path: "cat" if path in A else "ben" for path in EVERYTHING}
    assert set(ward.index.texts()) == EVERYTHING


@pytest.mark.parametrize("gone", ["deleted", "opted out", "purged"])
async def test_what_a_member_had_who_goes_is_taken_over(ward: Town, gone: str) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look("ann", "ben", "cat")
    if gone == "deleted":
        del ward.cloud.homes["ben"]
        await ward.changes.forget("ben")
    elif gone == "opted out":
        await ward.changes.adopt("ben", Rules.of(opt_out=True))
    else:
        assert await ward.service.purge("ben") == len(A)
    await ward.look("ann", "cat")
    assert await holders(ward) == {path: "cat" if path in A else "ann" for path in EVERYTHING}
    async with ward.database.reading() as session:
        assert not (await session.scalars(select(FolderRow).where(FolderRow.user_id == "ben"))).all()


async def test_each_counts_and_reindexes_what_the_own_crawl_has(ward: Town) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look()
    totals = {user: (await ward.service.summary(user)).total for user in ("ann", "ben", "cat")}
    assert totals == {"ann": 2, "ben": 2, "cat": 0}
    assert await ward.service.reindex("ben") == 2
    assert await ward.work() == 2
    assert await ward.paths("cat") == EVERYTHING


async def test_files_and_folders_that_move_between_what_one_sees_and_another_does_not(ward: Town) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look()
    ward.cloud.move("ben", "/Ward/b", "/Ward/a/b")
    ward.cloud.move("ben", "/Ward/open.txt", "/Ward/a/open.txt")
    ward.cloud.move("ben", "/Ward/a/deep", "/Ward/deep")
    for user in ("ben", "ann", "cat", "ben", "ann"):
        await ward.look(user)
    assert await holders(ward) == {
        "/Ward/a/1.txt": "ben",
        "/Ward/a/b/3.txt": "ben",
        "/Ward/a/open.txt": "ben",
        "/Ward/deep/2.txt": "ann",
    }
    assert set(ward.index.texts()) == set(await holders(ward))


async def test_when_advanced_permissions_are_turned_off_the_claimant_crawls_alone_again(ward: Town) -> None:
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    await ward.look()
    ward.cloud.access_rules.clear()
    ward.cloud.closed.clear()
    ward.cloud.touch(item(ward, "/Ward/a"))
    await ward.look("ben", "cat", "ann")
    await ward.look("ann")
    assert await holders(ward) == dict.fromkeys(EVERYTHING, "ann")
    async with ward.database.reading() as session:
        inside = await session.scalars(select(FolderRow.user_id).where(FolderRow.path.startswith("/Ward")))
        assert set(inside) == {"ann"}


async def test_a_look_that_began_before_does_not_hide_what_is_to_be_looked_at_again(ward: Town) -> None:
    await ward.look()
    ward.cloud.deny("ann", item(ward, "/Ward/a"))
    source = ward.sources.of("ben")
    told = source.children

    async def children(path: str, *, access_rules: bool = False) -> object:
        found = await told(path, access_rules=access_rules)
        if path == "/Ward/a":
            await ward.crawl("ann")  # loses what ben has just passed over
        return found

    source.children = children  # type: ignore[method-assign, assignment]
    await ward.crawl("ben")
    await ward.look("ben")
    assert set(ward.index.texts()) == EVERYTHING


async def test_access_rules_are_asked_for_only_where_group_folders_may_lie(ward: Town) -> None:
    told: list[Item] = []
    ward.cloud.has_access_rules = lambda item: bool(told.append(item)) or True  # type: ignore[method-assign, func-returns-value]
    await ward.look()
    assert {found.file_id for found in told} == {ward.cloud.group_folders["Ward"][0].file_id}


async def test_without_access_rules_only_the_claimant_looks_into_a_group_folder(ward: Town) -> None:
    ward.cloud.access_rules.clear()
    await ward.look("ann")
    assert (await ward.crawl("ben")).requests == 2
    assert await ward.count(FolderRow) == 6


@pytest.mark.parametrize("since", ["the start", "later"])
async def test_the_claimants_own_wishes_leave_out_nothing_that_others_want(ward: Town, since: str) -> None:
    """Somebody without such wishes becomes the claimant, and only that one crawls the folder."""
    ward.cloud.access_rules.clear()
    if since == "later":
        await ward.look("ann", "ben")
    embedded = list(ward.index.embedded)
    ward.rules["ann"] = Rules.of("/Ward/a")
    await ward.look("ann", "ben", "ann", "cat")
    assert await holders(ward) == dict.fromkeys(EVERYTHING, "ben")
    assert await ward.paths("ben") == await ward.paths("cat") == EVERYTHING
    if embedded:
        assert ward.index.embedded == embedded
    async with ward.database.reading() as session:
        inside = await session.scalars(select(FolderRow.user_id).where(FolderRow.path.startswith("/Ward")))
        assert set(inside) == {"ben"}


async def test_of_members_who_all_leave_something_out_each_brings_in_what_the_others_do_not(ward: Town) -> None:
    ward.cloud.access_rules.clear()
    ward.cloud.groups["staff"] = {"ann", "ben"}
    ward.rules["ben"] = Rules.of("/Ward/b")
    await ward.look("ann", "ben")
    ward.rules["ann"] = Rules.of("/Ward/a", everybodys="*.tmp")
    await ward.look("ann", "ben")
    assert await holders(ward) == {path: "ben" if path in A else "ann" for path in EVERYTHING}
    # What everybody's patterns leave out is nobody's wish.
    ward.rules["ann"] = Rules.of(everybodys="*.tmp")
    ward.rules["ben"] = Rules.of(everybodys="*.tmp")
    await ward.look("ann", "ben", "ann")
    assert await holders(ward) == dict.fromkeys(EVERYTHING, "ann")
