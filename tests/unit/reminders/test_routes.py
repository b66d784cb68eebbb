"""The HTTP side of reminders."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend.database import Database
from backend.envelope import install
from backend.identity.principal import Principal, guard_with
from backend.reminders.routes import build_router
from tests import policy
from tests.unit.reminders.desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, notifies=False)


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async def authenticate(request: HTTPConnection) -> Principal:
        return Principal(request.headers.get("x-user", "ann"))

    app = FastAPI()
    install(app)
    guard_with(app, authenticate, policy.shipped())
    app.include_router(build_router(desk.reminders), prefix="/api/v1")
    assert app.openapi()["components"]["schemas"]["ReminderView"]["examples"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client:
        yield client


async def test_reminders_are_listed_and_dismissed(client: httpx.AsyncClient, desk: Desk) -> None:
    reminder = await desk.set("2026-03-06T17:00")
    answer = (await client.get("/reminders")).json()
    assert answer["data"] == [
        {
            "id": reminder.id,
            "text": "call the lab",
            "moment": "2026-03-06T17:00:00",
            "zone": "Europe/Berlin",
            "rule": None,
            "state": "open",
            "next_at": "2026-03-06T16:00:00Z",
            "due_at": None,
            "told_at": None,
            "late": False,
        }
    ]
    assert answer["metadata"]["pagination"] == {"offset": 0, "limit": 50, "total": 1}
    assert (await client.post(f"/reminders/{reminder.id}/dismiss")).status_code == 409
    await desk.pass_to("2026-03-06T17:00")
    (due,) = (await client.get("/reminders")).json()["data"]
    assert (due["state"], due["due_at"], due["next_at"], due["late"]) == ("due", "2026-03-06T16:00:00Z", None, True)
    assert (await client.post(f"/reminders/{reminder.id}/dismiss")).json()["data"]["state"] == "dismissed"
    assert (await client.get("/reminders")).json()["data"] == []


async def test_nobody_else_sees_or_dismisses_them(client: httpx.AsyncClient, desk: Desk) -> None:
    reminder = await desk.set("2026-03-06T17:00")
    await desk.pass_to("2026-03-06T16:00")
    ben = {"x-user": "ben"}
    assert (await client.get("/reminders", headers=ben)).json()["data"] == []
    assert (await client.post(f"/reminders/{reminder.id}/dismiss", headers=ben)).status_code == 404
    assert (await client.post(f"/reminders/{reminder.id}/dismiss")).status_code == 200
