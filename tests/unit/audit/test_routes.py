"""The HTTP side of the audit."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend.audit.checkpoints import read_checkpoints
from backend.audit.routes import build_router
from backend.audit.service import Audit
from backend.database import Database
from backend.envelope import install
from backend.identity.principal import Principal, Role, guard_with
from tests import policy
from tests.unit.audit.world import KEYS, Clock, fill


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async def authenticate(request: HTTPConnection) -> Principal:
        return Principal("ann", frozenset({Role(request.headers.get("x-role", "auditor"))}))

    audit = Audit(database, database, KEYS, Clock())
    await fill(audit, 12)
    app = FastAPI()
    install(app)
    guard_with(app, authenticate, policy.shipped())
    app.include_router(build_router(audit), prefix="/api/v1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client:
        yield client


@pytest.mark.parametrize("path", ["/audit", "/audit/export", "/audit/checkpoint"])
async def test_only_auditors_and_administrators_may_look(client: httpx.AsyncClient, path: str) -> None:
    for role, status in (("user", 403), ("medical_staff", 403), ("auditor", 200), ("admin", 200)):
        assert (await client.get(path, headers={"x-role": role})).status_code == status


async def test_entries_come_in_pages_newest_first(client: httpx.AsyncClient) -> None:
    query = {"user": "ann", "kind": "auth", "limit": "1", "since": "2026-03-06T09:00:00+00:00"}
    answer = (await client.get("/audit", params=query)).json()
    assert answer["metadata"]["pagination"] == {"offset": 0, "limit": 1, "total": 2}
    (entry,) = answer["data"]
    assert (entry["sequence"], entry["kind"], entry["details"]["number"]) == (10, "auth.logout", "9")


async def test_a_time_without_a_zone_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/audit", params={"since": "2026-03-06T09:00:00"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "since")


async def test_an_export_is_a_file_and_leaves_an_entry(client: httpx.AsyncClient) -> None:
    answer = await client.get("/audit/export", params={"format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert answer.text.count("\n") == 13
    answer = await client.get("/audit/export")
    assert json.loads(answer.text.splitlines()[-1])["kind"] == "audit.exported"


async def test_a_checkpoint_can_be_kept_as_a_line_of_a_file(client: httpx.AsyncClient) -> None:
    data = (await client.get("/audit/checkpoint")).json()["data"]
    (checkpoint,) = read_checkpoints([json.dumps(data)], "a file")
    assert checkpoint.sequence == 12
    assert checkpoint.is_signed_by(KEYS.newest.checkpoints.public_key())
