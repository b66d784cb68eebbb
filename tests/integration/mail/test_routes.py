"""Mail over HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from starlette.requests import HTTPConnection

from backend.app import bare_app
from backend.identity.principal import Principal, guard_with
from backend.mail.routes import build_router
from backend.mail.service import Mail
from backend.settings import Settings
from tests import policy
from tests.integration.mail.world import ADDRESS, USER, World, mail
from tests.servers.mail import PASSWORD


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The user's browser."""
    async with _client(world.mail, USER) as made:
        yield made


def _client(service: Mail, user_id: str) -> httpx.AsyncClient:
    async def authenticate(_request: HTTPConnection) -> Principal:
        return Principal(user_id)

    app = bare_app(Settings(_env_file=None))
    guard_with(app, authenticate, policy.shipped())
    api = APIRouter(prefix="/api/v1")
    api.include_router(build_router(service))
    app.include_router(api)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1/mail")


def _body(world: World, **changed: Any) -> dict[str, Any]:
    server = {"host": "127.0.0.1", "security": "none"}
    return {
        "name": "Ada",
        "address": ADDRESS,
        "password": PASSWORD,
        "imap": {**server, "port": world.dovecot.imap},
        "smtp": {**server, "port": world.dovecot.submission},
        **changed,
    }


async def test_accounts_are_checked_kept_listed_and_removed_and_no_password_comes_out(
    client: httpx.AsyncClient, world: World
) -> None:
    checked = await client.post("/accounts/check", json=_body(world, address="new@klinik.example"))
    assert checked.json()["data"] == {"works": True}
    (known,) = (await client.get("/accounts")).json()["data"]["accounts"]
    added = await client.post("/accounts", json=_body(world, address="new@klinik.example"))
    listed = await client.get("/accounts")
    assert {one["address"] for one in listed.json()["data"]["accounts"]} == {ADDRESS, "new@klinik.example"}
    assert listed.json()["data"]["servers_are_fixed"] is False
    assert PASSWORD not in checked.text + added.text + listed.text
    removed = await client.delete(f"/accounts/{added.json()['data']['id']}")
    assert removed.status_code == 200
    assert (await client.get("/accounts")).json()["data"]["accounts"] == [known]


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"password": "wrong"}, 403, "password"),
        ({"address": "nobody"}, 422, "address"),
        ({"imap": None}, 422, "imap"),
        ({"imap": {"host": "10.0.0.1", "port": 993, "security": "tls"}}, 422, "host"),
        ({"password": "a\nb"}, 422, "password"),
    ],
)
async def test_what_cannot_be_used_is_told_with_its_field(
    client: httpx.AsyncClient, world: World, changed: dict[str, Any], status: int, field: str
) -> None:
    for path in ("/accounts", "/accounts/check"):
        answer = await client.post(path, json=_body(world, **changed))
        assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
        assert PASSWORD not in answer.text


async def test_nobody_tries_many_passwords_and_others_are_not_kept_from_theirs(
    client: httpx.AsyncClient, world: World
) -> None:
    wrong = _body(world, password="a\nb")  # refused before any server is asked, and counted
    answers = [await client.post(path, json=wrong) for path in ("/accounts", "/accounts/check") * 5]
    assert [answer.status_code for answer in answers] == [422] * 9 + [429]  # the account of this world was the first
    assert answers[-1].headers["Retry-After"] == "600"
    assert (await client.post("/accounts", json=_body(world))).status_code == 429
    async with _client(world.mail, "eve") as eve:
        assert (await eve.post("/accounts/check", json=_body(world))).status_code == 200


async def test_mails_are_listed_searched_and_read_by_their_user_only(client: httpx.AsyncClient, world: World) -> None:
    world.deliver(mail("Eins"), mail("Zwei", "Kalium 4,2\n\n-- \nBob\n"))
    page = (await client.get("/messages", params={"limit": 1})).json()["data"]
    assert [one["subject"] for one in page["mails"]] == ["Zwei"]
    rest = (await client.get("/messages", params={"below": page["next"]})).json()["data"]
    assert [one["subject"] for one in rest["mails"]] == ["Eins"]
    found = (await client.get("/messages", params={"q": "kalium", "unread": True})).json()["data"]["mails"]
    address = f"/messages/{found[0]['id']}"
    read = (await client.get(address)).json()["data"]
    assert (read["spoken"], read["sender"]["name"], read["unread"]) == ("Kalium 4,2", "Bob Beispiel", True)
    async with _client(world.mail, "eve") as eve:
        assert (await eve.get(address)).status_code == 404
        assert (await eve.get("/messages")).json()["error"]["message"].startswith("No mail account is set up yet")
    assert (await client.get("/messages", params={"folder": "nowhere"})).json()["error"]["field"] == "folder"
    folders = (await client.get("/folders")).json()["data"]
    assert {"path": "Papierkorb", "name": "Papierkorb", "role": "trash"} in folders


async def test_who_waits_for_new_mail_hears_of_it_at_once_and_misses_none(
    client: httpx.AsyncClient, world: World
) -> None:
    async def ask(before: str, seconds: float) -> httpx.Response:
        return await client.get("/changes", params={"mark": before, "seconds": seconds}, timeout=60)

    async def mark(before: str, seconds: float) -> str:
        return str((await ask(before, seconds)).json()["data"]["mark"])

    first = await mark("", 30)
    assert await mark(first, 0.2) == first
    began = time.monotonic()
    waiting = [asyncio.create_task(ask(first, 30)) for _ in range(3)]
    (refused,), _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert (await refused).status_code == 429
    assert (await client.get("/messages")).json()["data"]["mails"] == []
    await asyncio.to_thread(world.deliver, mail("Neu"))
    second, also = [(await one).json()["data"]["mark"] for one in waiting if one is not refused]
    assert second == also != first
    world.deliver(mail("Noch eine"))  # while nobody waits
    assert await mark(second, 30) != second
    assert time.monotonic() - began < 25
    last = await mark("", 30)
    waits = asyncio.create_task(ask(last, 50))
    assert not (await asyncio.wait([waits], timeout=0.3))[0]
    await world.mail.close()
    assert (await asyncio.wait_for(waits, 10)).status_code == 503
