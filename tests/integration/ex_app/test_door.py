"""The ExApp as AppAPI meets it: lifecycle, registrations, callbacks, settings, over the stand-in of a Nextcloud.

What only a real Nextcloud does (its proxy, its pages, its webhook worker) is proved by `tests/live/test_journey.py`.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.errors import BadInput
from backend.settings import Settings
from ex_app.door import open_door
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def nextcloud() -> Iterator[AppApiServer]:
    cloud = Cloud(("ann", "ben"))
    with AppApiServer(cloud).serving() as server:
        yield server


async def test_nobody_makes_an_account_for_themselves_where_users_are_nextclouds(
    nextcloud: AppApiServer, tmp_path: Path
) -> None:
    settings = Settings.model_validate(
        {
            "app_secret": SECRET,
            "nextcloud_url": nextcloud.url,
            "app_persistent_storage": tmp_path,
            "accounts_registration": "*",
        }
    )
    with pytest.raises(BadInput, match="ACCOUNTS_REGISTRATION"):
        async with open_door(settings):
            pass


@pytest.fixture
async def door(nextcloud: AppApiServer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with opened(nextcloud, tmp_path) as client:
        yield client


@asynccontextmanager
async def opened(nextcloud: AppApiServer, storage: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings.model_validate(
        {
            "app_secret": SECRET,
            "nextcloud_url": nextcloud.url,
            "app_persistent_storage": storage,
            "aa_version": "34.0.0",
        }
    )
    async with open_door(settings) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://exapp", timeout=60) as client:
            yield client


def as_user(user: str, secret: str = SECRET) -> dict[str, str]:
    return {
        "AUTHORIZATION-APP-API": base64.b64encode(f"{user}:{secret}".encode()).decode(),
        "EX-APP-ID": "voiceassist",
        "X-Requested-With": "voiceassist",
    }


async def finds(door: httpx.AsyncClient, user: str, words: str) -> bool:
    answer = await door.post("/api/v1/search", json={"query": words}, headers=as_user(user))
    return any(words in result["snippet"] for result in answer.json()["data"]["results"])


async def changed(door: httpx.AsyncClient, user: str, path: str) -> None:
    event = {"class": "OCP\\Files\\Events\\Node\\NodeWrittenEvent", "node": {"id": 1, "path": path}}
    hook = {"event": event, "user": {"uid": user}, "time": 1}
    assert (await door.post("/hooks/nextcloud", json=hook, headers=as_user(user))).status_code == 200


async def enable(door: httpx.AsyncClient, enabled: bool = True) -> Any:
    """What no webhook tells of has to be there before: the second look at files is a minute later than the first."""
    answer = await door.put("/enabled", params={"enabled": int(enabled)}, headers=as_user(""))
    return answer.json()


async def test_the_heartbeat_needs_no_secret_and_everything_else_does(door: httpx.AsyncClient) -> None:
    assert (await door.get("/heartbeat")).json() == {"status": "ok"}
    for method, path in (
        ("POST", "/init"),
        ("PUT", "/enabled?enabled=1"),
        ("POST", "/hooks/nextcloud"),
        ("POST", "/trigger"),
        ("POST", "/occ/preflight"),
        ("POST", "/actions/index"),
        ("GET", "/api/v1/status"),
        ("POST", "/api/v1/search"),
    ):
        body = {"files": [], "occ": {}, "query": "x"}
        refused = await door.request(method, path, json=body, headers=as_user("ann", "wrong"))
        assert (method, path, refused.status_code) == (method, path, 401)


async def test_init_reports_its_progress_to_the_end(door: httpx.AsyncClient, nextcloud: AppApiServer) -> None:
    assert (await door.post("/init", headers=as_user(""))).status_code == 200
    await until(lambda: nextcloud.progress[-1:] == [100], 30)
    assert nextcloud.progress == sorted(nextcloud.progress)


async def test_enabling_twice_registers_once_and_disabling_takes_all_of_it_back(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    assert await enable(door) == {"error": ""}
    once, hooks = set(nextcloud.registered), len(nextcloud.webhooks)
    kinds = {kind for kind, _ in once}
    assert {"top-menu", "script", "style", "settings", "files-actions-menu", "occ_command", "task_processing"} <= kinds
    assert hooks >= 6
    assert await enable(door) == {"error": ""}
    assert (nextcloud.registered, len(nextcloud.webhooks)) == (once, hooks)
    assert await enable(door, False) == {"error": ""}
    assert (nextcloud.registered, nextcloud.webhooks) == (set(), [])


async def test_enabling_twice_at_once_and_disabling_meanwhile_ends_as_nextcloud_said_last(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    await enable(door)
    hooks = sorted(nextcloud.webhooks)
    await enable(door, False)
    assert [*await asyncio.gather(enable(door), enable(door))] == [{"error": ""}] * 2
    assert sorted(nextcloud.webhooks) == hooks
    assert [task.get_name() for task in asyncio.all_tasks()].count("tasks") == 1
    await asyncio.gather(enable(door), enable(door, False))
    assert (nextcloud.registered, nextcloud.webhooks) == (set(), [])
    assert "tasks" not in [task.get_name() for task in asyncio.all_tasks()]


async def test_a_nextcloud_that_is_away_is_told_of_as_an_error_of_enabling(
    door: httpx.AsyncClient, nextcloud: AppApiServer, tmp_path: Path
) -> None:
    nextcloud.maintenance = True
    assert "could not be enabled" in (await enable(door))["error"]
    nextcloud.maintenance = False
    assert await enable(door) == {"error": ""}
    gone = AppApiServer(nextcloud.cloud)
    with gone.serving():
        pass
    async with opened(gone, tmp_path / "other") as other:
        answer = await other.put("/enabled", params={"enabled": 1}, headers=as_user(""))
        assert answer.status_code == 200
        assert "could not be enabled" in answer.json()["error"]


async def test_started_before_nextcloud_is_there_it_begins_to_work_when_nextcloud_comes(
    nextcloud: AppApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ex_app.door._ASK_AGAIN_SECONDS", 0.05)
    nextcloud.maintenance = nextcloud.enabled = True
    async with opened(nextcloud, tmp_path) as door:
        assert (await door.get("/heartbeat")).status_code == 200
        await until(lambda: len(nextcloud.requests) > 2, 30)
        with nextcloud.lock:
            nextcloud.cloud.write("ann", "/visit.txt", b"The dosage for Miller is 500 mg of paracetamol.")
        nextcloud.maintenance = False
        await until(lambda: finds(door, "ann", "paracetamol"), 60)


async def test_without_nextclouds_app_for_webhooks_the_crawl_alone_finds_files(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    nextcloud.missing.add("webhook_listeners")
    with nextcloud.lock:
        nextcloud.cloud.write("ann", "/visit.txt", b"The dosage for Miller is 500 mg of paracetamol.")
    assert await enable(door) == {"error": ""}
    await until(lambda: finds(door, "ann", "paracetamol"), 60)
    assert await enable(door, False) == {"error": ""}


async def test_a_webhook_with_an_odd_body_is_bad_input_and_no_bug(door: httpx.AsyncClient) -> None:
    for body, status in (
        (b"", 422),
        (b"{", 422),
        (b'"\xff"', 422),
        (b"[" * 100_000, 422),
        (b"null", 200),
        (b"[]", 200),
    ):
        answer = await door.post("/hooks/nextcloud", content=body, headers=as_user(""))
        assert (body[:9], answer.status_code) == (body[:9], status)


async def test_the_page_is_told_whether_events_can_stream_to_it(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    await enable(door)
    assert nextcloud.states == {"voiceassist": {"streaming": False}}
    headers = {**as_user(""), "HARP-SHARED-KEY": "secret"}
    assert (await door.put("/enabled", params={"enabled": 1}, headers=headers)).json() == {"error": ""}
    assert nextcloud.states == {"voiceassist": {"streaming": True}}


async def test_a_stored_key_survives_enabling_again(door: httpx.AsyncClient, nextcloud: AppApiServer) -> None:
    await enable(door)
    assert nextcloud.config == {"llm_api_key": "", "speech_api_key": ""}
    nextcloud.config["llm_api_key"] = "kept"
    await enable(door)
    assert nextcloud.config == {"llm_api_key": "kept", "speech_api_key": ""}


async def test_a_webhook_makes_a_new_file_answerable_to_those_who_may_read_it(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    await enable(door)
    with nextcloud.lock:
        nextcloud.cloud.write("ann", "/Samovar.txt", b"The samovar is descaled by Philippa on Wednesdays.")
    await changed(door, "ann", "/ann/files/Samovar.txt")
    await until(lambda: finds(door, "ann", "samovar"), 30)
    assert not await finds(door, "ben", "samovar")

    asked = {"occ": {"arguments": {"user": "ann", "question": "Who descales the samovar?"}, "options": None}}
    said = (await door.post("/occ/ask", json=asked, headers=as_user(""))).text
    assert "Philippa" in said
    status = {"occ": {"arguments": {"user": "ann"}}}
    assert "1 of 1 files indexed" in (await door.post("/occ/status", json=status, headers=as_user(""))).text
    assert "ok   Nextcloud" in (await door.post("/occ/preflight", json={"occ": {}}, headers=as_user(""))).text

    picked = {"files": [{"fileId": 1, "name": "Samovar.txt", "directory": "/"}]}
    opened = await door.post("/actions/ask", json=picked, headers=as_user("ann"))
    assert opened.json() == {"redirect_handler": "app"}
    assert (await door.post("/actions/index", json=picked, headers=as_user("ann"))).json() == {}

    assert "1 files of ann" in (await door.post("/occ/purge", json=status, headers=as_user(""))).text


async def asks(door: httpx.AsyncClient, user: str, question: str) -> tuple[str, Any]:
    """Ask and wait for the end; the id of the conversation and the last event."""
    asked = await door.post("/api/v1/chat/turns", json={"text": question}, headers=as_user(user))
    taken = asked.json()["data"]
    after = 0
    while True:
        path = f"/api/v1/chat/turns/{taken['turn_id']}/events"
        news = (await door.get(path, params={"after": after}, headers=as_user(user))).json()["data"]
        if news["done"]:
            return taken["conversation_id"], news["events"][-1]
        after = news["events"][-1]["seq"] if news["events"] else after


async def test_an_old_conversation_shows_no_word_of_a_file_that_was_unshared_until_it_is_shared_again(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    cloud = nextcloud.cloud
    with nextcloud.lock:
        cloud.write("ann", "/Samovar.txt", b"The samovar is descaled by Philippa on Wednesdays.")
        share = cloud.share("ann", "/Samovar.txt", 0, "ben")
    await enable(door)
    assert share is not None
    await until(lambda: finds(door, "ben", "samovar"), 60)
    conversation, said = await asks(door, "ben", "Who descales the samovar?")
    assert "Philippa" in said["text"]

    async def opened(user: str) -> str:
        return (await door.get(f"/api/v1/conversations/{conversation}", headers=as_user(user))).text

    assert "Philippa" in await opened("ben")
    with nextcloud.lock:
        given = cloud.shares.pop(share)
    closed = await opened("ben")
    assert "no longer shared with you" in closed
    assert not any(word in closed for word in ("Philippa", "Wednesdays", "Samovar.txt", "/f/"))
    with nextcloud.lock:
        cloud.shares[share] = given
    assert "Philippa" in await opened("ben")
    assert "Philippa" not in await opened("ann")


async def test_nextclouds_assistant_is_answered_as_the_user_who_asks_and_goes_on_in_one_conversation(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    kind = "core:contextagent:interaction"
    nextcloud.board.served.add(kind)
    with nextcloud.lock:
        nextcloud.cloud.write("ann", "/Samovar.txt", b"The samovar is descaled by Philippa on Wednesdays.")
    await enable(door)
    await until(lambda: finds(door, "ann", "samovar"), 60)

    async def answered(user: str, given: dict[str, Any]) -> dict[str, Any]:
        with nextcloud.lock:
            number = nextcloud.board.schedule(user, {"type": kind, "input": given})[0]["task"]["id"]
        assert (await door.post("/trigger", headers=as_user(""))).status_code == 200
        await until(lambda: nextcloud.board.tasks[number]["status"] in ("STATUS_SUCCESSFUL", "STATUS_FAILED"), 60)
        return nextcloud.board.tasks[number]

    asked = {"input": "Who descales the samovar?", "confirmation": 0, "conversation_token": ""}
    broken = await answered("ann", {"confirmation": 0})
    assert broken["status"] == "STATUS_FAILED"  # and the next one is taken all the same
    task = await answered("ann", asked)
    assert "Philippa" in task["output"]["output"]
    assert "/Samovar.txt" in task["output"]["output"]
    token = task["output"]["conversation_token"]
    again = await answered("ann", {**asked, "conversation_token": token})
    assert again["output"]["conversation_token"] == token
    assert "Philippa" not in str((await answered("ben", asked))["output"])
    assert (await answered("ben", {**asked, "conversation_token": token}))["status"] == "STATUS_FAILED"


async def test_what_a_disabled_user_shares_and_covers_is_kept_searchable_for_the_others(
    nextcloud: AppApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ex_app.configuration._USER_SECONDS", 0.0)
    cloud = nextcloud.cloud
    with nextcloud.lock:
        cloud.groups["ward"] = {"ann", "ben"}
        cloud.group_folder("Ward", "ward")
        for folder in ("/Shared", "/Diary"):
            cloud.write("ann", folder, None)
        cloud.write("ann", "/Ward/one.txt", b"The samovar is descaled on Wednesdays.")
        cloud.write("ann", "/Shared/two.txt", b"The gramophone is wound on Fridays.")
        cloud.share("ann", "/Shared", 0, "ben")
        cloud.share("ann", "/Diary", 0, "ben")
        nextcloud.wishes["ann"] = {"exclude": "/Diary"}
        nextcloud.enabled = True
    async with opened(nextcloud, tmp_path) as door:
        await until(lambda: finds(door, "ben", "samovar"), 60)
        await until(lambda: finds(door, "ben", "gramophone"), 60)
        with nextcloud.lock:
            cloud.disabled.add("ann")
    async with opened(nextcloud, tmp_path) as door:
        with nextcloud.lock:
            cloud.write("ben", "/Diary/four.txt", b"The barometer is private.")
            cloud.write("ben", "/Ward/three.txt", b"The theodolite is oiled on Mondays.")
            cloud.write("ben", "/Shared/two.txt", b"The chronometer is wound on Fridays.")
        for path in ("Ward/three.txt", "Shared/two.txt", "Diary/four.txt"):
            await changed(door, "ben", f"/ben/files/{path}")
        await until(lambda: finds(door, "ben", "theodolite"), 60)
        await until(lambda: finds(door, "ben", "chronometer"), 60)
        assert not await finds(door, "ben", "barometer")


async def test_commands_name_users_whom_nextcloud_does_not_know_and_ask_as_nobody_who_is_disabled(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    async def said(command: str, user: str) -> str:
        given = {"occ": {"arguments": {"user": user, "question": "Who?"}, "options": None}}
        return (await door.post(f"/occ/{command}", json=given, headers=as_user(""))).text

    for command in ("status", "reindex", "purge", "ask"):
        for nobody in ("Ann", ""):
            assert (await said(command, nobody)).startswith(f"Failed: Nextcloud has no user with the id {nobody!r}")
        assert not (await said(command, "ann")).startswith("Failed")
    nextcloud.cloud.disabled.add("ben")
    assert not (await said("status", "ben")).startswith("Failed")
    assert (await said("ask", "ben")).startswith("Failed: Nextcloud does not let this user in")
    nextcloud.cloud.disabled.clear()
    assert (await door.get("/api/v1/conversations", headers=as_user("ben"))).json()["data"] == []


async def test_a_result_leads_to_its_file_where_browsers_have_nextcloud(
    door: httpx.AsyncClient, nextcloud: AppApiServer
) -> None:
    nextcloud.public_url = "https://cloud.example.org/nextcloud"
    with nextcloud.lock:
        nextcloud.cloud.write("ann", "/Samovar.txt", b"The samovar is descaled by Philippa on Wednesdays.")
    await enable(door)
    await until(lambda: finds(door, "ann", "samovar"), 60)
    answer = await door.post("/api/v1/search", json={"query": "samovar"}, headers=as_user("ann"))
    [result] = answer.json()["data"]["results"]
    assert result["link"] == f"https://cloud.example.org/nextcloud/index.php/f/{result['document_id']}"


async def test_a_disabled_user_is_refused(door: httpx.AsyncClient, nextcloud: AppApiServer) -> None:
    with nextcloud.lock:
        nextcloud.cloud.disabled.add("ben")
    assert (await door.get("/api/v1/status", headers=as_user("ben"))).status_code == 403
    assert (await door.get("/api/v1/status", headers=as_user("ann"))).status_code == 200


async def test_a_change_without_our_header_is_refused(door: httpx.AsyncClient) -> None:
    headers = {name: value for name, value in as_user("ann").items() if name != "X-Requested-With"}
    assert (await door.post("/api/v1/search", json={"query": "x"}, headers=headers)).status_code == 403
