"""A house with nothing in it but signing in at an issuer, asked as a browser or the issuer asks it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.fernet import Fernet
from fastapi import FastAPI, Response

from backend import envelope
from backend.errors import RateLimited, Unavailable
from backend.identity.events import Event
from backend.identity.oidc.attempt import COOKIE
from backend.identity.oidc.opening import Oidc, issuer_reach, open_oidc
from backend.identity.oidc.wire import Wire
from backend.identity.principal import Principal
from backend.identity.session import Beginning, Tokens
from backend.reach import Reach
from backend.settings import Settings
from backend.vault import Vault
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET

HOME = "http://localhost:9031"


class Clock:
    """The time, which a test may move."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class KeptSessions:
    """Sessions that are only written down. It leaves unproved that one that ended is refused."""

    def __init__(self) -> None:
        self.begun: list[Beginning] = []
        self.ended: list[tuple[str, str, str]] = []
        self.broken = False

    async def begin(self, beginning: Beginning) -> Tokens:
        self.begun.append(beginning)
        return Tokens("access", "refresh", 900, 604_800, f"session-{len(self.begun)}")

    async def end_at_issuer(self, issuer: str, session: str, subject: str, reason: str) -> None:
        if self.broken:
            raise Unavailable("The store is down.")
        self.ended.append((issuer, session, subject))

    async def check(self, access: str) -> Principal:
        raise NotImplementedError

    async def refresh(self, refresh: str) -> Tokens:
        raise NotImplementedError

    async def end(self, session_id: str, reason: str) -> None:
        raise NotImplementedError

    async def end_all(self, user_id: str, reason: str) -> None:
        raise NotImplementedError


def patient_wire(reach: Reach) -> Wire:
    """A busy machine stops for seconds: only tests of an issuer that is too slow are in a hurry."""
    return Wire(reach, total_seconds=60.0, step_seconds=60.0)


class House:
    """What was recorded and begun, and a browser."""

    def __init__(self, wire: Wire | None = None, **settings: Any) -> None:
        self.clock = Clock()
        self.sessions = KeptSessions()
        self.events: list[Event] = []
        self.known = {"alice", "Bob"}
        self.recording = True
        self.limited = False
        given = {
            "nextcloud_client_id": CLIENT_ID,
            "nextcloud_client_secret": CLIENT_SECRET,
            "nextcloud_redirect_uri": f"{HOME}/auth/callback",
            **settings,
        }
        made = Settings(_env_file=None, **given)
        oidc = open_oidc(
            made,
            vault=Vault([Fernet.generate_key().decode()]),
            sessions=self.sessions,
            record=self.record,
            limit=self.limit,
            may_enter=self.may_enter,
            give_cookies=give_cookies,
            clock=self.clock,
            wire=wire or patient_wire(issuer_reach(made)),
        )
        assert oidc is not None
        self.oidc: Oidc = oidc
        self.app = FastAPI()
        envelope.install(self.app)
        self.app.include_router(oidc.router)
        self.cookie = ""

    async def record(self, event: Event) -> None:
        if not self.recording:
            raise Unavailable("The record cannot be written.")
        self.events.append(event)

    async def limit(self, kind: str, key: str) -> None:
        if self.limited:
            raise RateLimited("Too many.", retry_after=6)

    async def may_enter(self, user_id: str) -> bool:
        return user_id in self.known

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            yield client

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Open a page with the browser, which keeps the cookie of a sign-in as a browser does."""
        headers = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        async with self._client() as client:
            answer = await client.get(path, params=query or None, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            if found := re.match(rf'{COOKIE}="?([^;"]*)"?;', line):
                self.cookie = found[1]
        return answer

    async def post(self, path: str, **form: str) -> httpx.Response:
        """What the issuer sends."""
        async with self._client() as client:
            return await client.post(path, data=form)

    async def begin(self, return_to: str = "/") -> str:
        """Begin to sign in: the address at the issuer."""
        answer = await self.get("/auth/login", return_to=return_to)
        assert answer.status_code == 303
        return str(answer.headers["location"])

    async def come_back(self, address: str) -> httpx.Response:
        """The browser is sent to an address of ours."""
        return await self.get(urlsplit(address).path, **dict(parse_qsl(urlsplit(address).query)))


def give_cookies(answer: Response, tokens: Tokens) -> None:
    answer.set_cookie("__Host-voiceassist-access", tokens.access, secure=True, httponly=True, samesite="lax")


def error_of(answer: httpx.Response) -> str:
    """The code in the fragment of the page that a browser ends on; empty where it signed in."""
    assert answer.status_code == 303
    location = str(answer.headers["location"])
    assert "Traceback" not in answer.text
    return location.removeprefix("/#/sign-in?error=") if location.startswith("/#/sign-in?error=") else ""
