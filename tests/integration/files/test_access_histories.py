"""Random histories of a group folder with advanced permissions: what some member can read is indexed, nothing else."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backend.database import Database
from backend.files.tables import FileRow
from backend.nextcloud.sources import AppApiSources
from tests import records
from tests.integration.files.town import USERS, Town
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud, Item

FOLDERS = ("/Ward/a", "/Ward/a/deep", "/Ward/b")
FILES = ("/Ward/1.txt", "/Ward/a/2.txt", "/Ward/a/deep/3.txt", "/Ward/b/4.txt")
PLACES = st.sampled_from(FOLDERS + FILES)
ONE = st.sampled_from(USERS)
LAST = len(USERS) + 1

# What happens: an operation, whom it is about, and where.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("deny", "lift", "write", "remove")), ONE, PLACES),
        st.tuples(st.just("move"), ONE, st.sampled_from(FOLDERS[1:] + FILES)),
        st.tuples(st.sampled_from(("join", "leave", "look", "look", "look")), ONE, st.just("")),
    ),
    max_size=12,
)


def found(cloud: Cloud, path: str) -> Item | None:
    """What is at a path of the group folder, denied to whomever; None when it is not there any more."""
    item: Item | None = cloud.group_folders["Ward"][0]
    for name in path.removeprefix("/Ward/").split("/"):
        item = item.items.get(name) if item is not None else None
    return item


async def step(town: Town, name: str, user: str, path: str) -> None:
    """One step of a history; one that is not possible does nothing."""
    cloud, item = town.cloud, found(town.cloud, path) if path else None
    if name == "look":
        await town.look(user)
    elif name in ("join", "leave"):
        cloud.groups["staff"] = cloud.groups["staff"] | {user} if name == "join" else cloud.groups["staff"] - {user}
    elif name == "deny" and item is not None:
        cloud.deny(user, item)
    elif name == "lift" and item is not None:
        cloud.lift(user, item)
    elif name == "write" and path in FILES:
        cloud.write(user, path, f"{path} {cloud.groups}".encode())
    elif name == "remove":
        cloud.remove(user, path)
    elif name == "move" and cloud.at(user, path) is not None:
        cloud.move(user, path, f"/Ward/{path.rsplit('/', 1)[1]}" if path.count("/") > 2 else f"/Ward/a{path[5:]}")


async def play(database: Database, folder: Path, history: list[tuple[str, str, str]]) -> None:
    """Play a history to its end, have everybody looked at until all is at rest, and compare."""
    with AppApiServer(Cloud(USERS)).serving() as server:
        sources = AppApiSources(server.appapi, server.all_users)
        town, cloud = Town(database, server, sources, folder), server.cloud
        cloud.groups["staff"] = set(USERS)
        cloud.access_rules.add(cloud.group_folder("Ward", "staff").file_id)
        town.make(*FILES)
        for name, user, path in history:
            await step(town, name, user, path)
        # A claim may pass on, and what a member lost be another's, who has lost it too: once for each of them.
        for _ in range(LAST if any(name == "leave" for name, _, _ in history) else 2):
            await town.look()
        readable = {user: {s.item.file_id for s in cloud.everything(user) if s.item.content} for user in USERS}
        async with database.reading() as session:
            rows = (await session.scalars(select(FileRow))).all()
        assert set(town.index.documents) == set().union(*readable.values()) == {row.file_id for row in rows}
        for row in rows:
            seen = cloud.at(row.user_id, row.path)
            assert seen is not None
            assert seen.item.file_id == row.file_id
            assert "\n".join(c.text for c in town.index.documents[row.file_id][1]).encode() == seen.item.content
        for user in USERS:
            assert len(await town.paths(user)) == len(readable[user])
        # And now it is at rest.
        assert [(await town.crawl(user)).requests for user in USERS] == [1, 1, 1]
        assert await town.work() == 0
        await sources.close()


@settings(max_examples=30)
@given(STEPS)
@example([("deny", "ann", "/Ward/a"), ("look", "ann", ""), ("look", "ben", ""), ("leave", "ben", "")])
@example([("look", "ann", ""), ("look", "ben", ""), ("deny", "ann", "/Ward/a"), ("move", "ben", "/Ward/b/4.txt")])
def test_what_some_member_can_read_is_indexed_once_by_somebody_who_can_read_it(
    history: list[tuple[str, str, str]],
) -> None:
    async def all_of_it() -> None:
        with tempfile.TemporaryDirectory() as folder:
            await records.put_tables(Path(folder) / "test.db")
            database = Database(records.at(Path(folder) / "test.db"))
            await play(database, Path(folder), history)
            await database.close()

    asyncio.run(all_of_it())
