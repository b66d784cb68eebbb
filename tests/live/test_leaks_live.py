"""The leak scenario, and each way in which access ends, against a real Nextcloud.

Needs NEXTCLOUD_URL and OCC (a command line); users `lk_…` and a group are made and removed. What a user asks goes to
VoiceAssist's own port with AppAPI's headers: that the proxy and HaRP pass it on is proved by `test_journey.py`, and a
refusal there would count towards HaRP's limit. Nextcloud does not take a day in the past for the end of a share, so
that test needs NEXTCLOUD_SQL, a command line that takes an SQL statement (`sqlite3 /path/to/owncloud.db`).
"""

import asyncio
import os
import random
import shlex
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.leaks.questions import Questions
from tests.leaks.scenario import GROUP, Scenario
from tests.live.nextcloud import OCC, URL, OccAdministration, live_nextcloud
from tests.unit.jobs.waiting import until

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(7200),
    pytest.mark.skipif(not (URL and OCC), reason="no NEXTCLOUD_URL and OCC given"),
]
USERS = ("lk_ann", "lk_ben", "lk_cat")
ROUNDS = int(os.environ.get("LEAK_ROUNDS", "2"))
OPERATIONS = int(os.environ.get("LEAK_OPERATIONS", "15"))
SQL = os.environ.get("NEXTCLOUD_SQL", "")


@pytest.fixture
async def scenario(tmp_path: Path) -> AsyncIterator[Scenario]:
    seed = int(os.environ.get("LEAK_SEED", str(int(time.time()))))
    print(f"LEAK_SEED={seed}")
    chance = random.Random(seed)
    async with live_nextcloud(tmp_path, USERS) as live:
        questions = Questions(live.exapp, live.http, {}, chance)
        yield Scenario(questions, live.sources, live.people, OccAdministration(), chance)


async def found(scenario: Scenario, user: str, file_id: int) -> None:
    """Wait until the user finds the file."""
    await scenario.questions.call(user, "POST", "/files/crawl")
    await until(lambda: scenario.questions.finds(user, file_id), 60)


async def nothing(scenario: Scenario, user: str, file_id: int) -> None:
    """The very next question gives the user nothing of the file, in no way."""
    assert not await scenario.questions.finds(user, file_id)
    await scenario.ask(user)
    assert file_id not in scenario.sights[user].files
    word = scenario.texts[file_id][-1]
    answer = await scenario.questions.call(
        user, "POST", "/chat/turns", json={"text": word, "scope": {"file_ids": [file_id]}}
    )
    assert answer.status_code == 404


async def test_every_way_in_which_access_ends_takes_effect_on_the_next_question(scenario: Scenario) -> None:
    ann, ben, _ = (scenario.people[user] for user in USERS)
    await ann.dav("MKCOL", "/Letters")
    await ann.dav("MKCOL", "/Elsewhere")
    file_id = await scenario.write("lk_ann", "/Letters")
    assert file_id is not None
    name = (await scenario.sources.of("lk_ann").children("/Letters"))[0].path.rsplit("/", 1)[1]
    await found(scenario, "lk_ann", file_id)

    # A share with a user; the recipient's own name for it.
    share = await ann.share("/Letters", 0, "lk_ben")
    assert share
    await found(scenario, "lk_ben", file_id)
    await nothing(scenario, "lk_cat", file_id)
    assert await ben.dav("MOVE", "/Letters", to="/From Ann") == 201
    await found(scenario, "lk_ben", file_id)
    (passage, *_) = await scenario.questions.search("lk_ben", file_id)
    assert passage["path"] == f"/From Ann/{name}"
    # Moved out of the shared folder, and back.
    assert await ann.dav("MOVE", f"/Letters/{name}", to=f"/Elsewhere/{name}") == 201
    await nothing(scenario, "lk_ben", file_id)
    assert await ann.dav("MOVE", f"/Elsewhere/{name}", to=f"/Letters/{name}") == 201
    await found(scenario, "lk_ben", file_id)
    # A re-share gives it to a third; then both end.
    again = await ben.share("/From Ann", 0, "lk_cat")
    assert again
    await found(scenario, "lk_cat", file_id)
    await ben.unshare(again)
    await nothing(scenario, "lk_cat", file_id)
    await ann.unshare(share)
    await nothing(scenario, "lk_ben", file_id)

    # A group's share, and the end of the membership.
    await scenario.admin.membership("lk_ben", GROUP, True)
    share = await ann.share("/Letters", 1, GROUP)
    assert share
    await found(scenario, "lk_ben", file_id)
    await scenario.admin.membership("lk_ben", GROUP, False)
    await nothing(scenario, "lk_ben", file_id)
    await ann.unshare(share)

    # A single file, and a version of it; a link gives nobody anything here.
    share = await ann.share(f"/Letters/{name}", 0, "lk_cat")
    assert share
    await found(scenario, "lk_cat", file_id)
    await asyncio.sleep(1.1)  # two versions of one second are one
    assert await scenario.put("lk_ann", f"/Letters/{name}") == file_id
    await found(scenario, "lk_cat", file_id)
    former = await ann.versions(file_id)
    assert await ann.restore_version(file_id, former[0]) in (201, 204)
    scenario.texts[file_id].append(scenario.texts[file_id][0])
    await found(scenario, "lk_cat", file_id)
    assert await ann.share("/Letters", 3, "")
    await nothing(scenario, "lk_ben", file_id)
    # The trash, and out of it: the share is gone with it.
    assert await ann.dav("DELETE", f"/Letters/{name}") == 204
    await nothing(scenario, "lk_cat", file_id)
    assert not await scenario.questions.finds("lk_ann", file_id)
    (kept,) = await ann.trash()
    assert await ann.restore(kept) == 201
    await found(scenario, "lk_ann", file_id)
    await scenario.ask(*USERS)

    # A disabled user gets nothing at all, and everything back when enabled again.
    share = await ann.share("/Letters", 0, "lk_cat")
    assert share
    await found(scenario, "lk_cat", file_id)
    await scenario.admin.enable("lk_cat", False)
    try:
        await asyncio.sleep(1.1)
        await scenario.questions.nothing_at_all("lk_cat", file_id)
    finally:
        await scenario.admin.enable("lk_cat", True)
    assert await scenario.questions.finds("lk_cat", file_id)


@pytest.mark.skipif(not SQL, reason="no NEXTCLOUD_SQL given: the end of a share cannot be moved into the past")
async def test_a_share_that_has_expired_gives_nothing(scenario: Scenario) -> None:
    ann = scenario.people["lk_ann"]
    await ann.dav("MKCOL", "/Letters")
    file_id = await scenario.write("lk_ann", "/Letters")
    assert file_id is not None
    share = await ann.share("/Letters", 0, "lk_ben")
    assert share
    assert await ann.end_share(share, "2099-01-01") == 200
    await found(scenario, "lk_ben", file_id)
    statement = f"UPDATE oc_share SET expiration = '2020-01-01 00:00:00' WHERE id = {int(share)}"
    process = await asyncio.create_subprocess_exec(*shlex.split(SQL), statement)
    assert await process.wait() == 0
    await nothing(scenario, "lk_ben", file_id)
    assert await scenario.questions.finds("lk_ann", file_id)


async def test_nobody_is_given_a_word_of_a_file_that_they_cannot_open(scenario: Scenario) -> None:
    tally = await scenario.run(ROUNDS, OPERATIONS)
    print(tally, dict(scenario.questions.tally))
    assert scenario.questions.tally["found"] > 0
