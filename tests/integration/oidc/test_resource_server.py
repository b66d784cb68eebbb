"""Access tokens of the issuer itself, taken as they are."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header
from fastapi.responses import Response

from backend import envelope
from backend.envelope import Envelope, ok
from backend.errors import NotSignedIn, TokenExpired, TokenRevoked, Unavailable
from backend.identity.oidc.issuer_tokens import IssuerToken, IssuerTokens
from tests.integration.oidc.house import HOME, House
from tests.servers.listening import listening
from tests.servers.oidc import CLIENT_ID, oidc_provider
from tests.servers.scripted_issuer import ScriptedIssuer, rsa, scripted_issuer

CLIENT = Path(__file__).parents[2] / "clients" / "outside.mjs"


@pytest.fixture
async def issuer() -> AsyncIterator[ScriptedIssuer]:
    async with scripted_issuer() as running:
        yield running


@pytest.fixture
def house(issuer: ScriptedIssuer) -> House:
    return House(nextcloud_oidc_issuer=issuer.url)


def tokens_of(house: House) -> IssuerTokens:
    assert house.oidc.tokens is not None
    return house.oidc.tokens


async def test_a_token_of_the_issuer_says_whose_it_is(house: House, issuer: ScriptedIssuer) -> None:
    issuer.groups = ["/doctors", "admin"]  # Keycloak's groups are paths
    read = await tokens_of(house).check(issuer.access_token(HOME, jti="j", sid="s"))
    assert (read.user_id, read.groups, read.jti, read.sid) == ("alice", frozenset({"doctors", "admin"}), "j", "s")
    assert read.expires_at - read.issued_at == 300


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"aud": CLIENT_ID}, {"aud": None}, {"sub": None}, {"exp": None},
        {"iat": None}, {"iat": time.time() + 7_200}, {"preferred_username": None}, {"preferred_username": "x" * 65},
    ],
)  # fmt: skip
async def test_a_token_with_a_fault_is_refused(house: House, issuer: ScriptedIssuer, changes: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        await tokens_of(house).check(issuer.access_token(HOME, **changes))
    assert (await tokens_of(house).check(issuer.access_token(HOME))).user_id == "alice"


async def test_an_id_token_is_no_access_token(issuer: ScriptedIssuer) -> None:
    house = House(nextcloud_oidc_issuer=issuer.url)
    now = int(time.time())
    claims = {"iss": issuer.url, "sub": "a", "preferred_username": "alice", "aud": HOME, "iat": now, "exp": now + 60}
    for typ in ("JWT", "logout+jwt"):
        with pytest.raises(NotSignedIn):
            await tokens_of(house).check(issuer.sign(claims, typ=typ))
    for typ in ("at+jwt", "at+JWT", "application/at+jwt"):
        assert (await tokens_of(house).check(issuer.sign(claims, typ=typ))).user_id == "alice"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "é.b.c", "x" * 1_000_000, "eyJhbGciOiJSUzI1NiJ9.e30."])
async def test_what_is_no_token_is_refused(house: House, text: str) -> None:
    with pytest.raises(NotSignedIn):
        await tokens_of(house).check(text)


async def test_a_token_expires_although_it_is_remembered(house: House, issuer: ScriptedIssuer) -> None:
    token = issuer.access_token(HOME)
    await tokens_of(house).check(token)
    house.clock.ahead = timedelta(seconds=361)
    with pytest.raises(TokenExpired):
        await tokens_of(house).check(token)


async def test_a_key_that_the_issuer_took_back_is_believed_no_longer(house: House, issuer: ScriptedIssuer) -> None:
    token = issuer.access_token(HOME, exp=time.time() + 7_200)
    await tokens_of(house).check(token)
    issuer.published = [rsa("second")]
    house.clock.ahead = timedelta(minutes=16)
    with pytest.raises(NotSignedIn):
        await tokens_of(house).check(token)


async def test_tokens_are_checked_while_the_issuer_is_away_for_a_day(house: House, issuer: ScriptedIssuer) -> None:
    token = issuer.access_token(HOME, exp=time.time() + 200_000)
    await tokens_of(house).check(token)
    issuer.faults["/jwks"] = lambda: Response(status_code=500)
    house.clock.ahead = timedelta(hours=23)
    assert (await tokens_of(house).check(token)).user_id == "alice"
    house.clock.ahead = timedelta(hours=25)
    with pytest.raises(Unavailable):
        await tokens_of(house).check(token)


async def test_a_client_from_outside_signs_in_asks_refreshes_and_signs_out() -> None:
    async with listening() as (home, serve), oidc_provider(home, {"alice": ["doctors"]}) as issuer:
        house = House(nextcloud_oidc_issuer=issuer.url, nextcloud_redirect_uri=f"{home}/auth/callback")
        app = _small_product(tokens_of(house))
        async with serve(app):
            asked = {"issuer": issuer.url, "api": home, "user": "alice", "question": "When?"}
            process = await asyncio.create_subprocess_exec(
                "node", CLIENT, json.dumps(asked), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            said, complaints = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, complaints.decode()
        steps = {(line := json.loads(text))["step"]: line for text in said.splitlines()}
        assert {name: step["status"] for name, step in steps.items()} == {
            "login": 200,
            "ask": 200,
            "refresh": 200,
            "ask again": 200,
            "logout": 200,
            "logout at the issuer": 200,
            "ask after logout": 401,
            "refresh after logout": 400,
        }
        assert steps["ask"]["events"] == ["done"]
        assert steps["refresh"]["changed"] is True
        assert steps["ask after logout"]["code"] == "TOKEN_REVOKED"


def _small_product(tokens: IssuerTokens) -> FastAPI:
    """The three routes that the client calls, behind the real check of tokens. What it revokes is a set in memory: the
    real revocation is the sessions' own."""
    app = FastAPI()
    envelope.install(app)
    revoked: set[str] = set()

    async def caller(authorization: str) -> IssuerToken:
        token = await tokens.check(authorization.removeprefix("Bearer "))
        if token.jti in revoked:
            raise TokenRevoked("It was ended.")
        return token

    @app.post("/api/v1/chat/turns", status_code=201)
    async def ask(authorization: Annotated[str, Header()]) -> Envelope[dict[str, str]]:
        return ok({"turn_id": (await caller(authorization)).user_id})

    @app.get("/api/v1/chat/turns/alice/events")
    async def events(authorization: Annotated[str, Header()]) -> Response:
        await caller(authorization)
        return Response("event: done\ndata: {}\n\n", media_type="text/event-stream")

    @app.post("/api/v1/auth/logout")
    async def logout(authorization: Annotated[str, Header()]) -> Envelope[dict[str, None]]:
        revoked.add((await caller(authorization)).jti)
        return ok({"redirect": None})

    return app
