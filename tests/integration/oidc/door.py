"""A door with real sessions behind it, and an issuer whose tokens it takes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.fernet import Fernet
from fastapi import FastAPI
from starlette.requests import Request

from backend import envelope
from backend.database import Database
from backend.identity.doorkeeper import Outside, open_outside
from backend.identity.events import Event
from backend.identity.residents import OnePerson
from backend.identity.roles import Rights
from backend.settings import Settings
from backend.vault import Vault
from tests.integration.oidc.house import HOME, Clock
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET
from tests.servers.scripted_issuer import ScriptedIssuer, scripted_issuer


@dataclass
class Door:
    """A door with everything behind it, and the issuer whose tokens it takes."""

    outside: Outside
    issuer: ScriptedIssuer
    clock: Clock
    app: FastAPI

    async def enter(self, token: str) -> str:
        """Who is let in with a token."""
        scope = {"type": "http", "method": "GET", "headers": [(b"authorization", f"Bearer {token}".encode())]}
        return (await self.outside.doorkeeper(Request(scope))).user_id

    async def log_out(self, **changes: Any) -> int:
        """The issuer tells of a logout."""
        token = self.issuer.logout_token(CLIENT_ID, **changes)
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return (await client.post("/auth/backchannel-logout", data={"logout_token": token})).status_code


@asynccontextmanager
async def open_door(database: Database) -> AsyncIterator[Door]:
    """Real sessions over `database`, and a scripted issuer."""
    async with scripted_issuer() as issuer, AsyncExitStack() as stack:
        settings = Settings(
            _env_file=None,
            nextcloud_client_id=CLIENT_ID,
            nextcloud_client_secret=CLIENT_SECRET,
            nextcloud_redirect_uri=f"{HOME}/auth/callback",
            nextcloud_oidc_issuer=issuer.url,
        )
        clock = Clock()

        async def record(_event: Event) -> None:
            """What is recorded is proved elsewhere."""

        vault = Vault([Fernet.generate_key().decode()])
        people = OnePerson("alice", ["bob"])
        outside = await open_outside(settings, database, vault, people, Rights.of(settings), record, stack, now=clock)
        assert outside is not None
        app = FastAPI()
        envelope.install(app)
        app.include_router(outside.pages)
        yield Door(outside, issuer, clock, app)
