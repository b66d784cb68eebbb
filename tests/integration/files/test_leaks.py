"""Nobody is ever given a word of a file that they cannot open, whatever people do to their files and shares.

`LEAK_ROUNDS` and `LEAK_OPERATIONS` (per round) make the run longer: `make leaks`.
"""

import os
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from backend.house import House, furnish
from backend.nextcloud.sources import AppApiSources
from backend.settings import Settings
from tests.integration.files.leaks import GROUP, Leaks, Person
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud

USERS = ("ann", "ben", "cat", "dan")
ROUNDS = int(os.environ.get("LEAK_ROUNDS", "4"))
OPERATIONS = int(os.environ.get("LEAK_OPERATIONS", "25"))


@asynccontextmanager
async def many_users(server: AppApiServer, storage: Path) -> AsyncIterator[tuple[House, AppApiSources]]:
    """A house for all users of the server."""
    async with AsyncExitStack() as stack:
        sources = AppApiSources(server.appapi, server.all_users)
        stack.push_async_callback(sources.close)
        settings = Settings(_env_file=None, app_persistent_storage=storage)
        house = await furnish(settings, sources, None, 0.5, stack)
        await house.indexing.start()
        yield house, sources


@pytest.mark.timeout(3600)
async def test_nobody_is_given_a_word_of_a_file_that_they_cannot_open(tmp_path: Path) -> None:
    seed = int(os.environ.get("LEAK_SEED", "7"))
    cloud = Cloud(USERS)
    with AppApiServer(cloud).serving() as server:
        async with many_users(server, tmp_path) as (house, sources), httpx.AsyncClient(timeout=30) as http:
            people = {user: Person(server.appapi, user, http) for user in USERS}

            async def membership(user: str, group: str, member: bool) -> None:
                with server.lock:
                    members = cloud.groups.setdefault(group, set())
                    members.add(user) if member else members.discard(user)

            await membership("ben", GROUP, True)
            tally = await Leaks(house, sources, people, membership, random.Random(seed)).run(ROUNDS, OPERATIONS)
    print(tally)
    assert tally.found > 0, "the positive control: what is to be found is found"
    assert tally.found_of_others > 0 or ROUNDS * OPERATIONS < 50, "shares are found by those who received them"
