"""Local accounts over HTTP, with a real database and a real mail server, and a clock that the test moves."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend import envelope
from backend.database import Database
from backend.errors import NotSignedIn
from backend.identity.accounts.opening import LocalAccounts, open_accounts
from backend.identity.accounts.passwords import Cost
from backend.identity.accounts.routes import build_router
from backend.identity.events import Event
from backend.identity.principal import Principal, Role, Way, guard_with
from backend.identity.session import Beginning, Tokens
from backend.settings import Settings
from backend.vault import Vault
from tests.policy import shipped
from tests.servers.mail import Postbox, SmtpServer

PAGE = "https://assistant.clinic.example"
ANN, SECRET, OTHER = "ann@clinic.example", "kwal stift mond 7", "grau tipi lauch 9"
CHEAP = Cost(time=1, memory_kib=8)


@dataclass
class KeptSessions:
    """Sessions in memory; what their tokens are, and that other processes hear of an end, is unproved here."""

    open: dict[str, Beginning] = field(default_factory=dict)
    begun: int = 0

    async def begin(self, beginning: Beginning) -> Tokens:
        """A session whose access token is its id."""
        self.begun += 1
        name = f"session-{self.begun}"
        self.open[name] = beginning
        return Tokens(name, f"refresh-{name}", 900, 604_800, name)

    async def check(self, access: str) -> Principal:
        """Whose it is."""
        if access not in self.open:
            raise NotSignedIn("Sign in.")
        name = self.open[access].user_id
        # As where VoiceAssist serves one person: what is theirs is somebody else's, the account is their own.
        return Principal("visitor", frozenset({Role.USER}), Way.ACCOUNT, access, name=name)

    async def refresh(self, refresh: str) -> Tokens:
        """Nothing here refreshes."""
        raise NotImplementedError

    async def end(self, session_id: str, reason: str) -> None:
        """End one."""
        self.open.pop(session_id, None)

    async def end_all(self, user_id: str, reason: str) -> None:
        """End those of a user."""
        self.open = {name: one for name, one in self.open.items() if one.user_id != user_id}

    async def end_at_issuer(self, issuer: str, session: str, subject: str, reason: str) -> None:
        """No issuer here."""


class Desk:
    """What a test works with."""

    def __init__(self, database: Database, vault: Vault, smtp: SmtpServer, cost: Cost = CHEAP) -> None:
        self.database = database
        self.now = datetime(2026, 3, 6, 12, tzinfo=UTC)
        self.events: list[Event] = []
        self.limited: list[tuple[str, str]] = []
        self.record_fails: Exception | None = None
        self.sessions = KeptSessions()
        self.postbox: Postbox = smtp.postbox
        settings = Settings(
            local_accounts=True,
            accounts_registration="*",
            accounts_base_url=PAGE,
            accounts_smtp_url=f"smtp+plain://127.0.0.1:{smtp.port}",
            accounts_sender="VoiceAssist <assistant@clinic.example>",
        )
        self.accounts: LocalAccounts = open_accounts(
            settings,
            database,
            vault,
            self.sessions,
            record=self.record,
            limit=self.limit,
            now=lambda: self.now,
            cost=cost,
        )
        app = FastAPI()
        envelope.install(app)
        guard_with(app, self.authenticate, shipped())
        app.include_router(build_router(self.accounts, self.limit), prefix="/api/v1")
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PAGE)

    async def record(self, event: Event) -> None:
        """A `Record`."""
        if self.record_fails:
            raise self.record_fails
        self.events.append(event)

    async def limit(self, kind: str, key: str) -> None:
        """A `Limiter` without limits."""
        self.limited.append((kind, key))

    async def authenticate(self, request: HTTPConnection) -> Principal:
        """By the access token, as a program sends it."""
        return await self.sessions.check(request.headers.get("authorization", "").removeprefix("Bearer "))

    async def call(self, method: str, path: str, body: Any = None, access: str = "") -> httpx.Response:
        """One request."""
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        return await self.http.request(method, f"/api/v1/auth{path}", json=body, headers=headers)

    async def data(self, method: str, path: str, body: Any = None, access: str = "") -> Any:
        """Its data; it must be answered well."""
        answer = await self.call(method, path, body, access)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def token_of_mail(self) -> str:
        """The token in the link of the mail that came last."""
        await self.accounts.outbox.close()
        text = message_from_bytes(self.postbox.mails[-1]).get_payload(decode=True)
        assert isinstance(text, bytes)
        found = re.search(rf"{PAGE}/#/\w+\?token=([\w-]+)".encode(), text)
        assert found, text
        return found[1].decode()

    async def register(self, email: str = ANN, password: str = SECRET) -> None:
        """An account that can be signed in to."""
        await self.data("POST", "/register", {"email": email, "password": password, "name": "Ann"})
        await self.data("POST", "/verify", {"token": await self.token_of_mail()})

    async def login(self, password: str = SECRET, email: str = ANN) -> httpx.Response:
        """Try to sign in."""
        return await self.call("POST", "/login", {"email": email, "password": password})

    async def access(self) -> str:
        """Sign in with the password alone."""
        return str((await self.login()).json()["data"]["tokens"]["access"])

    async def second(self) -> dict[str, Any]:
        """Sign in with the password; what is asked for then."""
        asked: dict[str, Any] = (await self.login()).json()["data"]["second"]
        return asked

    def wait(self, **time: float) -> None:
        """Time passes."""
        self.now += timedelta(**time)

    async def close(self) -> None:
        """Stop."""
        await self.http.aclose()
        await self.accounts.close()
