"""The leak scenario, and each way in which access ends, against a real Nextcloud.

Needs NEXTCLOUD_URL, OCC (a command line) and NEXTCLOUD_EXAPP ("id:version:secret" of an ExApp that is registered there
and enabled). Users `mu_ann`, `mu_ben`, `mu_cat` and the group `mu_team` are made when they are missing; what they have
is emptied.
"""

import asyncio
import os
import random
import shlex
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from backend.errors import NotFound
from backend.files.status import Wanted
from backend.house import House, furnish
from backend.nextcloud.appapi import AppApi, Clients
from backend.nextcloud.sources import AppApiSources
from backend.nextcloud.users import Users
from backend.settings import Settings
from tests.integration.files.leaks import GROUP, Leaks, Person
from tests.unit.jobs.waiting import until

URL, OCC, EXAPP = (os.environ.get(name, "") for name in ("NEXTCLOUD_URL", "OCC", "NEXTCLOUD_EXAPP"))
pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not (URL and OCC and EXAPP), reason="no NEXTCLOUD_URL, OCC and NEXTCLOUD_EXAPP given"),
]
USERS = ("mu_ann", "mu_ben", "mu_cat")
ROUNDS = int(os.environ.get("LEAK_ROUNDS", "2"))
OPERATIONS = int(os.environ.get("LEAK_OPERATIONS", "15"))


async def occ(*arguments: str, **environment: str) -> str:
    """Run Nextcloud's command line; what it says, whether it succeeds or not."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(OCC),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    said, _ = await process.communicate()
    return said.decode()


async def membership(user: str, group: str, member: bool) -> None:
    await occ("group:adduser" if member else "group:removeuser", group, user)


@dataclass
class Live:
    """The services over a real Nextcloud, and its people."""

    house: House
    sources: AppApiSources
    people: dict[str, Person]
    leaks: Leaks

    async def finds(self, user: str, file_id: int) -> bool:
        """Whether a question about the file finds it."""
        passages = await self.house.search.search(user, f"secret reference {self.leaks.words[file_id]}", limit=20)
        return any(passage.document.file_id == file_id for passage in passages)

    async def found(self, user: str, file_id: int) -> None:
        """Wait until the user finds the file."""
        await self.house.indexing.hints.put(user, "/")
        await until(lambda: self.finds(user, file_id), 60)

    async def nothing(self, user: str, file_id: int) -> None:
        """The very next question gives the user nothing of the file, in no way."""
        assert not await self.finds(user, file_id)
        rows, total = await self.house.indexing.service.files(user, Wanted(), 0, 200)
        assert file_id not in {row.file_id for row in rows}
        assert total == len(rows)
        assert await self.house.library.unknown(user, [file_id]) == {file_id}
        with pytest.raises(NotFound):
            await self.house.indexing.service.file(user, file_id)


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    app_id, version, secret = EXAPP.split(":", 2)
    appapi = AppApi(URL, app_id, version, secret, "34.0.0")
    for user in USERS:
        await occ("user:add", "--password-from-env", user, OC_PASS=f"{user}-Pass1")
        await occ("user:enable", user)
    await occ("group:add", GROUP)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        people = {user: Person(appapi, user, http) for user in USERS}

        async def users() -> list[str]:
            return list(USERS)

        sources = AppApiSources(appapi, users)
        stack.push_async_callback(sources.close)
        for user in USERS:
            for node in await sources.of(user).children("/"):
                await people[user].dav("DELETE", node.path)
        settings = Settings(_env_file=None, app_persistent_storage=tmp_path)
        house = await furnish(settings, sources, None, 2.0, stack)
        await house.indexing.start()
        seed = int(os.environ.get("LEAK_SEED", str(int(time.time()))))
        print(f"LEAK_SEED={seed}")
        yield Live(house, sources, people, Leaks(house, sources, people, membership, random.Random(seed)))


async def test_every_way_in_which_access_ends_takes_effect_on_the_next_question(live: Live) -> None:
    ann, ben, _ = (live.people[user] for user in USERS)
    await ann.dav("MKCOL", "/Letters")
    await ann.dav("MKCOL", "/Elsewhere")
    file_id = await live.leaks.write("mu_ann", "/Letters")
    assert file_id is not None
    name = f"{live.leaks.words[file_id]}.txt"
    await live.found("mu_ann", file_id)

    # A share with a user, and its end.
    share = await ann.share("/Letters", 0, "mu_ben")
    assert share
    await live.found("mu_ben", file_id)
    await live.nothing("mu_cat", file_id)
    (passage, *_) = await live.house.search.search("mu_ben", f"secret reference {live.leaks.words[file_id]}")
    assert passage.document.path == f"/Letters/{name}"
    # The recipient's own name for it.
    assert await ben.dav("MOVE", "/Letters", to="/From Ann") == 201
    await live.found("mu_ben", file_id)
    (passage, *_) = await live.house.search.search("mu_ben", f"secret reference {live.leaks.words[file_id]}")
    assert passage.document.path == f"/From Ann/{name}"
    # Moved out of the shared folder, and back.
    assert await ann.dav("MOVE", f"/Letters/{name}", to=f"/Elsewhere/{name}") == 201
    await live.nothing("mu_ben", file_id)
    assert await ann.dav("MOVE", f"/Elsewhere/{name}", to=f"/Letters/{name}") == 201
    await live.found("mu_ben", file_id)
    # A re-share gives it to a third, and ends with what it came from as far as Nextcloud says so.
    again = await ben.share("/From Ann", 0, "mu_cat")
    assert again
    await live.found("mu_cat", file_id)
    await ben.unshare(again)
    await live.nothing("mu_cat", file_id)
    await ann.unshare(share)
    await live.nothing("mu_ben", file_id)

    # A group's share, and the end of the membership.
    await membership("mu_ben", GROUP, True)
    share = await ann.share("/Letters", 1, GROUP)
    assert share
    await live.found("mu_ben", file_id)
    await membership("mu_ben", GROUP, False)
    await live.nothing("mu_ben", file_id)
    await ann.unshare(share)

    # A single file; a link, which gives nobody anything here; the trash.
    share = await ann.share(f"/Letters/{name}", 0, "mu_cat")
    assert share
    await live.found("mu_cat", file_id)
    assert await ann.share("/Letters", 3, "")
    await live.nothing("mu_ben", file_id)
    assert await ann.dav("DELETE", f"/Letters/{name}") == 204
    await live.nothing("mu_cat", file_id)
    assert not await live.finds("mu_ann", file_id)


async def test_a_disabled_user_may_not_ask(live: Live) -> None:
    app_id, version, secret = EXAPP.split(":", 2)
    clients = Clients(AppApi(URL, app_id, version, secret, "34.0.0"))
    users = Users(clients, clock=iter(range(0, 100_000, 1000)).__next__)
    await users.require_enabled("mu_cat")
    await occ("user:disable", "mu_cat")
    try:
        with pytest.raises(Exception, match="does not let this user in"):
            await users.require_enabled("mu_cat")
    finally:
        await occ("user:enable", "mu_cat")
        await clients.close()


async def test_nobody_is_given_a_word_of_a_file_that_they_cannot_open(live: Live) -> None:
    tally = await live.leaks.run(ROUNDS, OPERATIONS)
    print(tally)
    assert tally.found > 0
