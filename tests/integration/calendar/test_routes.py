"""The calendar's routes, over the whole product on the sample server."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend import envelope
from backend.calendar.desk import Desk, open_desk
from backend.calendar.routes import build_router
from backend.database import Database
from backend.identity.principal import Principal, guard_with
from backend.jobs.sql import SqlLedger
from backend.nextcloud.dav import OneUserDav
from backend.nextcloud.demo.server import DemoServer
from backend.preferences import Preferences
from backend.settings import Settings
from backend.vault import open_vault
from tests import policy


@pytest.fixture
async def desk(tmp_path: Path, database: Database) -> AsyncIterator[tuple[Desk, str]]:
    async with DemoServer(tmp_path / "demo", samples=None) as demo:
        dav = OneUserDav(demo.url, demo.user_id, demo.user_id, demo.password)
        settings = Settings(calendar_link_hosts="", app_persistent_storage=tmp_path)
        ledger = SqlLedger(database)
        desk = open_desk(settings, dav, Preferences(database), database, open_vault("", tmp_path), ledger)
        await desk.start()
        yield desk, demo.user_id
        await desk.close()


@pytest.fixture
async def client(desk: tuple[Desk, str]) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    envelope.install(app)
    app.include_router(build_router(desk[0].calendars, desk[0].mirror))

    async def authenticate(_request: HTTPConnection) -> Principal:
        return Principal(desk[1])

    guard_with(app, authenticate, policy.shipped())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_calendars_are_listed_and_the_default_is_chosen(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/calendar/calendars")).json()["data"]
    assert [(one["name"], one["writable"]) for one in listed] == [("Personal", True)]
    chosen = await client.put("/calendar/default", json={"href": listed[0]["href"]})
    assert chosen.json()["data"]["default"] is True
    missing = await client.put("/calendar/default", json={"href": "/nowhere/"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_events_are_listed_and_found_by_words(client: httpx.AsyncClient) -> None:
    today = datetime.combine(date.today(), datetime.min.time()).astimezone()
    span = {"start": today.isoformat(), "end": (today + timedelta(days=8)).isoformat()}
    everything = (await client.get("/calendar/events", params=span)).json()["data"]
    titles = {one["title"] for one in everything}
    assert {"Case review with Dr. Smith", "Quality circle", "Morning huddle"} <= titles
    assert [one["start"] for one in everything] == sorted(one["start"] for one in everything)
    found = (await client.get("/calendar/events", params={**span, "q": "smith ROOM"})).json()["data"]
    assert [one["title"] for one in found] == ["Case review with Dr. Smith"]
    naive = await client.get("/calendar/events", params={"start": "2026-01-01T00:00", "end": span["end"]})
    assert (naive.status_code, naive.json()["error"]["field"]) == (422, "start")
    turned = await client.get("/calendar/events", params={"start": span["end"], "end": span["start"]})
    assert (turned.status_code, turned.json()["error"]["field"]) == (422, "end")


async def test_links_are_none_at_first_and_never_into_the_own_network(client: httpx.AsyncClient) -> None:
    assert (await client.get("/calendar/links")).json()["data"] == []
    wish = {"url": "http://127.0.0.1:1/", "login": "x", "password": "very secret"}
    refused = await client.post("/calendar/links", json=wish)
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "url")
    assert "very secret" not in refused.text
    for method, path in (("DELETE", "/calendar/links/none"), ("POST", "/calendar/links/none/sync")):
        assert (await client.request(method, path)).status_code == 404
    unset = await client.post("/calendar/links/google", json={"calendar": "me@x.example"})
    assert (unset.status_code, "administrator" in unset.json()["error"]["message"]) == (422, True)
