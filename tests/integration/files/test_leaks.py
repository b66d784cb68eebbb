"""Nobody is ever given a word of a file that they cannot open, whatever people do to their files and shares.

`LEAK_ROUNDS` and `LEAK_OPERATIONS` (per round) make the run longer: `make leaks`. What the stand-in leaves unproved
about a real Nextcloud stands in `tests/servers/appapi.py`.
"""

import os
import random
from pathlib import Path

import httpx
import pytest

from backend.nextcloud.sources import AppApiSources
from ex_app.hooks import EVENTS
from tests.leaks.people import Person
from tests.leaks.questions import Questions
from tests.leaks.scenario import GROUP, Scenario
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.exapp import ExApp

USERS = ("lk_ann", "lk_ben", "lk_cat", "lk_dan")
ROUNDS = int(os.environ.get("LEAK_ROUNDS", "4"))
OPERATIONS = int(os.environ.get("LEAK_OPERATIONS", "25"))


class StandInAdministration:
    """What happens on the stand-in. It calls the webhook as Nextcloud does."""

    def __init__(self, server: AppApiServer, exapp: ExApp, http: httpx.AsyncClient) -> None:
        self.server, self.cloud, self.exapp, self.http = server, server.cloud, exapp, http

    async def membership(self, user: str, group: str, member: bool) -> None:
        """See `Administration`."""
        with self.server.lock:
            members = self.cloud.groups.setdefault(group, set())
            members.add(user) if member else members.discard(user)

    async def enable(self, user: str, enabled: bool) -> None:
        """See `Administration`."""
        with self.server.lock:
            self.cloud.disabled.discard(user) if enabled else self.cloud.disabled.add(user)

    async def seal(self, file_id: int) -> bool:
        """See `Administration`."""
        with self.server.lock:
            for home in self.cloud.homes.values():
                for item in home.tree():
                    item.encrypted = item.encrypted or item.file_id == file_id
        return True

    async def permit(self, user: str, file_id: int, permitted: bool) -> bool:
        """See `Administration`."""
        with self.server.lock:
            unreadable = self.cloud.unreadable
            unreadable.discard((user, file_id)) if permitted else unreadable.add((user, file_id))
        return True

    async def tell(self, user: str, path: str) -> None:
        """See `Administration`."""
        event = {"class": EVENTS[1], "node": {"id": 1, "path": f"/{user}/files{path}"}}
        hook = {"event": event, "user": {"uid": user}, "time": 1}
        assert (await self.exapp.call(self.http, user, "POST", "/hooks/nextcloud", json=hook)).status_code == 200


@pytest.mark.timeout(7200)
async def test_nobody_is_given_a_word_of_a_file_that_they_cannot_open(tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("LEAK_SEED", "7")))
    with AppApiServer(Cloud(USERS)).serving() as server:
        exapp = ExApp(tmp_path, server.url, SECRET)
        await exapp.start()
        sources = AppApiSources(server.appapi, server.all_users)
        try:
            async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
                admin = StandInAdministration(server, exapp, http)
                assert (await exapp.call(http, "", "PUT", "/enabled?enabled=1")).json() == {"error": ""}
                await admin.membership("lk_ben", GROUP, True)
                people = {user: Person(server.appapi, user, http) for user in USERS}
                questions = Questions(exapp, http, {}, chance)
                tally = await Scenario(questions, sources, people, admin, chance).run(ROUNDS, OPERATIONS)
        finally:
            await sources.close()
            await exapp.stop()
        fetched = [path for method, _, path in server.requests if method == "GET" and "/dav/files/" in path]
        sealed = {f"/{name}/" for home in server.cloud.homes.values() for above in home.tree()
                  for name, item in above.items.items() if item.encrypted}  # fmt: skip
    print(tally, dict(questions.tally))
    assert fetched, "the positive control: what is not encrypted is fetched"
    assert not [path for path in fetched if any(folder in path for folder in sealed)]
    asked = questions.tally
    # What nothing came of in a run this long would prove nothing.
    assert asked["found"] > 0, "what is to be found is found"
    assert asked["bytes of log"] > 0
    if ROUNDS * OPERATIONS >= 100:
        assert min(asked["found of others"], asked["refused"]) > 0
        assert asked["refused while disabled"] > 0 or not tally.operations["disable"]
        assert len(tally.operations) >= 14, "nearly every kind of operation took place"
