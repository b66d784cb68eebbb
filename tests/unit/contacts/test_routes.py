"""The routes, over the service of a user whose contacts are in the copy already."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend.contacts.book import AddressBooks
from backend.contacts.routes import build_router
from backend.contacts.service import Contacts
from backend.contacts.tables import ContactRow, CopyRow
from backend.database import Database
from backend.envelope import install
from backend.identity.principal import Principal, guard_with
from backend.nextcloud.dav import OneUserDav
from backend.preferences import Preferences
from tests import policy

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The copy is fresh, so no server is asked; there is none."""
    async with database.transaction() as session:
        session.add(CopyRow(user_id="ann", version=1, compared_at=NOW))
        for uid, name in (("1", "Otto Berg"), ("2", "Otto Adler"), ("3", "Eva Stein")):
            person = f'{{"uid":"{uid}","name":"{name}"}}'
            session.add(ContactRow(user_id="ann", href=f"/b/{uid}.vcf", book="/b/", etag="1", person=person))
    accounts = OneUserDav("http://127.0.0.1:9", "ann", "ann", "secret")
    contacts = Contacts(AddressBooks(database, accounts, lambda: NOW), Preferences(database), lambda: NOW)

    async def authenticate(request: HTTPConnection) -> Principal:
        return Principal(request.headers.get("x-user", "ann"))

    app = FastAPI()
    install(app)
    guard_with(app, authenticate, policy.shipped())
    app.include_router(build_router(contacts), prefix="/api/v1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client:
        yield client
    await contacts.close()


async def test_contacts_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/contacts", params={"q": "otto", "limit": 1})).json()
    assert [person["name"] for person in answer["data"]] == ["Otto Adler"]
    assert answer["metadata"]["pagination"] == {"offset": 0, "limit": 1, "total": 2}


async def test_one_several_and_nobody(client: httpx.AsyncClient) -> None:
    one = (await client.get("/contacts/resolve", params={"said": "Eva"})).json()["data"]
    assert (one["meant"]["person"]["uid"], one["several"]) == ("3", [])
    several = (await client.get("/contacts/resolve", params={"said": "Otto"})).json()["data"]
    assert several["meant"] is None
    assert [match["label"] for match in several["several"]] == ["Otto Adler", "Otto Berg"]
    nobody = await client.get("/contacts/resolve", params={"said": "Zacharias Quint"})
    assert nobody.status_code == 200
    assert nobody.json()["data"] == {"said": "Zacharias Quint", "meant": None, "several": []}


@pytest.mark.parametrize("params", [{}, {"said": ""}, {"said": "x" * 201}])
async def test_nothing_said_or_too_much_is_refused(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    answer = await client.get("/contacts/resolve", params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "said"


async def test_another_users_contacts_are_not_told(client: httpx.AsyncClient) -> None:
    answer = await client.get("/contacts", headers={"x-user": "bob"})
    assert answer.status_code == 404
    assert "Otto" not in answer.text
