"""Beside the journey, on a real Nextcloud: the file menu, notifications, old conversations, tasks, coming and going.

VoiceAssist is registered as `va_sides`, so that it may run beside another one; users `va_cleo` and `va_dora` are made
when they are missing. The environment is that of `test_journey`.
"""

import base64
import io
import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from backend.nextcloud.tasks import CHAT, OCR
from tests.live import provider
from tests.live.nextcloud import occ
from tests.live.test_journey import URL, User, pytestmark  # noqa: F401 - the marks hold here as well
from tests.servers.exapp import ExApp
from tests.unit.jobs.waiting import until

APP = "va_sides"
CLEO, DORA = ("va_cleo", "va_cleo-Pass-1"), ("va_dora", "va_dora-Pass-1")
QUESTION = "Who waters the orchid in the waiting room?"
DAEMON = os.environ.get("DAEMON", "manual_install")
PREFERENCES = "ai.taskprocessing_provider_preferences"
AGENT = "core:contextagent:interaction"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exapp(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ExApp]:
    """VoiceAssist, answering with Nextcloud's language model where there is one."""
    for user, password in (CLEO, DORA):
        await occ("user:add", "--password-from-env", user, check=False, OC_PASS=password)
        await occ("user:enable", user)
    exapp = ExApp(
        tmp_path_factory.mktemp("sides"),
        URL,
        app=APP,
        ANSWERS_BY="nextcloud",
        NEXTCLOUD_MODEL_IS_LOCAL="true",
        LLM_TIMEOUT="4",
        OCR_BY="nextcloud",
    )
    try:
        await exapp.start()
        await exapp.register()
        yield exapp
    finally:
        await occ("app_api:app:unregister", APP, "--force", check=False)
        await exapp.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(exapp: ExApp) -> AsyncIterator[tuple[User, User]]:
    async with (
        httpx.AsyncClient(base_url=URL, timeout=180, trust_env=False) as cleos,
        httpx.AsyncClient(base_url=URL, timeout=180, trust_env=False) as doras,
    ):
        cleo, dora = User(cleos, CLEO, APP), User(doras, DORA, APP)
        for user in (cleo, dora):
            for name in ("Orchids", "Damaged.pdf", "Scan.png"):
                await user.request("DELETE", f"/remote.php/dav/files/{user.name}/{name}")
            await user.request("DELETE", "/ocs/v2.php/apps/notifications/api/v2/notifications")
        await cleo.request("MKCOL", f"/remote.php/dav/files/{cleo.name}/Orchids")
        await cleo.put("/Orchids/Plants.md", "The orchid in the waiting room is watered by Leopold on Mondays.")
        await cleo.waits_for("Leopold", QUESTION)
        yield cleo, dora


async def test_the_file_menu_shows_our_entries_for_files_and_folders_and_they_lead_to_a_scoped_page(
    people: tuple[User, User],
) -> None:
    cleo, dora = people
    page = (await cleo.request("GET", "/index.php/apps/files/")).text
    found = re.search(r'id="initial-state-app_api-ex_files_actions_menu" value="([^"]*)"', page)
    assert found
    entries = [one for one in json.loads(base64.b64decode(found[1]))["fileActions"] if one["appid"] == APP]
    assert {entry["display_name"] for entry in entries} == {"Ask VoiceAssist about this", "Index now"}
    nodes = [
        *(await cleo.api("GET", "/folders", params={"path": "/Orchids"})),
        *(node for node in await cleo.api("GET", "/folders") if node["name"] == "Orchids"),
    ]
    assert [node["is_folder"] for node in nodes] == [False, True]
    for entry in entries:
        # As AppAPI's script in the Files page does (src/filesplugin.js): which nodes it is for, what it sends, whither.
        for mime in ("text/markdown", "httpd/unix-directory", "application/pdf"):
            assert any(wanted.strip() in mime for wanted in entry["mime"].split(","))
        picked = [{"fileId": node["file_id"], "name": node["name"], "directory": "/"} for node in nodes]
        answer = await cleo.request("POST", f"{cleo.proxy}/{entry['action_handler']}", json={"files": picked})
        assert answer.status_code == 200, answer.text
        foreign = await cleo.http.post(
            f"{cleo.proxy}/{entry['action_handler']}", json={"files": picked}, auth=cleo.auth
        )
        assert foreign.status_code == 403  # without the header, as a foreign page would send it
        if "redirect_handler" in answer.json():
            ids = ",".join(str(node["file_id"]) for node in nodes)
            opened = f"/index.php/apps/app_api/embedded/{APP}/{answer.json()['redirect_handler']}?fileIds={ids}"
    shown = await cleo.request("GET", opened)
    assert shown.status_code == 200
    assert "voiceassist-main.js" in shown.text
    ids = opened.partition("fileIds=")[2]
    named = await cleo.api("GET", "/nodes", params={"ids": ids})
    assert [(node["name"], node["is_folder"]) for node in named] == [("Plants.md", False), ("Orchids", True)]
    assert await dora.api("GET", "/nodes", params={"ids": ids}) == []


async def test_the_page_is_told_whether_it_can_stream(people: tuple[User, User]) -> None:
    cleo, _ = people
    page = (await cleo.request("GET", f"/index.php/apps/app_api/embedded/{APP}/app")).text
    found = re.search(r'id="initial-state-app_api-voiceassist" value="([^"]*)"', page)
    assert found
    # Encoded twice: AppAPI hands the stored text on as a text.
    assert json.loads(json.loads(base64.b64decode(found[1]))) == {"streaming": "harp" in DAEMON}


async def test_an_old_conversation_loses_what_was_unshared_and_has_it_back_when_it_is_shared_again(
    people: tuple[User, User],
) -> None:
    cleo, dora = people
    share = await cleo.shares("/Orchids", dora.name)
    await dora.waits_for("Leopold", QUESTION, seconds=120)
    assert "Leopold" in (await dora.asks(QUESTION))["text"]
    conversation = (await dora.api("GET", "/conversations"))[0]["id"]

    async def opened() -> str:
        return json.dumps(await dora.api("GET", f"/conversations/{conversation}"))

    assert "Leopold" in await opened()
    await cleo.unshares(share)
    closed = await opened()
    assert "no longer shared with you" in closed
    assert not any(word in closed for word in ("Leopold", "Mondays", "Plants.md"))
    share = await cleo.shares("/Orchids", dora.name)
    assert "Leopold" in await opened()
    await cleo.unshares(share)


async def test_a_file_that_failed_is_told_by_nextcloud_and_the_notice_goes_when_it_is_mended(
    people: tuple[User, User],
) -> None:
    cleo, dora = people

    async def told(user: User) -> list[dict[str, Any]]:
        path = "/ocs/v2.php/apps/notifications/api/v2/notifications"
        answer = await user.request("GET", path, params={"format": "json"})
        if answer.status_code == 204:
            return []
        return [one for one in answer.json()["ocs"]["data"] if one["app"] == APP]

    await occ("user:setting", cleo.name, "core", "lang", "de")
    await cleo.put("/Damaged.pdf", "%PDF-1.7\nthis is not the rest of a PDF")

    async def arrived() -> bool:
        return bool(await told(cleo))

    await until(arrived, 240)
    [notice] = await told(cleo)
    assert notice["subject"] == "Eine Datei konnte nicht durchsuchbar gemacht werden"
    assert notice["link"].endswith(f"/index.php/apps/app_api/embedded/{APP}/app#/files?state=failed")
    assert "Damaged" not in json.dumps(notice)
    assert await told(dora) == []
    await cleo.request("DELETE", f"/remote.php/dav/files/{cleo.name}/Damaged.pdf")

    async def gone() -> bool:
        return not await told(cleo)

    await until(gone, 180)
    await occ("user:setting", cleo.name, "core", "lang", "en")


@asynccontextmanager
async def providing(kind: str, user: User) -> AsyncIterator[provider.Provider]:
    """A provider of our own that Nextcloud asks for tasks of this type, until the end."""
    async with provider.task_provider(URL, kind) as (tasks, port):
        info = {"id": provider.APP, "name": "Live tasks", "daemon_config_name": DAEMON, "version": provider.VERSION}
        more = {"secret": provider.SECRET, "port": port, "host": "127.0.0.1", "routes": []}
        await occ("app_api:app:unregister", provider.APP, "--silent", "--force", check=False)
        await occ(
            "app_api:app:register", provider.APP, DAEMON, "--wait-finish", "--json-info", json.dumps({**info, **more})
        )
        try:
            await tasks.offer()

            async def known() -> bool:
                answer = await user.request("GET", "/ocs/v2.php/taskprocessing/tasktypes", params={"format": "json"})
                return kind in answer.json()["ocs"]["data"]["types"]

            await until(known, 120)  # Nextcloud keeps its list for a while
            yield tasks
        finally:
            await tasks.withdraw()
            await occ("app_api:app:unregister", provider.APP, "--force", check=False)


async def test_nextclouds_own_language_model_answers_and_its_troubles_end_in_an_extractive_answer(
    people: tuple[User, User],
) -> None:
    cleo, _ = people
    answer = await cleo.asks(QUESTION)
    assert "Leopold" in answer["text"]
    assert "no provider" in answer["note"]
    async with providing(CHAT, cleo) as model:
        model.reply = lambda given: "Leopold waters the orchid in the waiting room. [1]"
        answer = await cleo.asks(QUESTION)
        assert answer["model"]["provider"] == "Nextcloud TaskProcessing", answer
        assert answer["text"] == "Leopold waters the orchid in the waiting room. [1]"
        assert model.users == [cleo.name]

        model.reply = lambda given: str(1 / 0)
        answer = await cleo.asks(QUESTION)
        assert f"{CHAT} failed" in answer["note"]
        assert "Leopold" in answer["text"]

        model.reply = lambda given: None
        answer = await cleo.asks(QUESTION)
        assert "did not answer within 4 s" in answer["note"]
        assert "Leopold" in answer["text"]


async def test_a_scan_is_recognised_by_nextclouds_provider_as_the_user_who_has_it(people: tuple[User, User]) -> None:
    cleo, dora = people
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(picture, "PNG")
    async with providing(OCR, cleo) as tasks:
        given: list[object] = []

        def read(task: dict[str, object]) -> list[str]:
            given.append(task["input"])
            return ["The humidifier in the greenhouse is filled by Clementine."]

        tasks.reply = read
        question = "Who fills the humidifier in the greenhouse?"
        await cleo.request("PUT", f"/remote.php/dav/files/{cleo.name}/Scan.png", content=picture.getvalue())
        await cleo.waits_for("Clementine", question, seconds=200)
        assert not await dora.finds("Clementine", question)
        scans = [f["file_id"] for f in await cleo.api("GET", "/files", params={"q": "Scan.png"})]
        assert scans in given
        await cleo.request("DELETE", f"/remote.php/dav/files/{cleo.name}/Scan.png")


async def test_nextclouds_assistant_is_answered_by_us_as_the_user_who_asks(people: tuple[User, User]) -> None:
    cleo, dora = people
    ours = json.dumps({AGENT: f"{APP}-context-agent"})
    before = await occ("config:app:get", "core", PREFERENCES, check=False)
    await occ("config:app:set", "core", PREFERENCES, "--lazy", f"--value={ours}")
    try:

        async def answered(user: User, token: str) -> dict[str, Any]:
            given = {"input": QUESTION, "confirmation": 0, "conversation_token": token}
            base = "/ocs/v2.php/taskprocessing"
            body = {"type": AGENT, "appId": "test", "input": given}
            task = await user.request("POST", f"{base}/schedule", params={"format": "json"}, json=body)
            assert task.status_code == 200, task.text
            number = task.json()["ocs"]["data"]["task"]["id"]
            found: dict[str, Any] = {}

            async def ended() -> bool:
                answer = await user.request("GET", f"{base}/task/{number}", params={"format": "json"})
                found.update(answer.json()["ocs"]["data"]["task"])
                return found["status"] in ("STATUS_SUCCESSFUL", "STATUS_FAILED")

            await until(ended, 90)
            await user.request("DELETE", f"{base}/task/{number}")
            return found

        first = await answered(cleo, "")
        assert first["status"] == "STATUS_SUCCESSFUL", first
        assert "Leopold" in first["output"]["output"]
        token = first["output"]["conversation_token"]
        assert (await answered(cleo, token))["output"]["conversation_token"] == token
        assert "Leopold" not in json.dumps((await answered(dora, ""))["output"])
        assert (await answered(dora, token))["status"] == "STATUS_FAILED"
    finally:
        if before.strip():
            await occ("config:app:set", "core", PREFERENCES, "--lazy", f"--value={before.strip()}")
        else:
            await occ("config:app:delete", "core", PREFERENCES)


async def test_a_new_user_is_served_and_a_deleted_one_leaves_nothing_behind(
    exapp: ExApp, people: tuple[User, User]
) -> None:
    name, password = "va_eve", "va_eve-Pass-1"
    await occ("user:delete", name, check=False)
    await occ("user:add", "--password-from-env", name, OC_PASS=password)
    async with httpx.AsyncClient(base_url=URL, timeout=180, trust_env=False) as http:
        eve = User(http, (name, password), APP)
        await eve.put("/Secret.md", "The spare key lies under the flowerpot of Wilhelmina.")
        await eve.waits_for("Wilhelmina", "Where does the spare key lie?", seconds=180)
        await eve.asks("Where does the spare key lie?")
        assert (await eve.request("GET", f"{eve.proxy}/api/v1/status")).status_code == 200
        await occ("user:delete", name)
        assert (await eve.request("GET", f"{eve.proxy}/api/v1/status")).status_code in (401, 403, 404)
    records = sqlite3.connect(f"file:{exapp.storage / 'data' / 'voiceassist.db'}?mode=ro", uri=True)

    def remembered() -> int:
        every = "select m.name from sqlite_master m, pragma_table_info(m.name) c where c.name = 'user_id'"
        # What was done is known for a week: whose it was and the file's id, and nothing of the file.
        tables = {table for (table,) in records.execute(f"{every} and m.type = 'table'")} - {"jobs"}
        assert {"files", "folders", "conversations", "actions", "mail_accounts", "reminders", "preferences"} <= tables
        counts = (f"select count(*) from {table} where user_id = '{name}'" for table in tables)
        return sum(records.execute(count).fetchone()[0] for count in counts)

    with closing(records):
        assert remembered() > 0
        await until(lambda: remembered() == 0, 280)
