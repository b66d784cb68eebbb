"""Every route asks the policy, or stands in a short list of those that have reasons not to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIWebSocketRoute, iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import Mount
from starlette.types import Message

from backend.app import create_app
from backend.house import open_house
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Action, Decision, Principal, Resource, Role, guard_with
from backend.settings import Settings
from ex_app.door import CALLED_BY_NEXTCLOUD, open_door
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud

pytestmark = pytest.mark.timeout(300)

HEADERS = {"X-Requested-With": "voiceassist"}

# For whoever asks: that it runs, how it runs, what it is made of, the pages, and what describes the interface.
FOR_EVERYBODY = {"/health", "/heartbeat", "/metrics", "/openapi.json", "/", "/voice", "/js", "/img"}
# By which somebody signs in, or is signed out by the issuer.
SIGNING_IN = {
    "/auth/login",
    "/auth/callback",
    "/auth/backchannel-logout",
    "/auth/frontchannel-logout",
    *(
        f"/api/v1/auth/{name}"
        for name in (
            "ways", "refresh", "logout", "register", "verify", "login", "login/second", "password/forgotten",
            "password/reset", "password/strength",
        )
    ),
}  # fmt: skip
# What only Nextcloud itself calls proves so by AppAPI's secret, and not that it is one of the users.
PUBLIC = FOR_EVERYBODY | SIGNING_IN | CALLED_BY_NEXTCLOUD


class DeniesEverything:
    """A policy that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Action, str]] = []

    async def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        self.asked.append((action, resource.kind))
        return Decision(False, "nothing is allowed here")


async def undecided(app: FastAPI) -> dict[str, str]:
    """The routes, beside the public ones, that answer without a decision about what they are, and what they did."""
    policy = DeniesEverything()
    known = RegoPolicy(SHIPPED)

    async def authenticate(_request: HTTPConnection) -> Principal:
        return Principal("ann")

    guard_with(app, authenticate, policy)
    wrong: dict[str, str] = {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HEADERS) as client:
        for context in iter_route_contexts(app.routes):
            template = context.path or ""
            if template in PUBLIC:
                continue
            if isinstance(context.route, Mount):
                wrong[template] = "is mounted, so nobody is asked"
                continue
            kind = template.removeprefix("/api/v1").lstrip("/").partition("/")[0]
            path = "/".join("1" if part.startswith("{") else part for part in template.split("/"))
            for method in context.methods or {"WEBSOCKET"}:
                policy.asked.clear()
                if isinstance(context.route, APIWebSocketRoute):
                    refused = await _closes(app, path)
                else:
                    refused = (await client.request(method, path)).status_code == httpx.codes.FORBIDDEN
                expected = Action.READ if method in ("GET", "HEAD") else Action.WRITE
                name = f"{method} {template}"
                if not refused or policy.asked != [(expected, kind)]:
                    wrong[name] = f"{'refused' if refused else 'answered'}, asked {policy.asked}"
                # The policy's own word for a kind that is not in it is the same for whoever asks.
                elif not (
                    await known.decide(Principal("root", frozenset({Role.ADMIN})), expected, Resource(kind, ""))
                ).allow:
                    wrong[name] = f"the policy knows no kind {kind!r}"
    return wrong


async def _closes(app: FastAPI, path: str) -> bool:
    """Whether a WebSocket is closed before it was accepted."""
    sent: list[Message] = []
    arriving = iter([{"type": "websocket.connect"}])

    async def receive() -> Message:
        return next(arriving, {"type": "websocket.disconnect", "code": 1006})

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost")], "scheme": "ws", "subprotocols": [], "app": app,
    }  # fmt: skip
    await app(scope, receive, send)
    return [message["type"] for message in sent] == ["websocket.close"]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def test_every_route_of_a_persons_own_voiceassist_is_decided(stack: AsyncExitStack, tmp_path: Path) -> None:
    settings = Settings.model_validate({"app_persistent_storage": tmp_path, "indexing": False})
    app = create_app(await stack.enter_async_context(open_house(settings)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/api/v1/status")).status_code == httpx.codes.OK
    assert await undecided(app) == {}


async def test_every_route_of_local_accounts_is_decided(stack: AsyncExitStack, tmp_path: Path) -> None:
    accounts = {"local_accounts": True, "accounts_base_url": "https://voice.example.org", "accounts_registration": "*"}
    mail = {"accounts_smtp_url": "smtp://mail.example.org", "accounts_sender": "voice@example.org"}
    settings = Settings.model_validate({"app_persistent_storage": tmp_path, "indexing": False, **accounts, **mail})
    app = create_app(await stack.enter_async_context(open_house(settings)))
    templates = {context.path for context in iter_route_contexts(app.routes)}
    assert {"/api/v1/auth/password", "/api/v1/auth/second-factors/totp"} <= templates - PUBLIC
    assert await undecided(app) == {}


async def test_every_route_of_the_door_to_nextcloud_is_decided(stack: AsyncExitStack, tmp_path: Path) -> None:
    nextcloud = stack.enter_context(AppApiServer(Cloud(("ann",))).serving())
    settings = Settings.model_validate(
        {
            "app_secret": SECRET,
            "nextcloud_url": nextcloud.url,
            "app_persistent_storage": tmp_path,
            "aa_version": "34.0.0",
        }
    )
    assert await undecided(await stack.enter_async_context(open_door(settings))) == {}


async def test_a_route_that_asks_nobody_or_whose_kind_is_unknown_is_found() -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    inner = APIRouter(prefix="/mail")

    @inner.get("/open")
    async def answers() -> None:
        """Serves whoever comes."""

    outer = APIRouter(prefix="/api/v1")
    outer.include_router(inner)
    app.include_router(outer)
    app.mount("/files", FastAPI())
    assert await undecided(app) == {
        "GET /api/v1/mail/open": "answered, asked []",
        "/files": "is mounted, so nobody is asked",
    }


async def test_without_a_policy_nobody_may_do_anything(stack: AsyncExitStack, tmp_path: Path) -> None:
    settings = Settings.model_validate({"app_persistent_storage": tmp_path, "indexing": False})
    app = create_app(await stack.enter_async_context(open_house(settings)))
    del app.state.policy
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/api/v1/status")).status_code == httpx.codes.FORBIDDEN
