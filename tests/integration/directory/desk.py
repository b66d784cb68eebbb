"""A desk at which the directory is asked: its routes and the audit's, over the stand-in for a Nextcloud."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from backend import envelope
from backend.audit.routes import build_router as audit_routes
from backend.audit.service import open_audit
from backend.database import Database
from backend.directory.health import Health
from backend.directory.routes import build_router as directory_routes
from backend.directory.service import DirectoryService
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import guard_with
from backend.identity.roles import Rights
from backend.nextcloud.appapi import Clients
from backend.nextcloud.connection import Login
from backend.nextcloud.directory import Directories, administrator_of
from backend.nextcloud.sources import ActAs
from backend.nextcloud.users import Users
from backend.settings import Settings
from ex_app.auth import AppApiAuth
from tests.servers.appapi import SECRET, AppApiServer

# One policy for all: it decides by what it is asked alone.
_POLICY = RegoPolicy(SHIPPED)


class NoIndex:
    """Knows nobody. How users stand with the index is proved by `test_whole_house`."""

    async def of(self, user_ids: list[str]) -> list[Health]:
        return [Health()] * len(user_ids)


def as_user(user: str) -> dict[str, str]:
    """What AppAPI adds to a request of this user."""
    return {
        "AUTHORIZATION-APP-API": base64.b64encode(f"{user}:{SECRET}".encode()).decode(),
        "EX-APP-ID": "voiceassist",
        "X-Requested-With": "voiceassist",
    }


class Desk:
    """Requests of users of the Nextcloud."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, user: str, method: str, path: str, **given: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1{path}", headers=as_user(user), **given)

    async def tell(self, user: str, method: str, path: str, **given: Any) -> Any:
        """The data of an answer that must be a success."""
        answer = await self.ask(user, method, path, **given)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def refusal(self, user: str, method: str, path: str, **given: Any) -> tuple[int, str]:
        """The status and the code of an answer that must be an error."""
        answer = await self.ask(user, method, path, **given)
        assert not answer.json()["success"]
        return answer.status_code, answer.json()["error"]["code"]

    async def audit(self, **query: str) -> list[dict[str, Any]]:
        """Entries, oldest first."""
        entries: list[dict[str, Any]] = await self.tell("root", "GET", "/audit", params={"limit": "500", **query})
        return entries[::-1]


@asynccontextmanager
async def desk_at(nextcloud: AppApiServer, storage: Path, **given: str) -> AsyncIterator[Desk]:
    """The desk, with these settings. Nobody is shut out here."""
    settings = Settings.model_validate({"app_persistent_storage": storage, **given})
    database = Database(settings.records_url)
    await database.migrate()
    audit = open_audit(settings, database)
    clients = Clients(nextcloud.appapi)
    users = Users(clients)
    people = Directories(
        nextcloud.url,
        lambda user_id: Login(user_id, ActAs(nextcloud.appapi, user_id), by_appapi=True),
        administrator_of(settings),
        users.forget,
    )

    async def shut_out(_user_id: str, _reason: str) -> None:
        pass

    app = FastAPI(responses=envelope.ERROR_ANSWERS)
    envelope.install(app)
    guard_with(app, AppApiAuth("voiceassist", SECRET, users, Rights.of(settings)), _POLICY)
    service = DirectoryService(people, NoIndex(), audit.record, shut_out)  # type: ignore[arg-type]
    for routes in (directory_routes(service), audit_routes(audit)):
        app.include_router(routes, prefix="/api/v1")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://exapp") as http:
            yield Desk(http)
    finally:
        await clients.close()
        await audit.close()
        await database.close()
