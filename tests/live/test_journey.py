"""The way of an administrator and of two users through a real Nextcloud: install, ask, share, unshare, set, disable.

Needs NEXTCLOUD_URL, NEXTCLOUD_ADMIN_USER, NEXTCLOUD_ADMIN_PASSWORD and OCC (a command line). The ExApp is started here
and registered with the daemon `manual_install` (DAEMON names another one, of HaRP for example; NEXTCLOUD_FRONT is then
the address whose web server passes /exapps/). Users `va_ann` and `va_ben` are made when they are missing.
"""

import asyncio
import json
import os
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.live.nextcloud import occ
from tests.servers.exapp import ExApp
from tests.unit.jobs.waiting import until

URL, OCC = os.environ.get("NEXTCLOUD_URL", ""), os.environ.get("OCC", "")
ADMIN = (os.environ.get("NEXTCLOUD_ADMIN_USER", ""), os.environ.get("NEXTCLOUD_ADMIN_PASSWORD", ""))
FRONT = os.environ.get("NEXTCLOUD_FRONT", "")
pytestmark = [
    pytest.mark.live,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (URL and OCC and all(ADMIN)),
        reason="no NEXTCLOUD_URL, NEXTCLOUD_ADMIN_USER, NEXTCLOUD_ADMIN_PASSWORD and OCC given",
    ),
]

ANN, BEN = ("va_ann", "va_ann-Pass-1"), ("va_ben", "va_ben-Pass-1")
APP = "voiceassist"
# On a busy machine the first start builds the model's graph as well.
_START_SECONDS = 180.0
QUESTION = "Who keeps the key of the quarantine cupboard?"


class User:
    """A person with a browser: requests with the person's own password, through Nextcloud."""

    def __init__(self, http: httpx.AsyncClient, auth: tuple[str, str], app: str = APP) -> None:
        self.http, self.auth, self.name = http, auth, auth[0]
        self.proxy = f"/index.php/apps/app_api/proxy/{app}"

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {"X-Requested-With": "voiceassist", "OCS-APIRequest": "true", **arguments.pop("headers", {})}
        for _ in range(20):
            answer = await self.http.request(method, path, auth=self.auth, headers=headers, **arguments)
            # Nextcloud holds a shared lock on a file while VoiceAssist fetches it; and its own page with a 500 is shown
            # when its SQLite database was busy. People try again. What VoiceAssist answers is JSON, and counts.
            busy = answer.status_code == 500 and answer.headers["content-type"].startswith("text/html")
            if answer.status_code != 423 and not busy:
                break
            await asyncio.sleep(0.5)
        return answer

    async def api(self, method: str, path: str, **arguments: Any) -> Any:
        response = await self.request(method, f"{self.proxy}/api/v1{path}", **arguments)
        return response.json()["data"]

    async def put(self, path: str, text: str) -> None:
        response = await self.request("PUT", f"/remote.php/dav/files/{self.name}{path}", content=text.encode())
        assert response.status_code in (201, 204)

    async def finds(self, words: str, query: str = QUESTION) -> bool:
        found = await self.api("POST", "/search", json={"query": query})
        return any(words in result["snippet"] for result in found["results"])

    async def waits_for(self, words: str, query: str = QUESTION, seconds: float = 60) -> float:
        began = time.monotonic()
        await until(lambda: self.finds(words, query), seconds)
        return time.monotonic() - began

    async def asks(self, question: str) -> dict[str, Any]:
        taken = await self.api("POST", "/chat/turns", json={"text": question})
        after = 0
        while True:
            news = await self.api("GET", f"/chat/turns/{taken['turn_id']}/events", params={"after": after})
            for event in news["events"]:
                after = event["seq"]
            if news["done"]:
                last: dict[str, Any] = news["events"][-1]
                return last

    async def shares(self, path: str, with_user: str) -> str:
        response = await self.request(
            "POST",
            "/ocs/v2.php/apps/files_sharing/api/v1/shares",
            params={"format": "json"},
            data={"path": path, "shareType": 0, "shareWith": with_user},
        )
        return str(response.json()["ocs"]["data"]["id"])

    async def unshares(self, share: str) -> None:
        response = await self.request("DELETE", f"/ocs/v2.php/apps/files_sharing/api/v1/shares/{share}")
        assert response.status_code == 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exapp(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ExApp]:
    """The running, registered and enabled ExApp."""
    for user, password in (ANN, BEN):
        await occ("user:add", "--password-from-env", user, check=False, OC_PASS=password)
        await occ("user:enable", user)
    exapp = ExApp(tmp_path_factory.mktemp("exapp"), URL)
    await exapp.start()
    await exapp.register()
    yield exapp
    await occ("app_api:app:unregister", "voiceassist", "--force", check=False)
    await exapp.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(exapp: ExApp) -> AsyncIterator[tuple[User, User]]:
    # A client each: Nextcloud's session cookie of one person would win over the other's password.
    async with (
        httpx.AsyncClient(base_url=FRONT or URL, timeout=60, trust_env=False) as anns,
        httpx.AsyncClient(base_url=FRONT or URL, timeout=60, trust_env=False) as bens,
    ):
        ann, ben = User(anns, ANN), User(bens, BEN)
        for user in (ann, ben):
            for name in ("Keys", "Later.md", "Again.md", "Wished"):
                await user.request("DELETE", f"/remote.php/dav/files/{user.name}/{name}")
        yield ann, ben


async def test_the_page_opens_from_the_app_menu_and_loads_its_script(people: tuple[User, User]) -> None:
    ann, _ = people
    page = await ann.request("GET", "/index.php/apps/app_api/embedded/voiceassist/app")
    assert page.status_code == 200
    script = re.search(r'src="([^"]*voiceassist-main\.js[^"]*)"', page.text)
    assert script
    assert (await ann.request("GET", script[1].replace("&amp;", "&"))).headers["content-type"].startswith("text/java")
    menu = (await ann.request("GET", "/ocs/v2.php/core/navigation/apps", params={"format": "json"})).json()
    assert any("voiceassist" in entry["id"] for entry in menu["ocs"]["data"])


async def test_an_upload_is_answered_with_a_citation_a_share_opens_it_and_an_unshare_closes_it(
    people: tuple[User, User],
) -> None:
    ann, ben = people
    await ann.request("MKCOL", f"/remote.php/dav/files/{ann.name}/Keys")
    await ann.put(
        "/Keys/Cupboards.md", "# Cupboards\n\nThe key of the quarantine cupboard is kept by Thaddeus Birch.\n"
    )
    assert await ann.waits_for("Thaddeus") < 30
    answer = await ann.asks(QUESTION)
    assert answer["type"] == "turn.done"
    assert "Thaddeus Birch" in answer["text"]
    cited = answer["citations"][0]
    assert cited["path"] == "/Keys/Cupboards.md"
    passage = await ann.api("GET", f"/passages/{cited['passage_id']}")
    assert "Thaddeus" in passage["text"]

    assert not await ben.finds("Thaddeus")
    share = await ann.shares("/Keys", ben.name)
    await ben.waits_for("Thaddeus", seconds=120)
    assert (await ben.asks(QUESTION))["citations"][0]["path"] == "/Keys/Cupboards.md"

    await ann.unshares(share)
    # The very next question, not a later one.
    refused = await ben.asks(QUESTION)
    assert "Thaddeus" not in json.dumps(refused)
    assert not await ben.finds("Thaddeus")
    assert "Cupboards" not in json.dumps(await ben.api("GET", "/files"))
    assert await ben.api("GET", f"/passages/{cited['passage_id']}") is None
    assert await ann.finds("Thaddeus")


async def test_what_the_administrator_sets_reaches_the_app_secrets_included(
    exapp: ExApp, people: tuple[User, User]
) -> None:
    ann, _ = people
    secret = f"sk-{secrets.token_hex(12)}"
    async with httpx.AsyncClient(base_url=URL, timeout=60, trust_env=False) as http:
        admin = User(http, ADMIN)
        for field, value in (
            ("llm_base_url", "http://127.0.0.1:9/v1"),
            ("llm_model", "from-the-form"),
            ("llm_api_key", secret),
            ("answers_by", "endpoint"),
        ):
            kind = "value-sensitive" if field == "llm_api_key" else "value"
            saved = await admin.request(
                "POST",
                f"/ocs/v2.php/settings/api/declarative/{kind}",
                json={"app": "voiceassist", "formId": "voiceassist_admin", "fieldId": field, "value": value},
            )
            assert saved.status_code == 200, saved.text

    async def arrived() -> bool:
        return bool((await ann.api("GET", "/status"))["model"]["name"] == "from-the-form")

    await until(arrived, 60)
    # The endpoint is not there: the answer is extractive, with a note.
    answer = await ann.asks(QUESTION)
    assert "Thaddeus" in answer["text"]
    assert answer["note"]
    assert secret not in exapp.log
    assert exapp.secret not in exapp.log


async def test_disabling_and_enabling_keeps_index_and_settings(exapp: ExApp, people: tuple[User, User]) -> None:
    ann, _ = people
    await occ("app_api:app:disable", "voiceassist")
    assert (await ann.request("GET", f"{ann.proxy}/api/v1/status")).status_code == 404
    await occ("app_api:app:enable", "voiceassist")
    status = await ann.api("GET", "/status")
    assert status["model"]["name"] == "from-the-form"
    assert await ann.finds("Thaddeus")
    await ann.put("/Later.md", "The spare fuse box is behind the aspidistra.\n")
    await ann.waits_for("aspidistra", "Where is the spare fuse box?")


async def test_a_restart_of_the_app_goes_on_where_it_was(exapp: ExApp, people: tuple[User, User]) -> None:
    ann, _ = people
    await exapp.stop()
    await exapp.start()
    assert await ann.finds("Thaddeus")
    await ann.put("/Again.md", "The samovar is descaled on Wednesdays.\n")
    await ann.waits_for("samovar", "When is the samovar descaled?")


async def test_a_user_who_was_disabled_is_refused(people: tuple[User, User]) -> None:
    _, ben = people
    assert (await ben.api("GET", "/status"))["user_id"] == ben.name
    await occ("user:disable", ben.name)
    try:
        assert (await ben.request("GET", f"{ben.proxy}/api/v1/status")).status_code in (401, 403, 404)
    finally:
        await occ("user:enable", ben.name)


async def test_nobody_comes_in_without_signing_in(people: tuple[User, User]) -> None:
    async with httpx.AsyncClient(base_url=URL, timeout=60, trust_env=False) as http:
        assert (await http.get(f"{people[0].proxy}/api/v1/status")).status_code in (401, 404)


async def test_the_commands_of_occ_answer(people: tuple[User, User]) -> None:
    ann, _ = people
    assert "files indexed" in await occ("voiceassist:status", ann.name)
    assert "Thaddeus Birch" in await occ("voiceassist:ask", ann.name, QUESTION)
    assert "ok   Nextcloud" in await occ("voiceassist:preflight")
    assert "indexed again" in await occ("voiceassist:reindex", ann.name)


async def test_what_only_nextcloud_itself_may_call_is_not_passed_on(people: tuple[User, User]) -> None:
    ann, _ = people
    assert (await ann.request("PUT", f"{ann.proxy}/enabled", params={"enabled": 0})).status_code == 404
    assert (await ann.request("POST", f"{ann.proxy}/hooks/nextcloud", json={})).status_code == 404


@pytest.mark.skipif(not FRONT, reason="no NEXTCLOUD_FRONT given: HaRP is not tried")
async def test_through_harp_the_events_of_an_answer_stream(people: tuple[User, User]) -> None:
    ann, _ = people
    taken = await ann.request("POST", "/exapps/voiceassist/api/v1/chat/turns", json={"text": QUESTION})
    events = f"/exapps/voiceassist/api/v1/chat/turns/{taken.json()['data']['turn_id']}/events"
    async with ann.http.stream("GET", events, auth=ann.auth, headers={"Accept": "text/event-stream"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        kinds = [line.removeprefix("event: ") async for line in stream.aiter_lines() if line.startswith("event: ")]
    assert kinds[0] == "turn.started"
    assert kinds[-1] == "turn.done"
