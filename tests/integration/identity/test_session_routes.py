"""The HTTP side of sessions, and the cookies of a browser."""

from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from backend import envelope
from backend.database import Database
from backend.errors import NotSignedIn, TokenRevoked
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import guard_with
from backend.identity.session import Tokens
from backend.identity.sessions.authenticator import SessionAuthenticator
from backend.identity.sessions.cookies import ACCESS, REFRESH
from backend.identity.sessions.routes import build_router
from tests.integration.identity.desk import Clock, Desk

SESSIONS, REFRESHING, LOGOUT = "/api/v1/auth/sessions", "/api/v1/auth/refresh", "/api/v1/auth/logout"


@pytest.fixture
def desk(records: Database) -> Desk:
    return Desk(records, Clock())


@pytest.fixture
def ended_at_the_issuer() -> list[str]:
    """Tokens of an issuer that were given back."""
    return []


@pytest.fixture
async def client(desk: Desk, ended_at_the_issuer: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    async def logout_address(id_token: str) -> str | None:
        return f"https://issuer.example/end?hint={id_token}"

    async def end_token(bearer: str) -> None:
        ended_at_the_issuer.append(bearer)

    by_session = SessionAuthenticator(desk.sessions)

    async def authenticate(request: httpx.Request) -> object:
        principal = await by_session(request)  # type: ignore[arg-type]
        if principal is None:
            raise NotSignedIn("Sign in.")
        return principal

    app = FastAPI()
    envelope.install(app)
    app.include_router(build_router(desk.sessions, desk.limit, logout_address, end_token), prefix="/api/v1")
    guard_with(app, authenticate, RegoPolicy(SHIPPED))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def cookies(**given: str) -> dict[str, str]:
    names = {"access": ACCESS, "refresh": REFRESH}
    return {"Cookie": "; ".join(f"{names[name]}={value}" for name, value in given.items())}


def set_cookies(answer: httpx.Response) -> dict[str, tuple[str, set[str]]]:
    """Values and attributes of the cookies that an answer sets, by name."""
    found = {}
    for line in answer.headers.get_list("set-cookie"):
        first, *attributes = line.split("; ")
        name, _, value = first.partition("=")
        found[name] = value, set(attributes)
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_program_refreshes_by_the_body_and_a_browser_by_its_cookies(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    program, browser = await desk.begin(), await desk.begin()
    answer = await client.post(REFRESHING, json={"refresh_token": program.refresh})
    tokens = answer.json()["data"]["tokens"]
    assert Tokens(**tokens).session_id == program.session_id
    assert set_cookies(answer) == {}
    assert (await client.get(SESSIONS, headers=bearer(tokens["access"]))).status_code == 200

    answer = await client.post(REFRESHING, headers=cookies(refresh=browser.refresh))
    assert answer.json()["data"] == {"tokens": None}
    given = set_cookies(answer)
    flags = {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
    assert {name: attributes for name, (_, attributes) in given.items()} == {
        "__Host-voiceassist-access": flags | {"Max-Age=900"},
        "__Host-voiceassist-refresh": flags | {"Max-Age=604800"},
    }
    listed = await client.get(SESSIONS, headers=cookies(access=given[ACCESS][0]))
    assert {one["id"]: one["current"] for one in listed.json()["data"]} == {
        program.session_id: False,
        browser.session_id: True,
    }


async def test_the_token_of_the_body_goes_before_the_cookie(desk: Desk, client: httpx.AsyncClient) -> None:
    one, other = await desk.begin(), await desk.begin()
    answer = await client.post(REFRESHING, json={"refresh_token": one.refresh}, headers=cookies(refresh=other.refresh))
    assert answer.json()["data"]["tokens"]["session_id"] == one.session_id
    assert (await desk.sessions.refresh(other.refresh)).session_id == other.session_id


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": None}, {"refresh_token": ""}])
async def test_without_a_refresh_token_nothing_is_refreshed(client: httpx.AsyncClient, body: object) -> None:
    assert code(await client.post(REFRESHING, json=body)) == (401, "UNAUTHORIZED")


async def test_refreshing_is_limited_before_a_token_is_looked_at(desk: Desk, client: httpx.AsyncClient) -> None:
    tokens = await desk.begin()
    desk.limited = True
    answer = await client.post(REFRESHING, json={"refresh_token": "nonsense"})
    assert (*code(answer), answer.headers["retry-after"]) == (429, "RATE_LIMITED", "1")
    desk.limited = False
    assert (await client.post(REFRESHING, json={"refresh_token": tokens.refresh})).status_code == 200


async def test_somebody_ends_sessions_of_their_own_only(desk: Desk, client: httpx.AsyncClient) -> None:
    ann, other, bob = await desk.begin(), await desk.begin(), await desk.begin("bob")
    for not_hers in (bob.session_id, "nonsense"):
        assert code(await client.delete(f"{SESSIONS}/{not_hers}", headers=bearer(ann.access))) == (404, "NOT_FOUND")
    assert (await client.delete(f"{SESSIONS}/{other.session_id}", headers=bearer(ann.access))).status_code == 200
    with pytest.raises(TokenRevoked):
        await desk.sessions.check(other.access)
    (listed,) = (await client.get(SESSIONS, headers=bearer(ann.access))).json()["data"]
    assert (listed["id"], listed["way"]) == (ann.session_id, "oidc")
    assert datetime.fromisoformat(listed["begun_at"]).tzinfo is not None
    assert (await desk.sessions.check(bob.access)).user_id == "bob"


async def test_signing_out_ends_one_session_takes_the_cookies_and_leads_to_the_issuer(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    tokens, other = await desk.begin(id_token="the.id.token"), await desk.begin()
    answer = await client.post(LOGOUT, headers=cookies(access=tokens.access, refresh=tokens.refresh))
    assert answer.json()["data"] == {"redirect": "https://issuer.example/end?hint=the.id.token"}
    gone = {"HttpOnly", "Max-Age=0", "Path=/", "SameSite=lax", "Secure"}
    assert set(set_cookies(answer)) == {ACCESS, REFRESH}
    for value, attributes in set_cookies(answer).values():
        assert value == '""'
        assert attributes >= gone
    assert code(await client.get(SESSIONS, headers=bearer(tokens.access))) == (401, "TOKEN_REVOKED")
    assert code(await client.post(REFRESHING, json={"refresh_token": tokens.refresh})) == (401, "TOKEN_REVOKED")
    assert (await client.get(SESSIONS, headers=bearer(other.access))).status_code == 200


async def test_signing_out_everywhere_ends_all_of_a_user(desk: Desk, client: httpx.AsyncClient) -> None:
    one, other, bob = await desk.begin(), await desk.begin(), await desk.begin("bob")
    answer = await client.post(LOGOUT, json={"everywhere": True}, headers=bearer(one.access))
    assert answer.json()["data"] == {"redirect": None}
    for tokens in (one, other):
        with pytest.raises(TokenRevoked):
            await desk.sessions.check(tokens.access)
    assert (await desk.sessions.check(bob.access)).user_id == "bob"


@pytest.mark.parametrize("by", ["body", "cookie"])
async def test_a_refresh_token_signs_out_when_the_access_token_is_over(
    desk: Desk, client: httpx.AsyncClient, by: str
) -> None:
    tokens = await desk.begin()
    headers = bearer("over")
    if by == "cookie":
        await client.post(LOGOUT, headers=headers | cookies(refresh=tokens.refresh))
    else:
        await client.post(LOGOUT, json={"refresh_token": tokens.refresh}, headers=headers)
    with pytest.raises(TokenRevoked):
        await desk.sessions.refresh(tokens.refresh)


async def test_who_is_not_signed_in_signs_out_of_nothing(
    desk: Desk, client: httpx.AsyncClient, ended_at_the_issuer: list[str]
) -> None:
    tokens = await desk.begin()
    for headers in ({}, cookies(access="x", refresh="y"), bearer("an.issuers.token")):
        answer = await client.post(LOGOUT, headers=headers)
        assert answer.json()["data"] == {"redirect": None}
        assert set(set_cookies(answer)) == {ACCESS, REFRESH}
    assert ended_at_the_issuer == ["an.issuers.token"]
    assert (await desk.sessions.check(tokens.access)).user_id == "ann"


async def test_a_bearers_token_goes_before_a_cookie(desk: Desk, client: httpx.AsyncClient) -> None:
    ann, bob = await desk.begin(), await desk.begin("bob")
    answer = await client.get(SESSIONS, headers=bearer(bob.access) | cookies(access=ann.access))
    assert [one["id"] for one in answer.json()["data"]] == [bob.session_id]
    refused = await client.get(SESSIONS, headers=bearer("nonsense") | cookies(access=ann.access))
    assert code(refused) == (401, "UNAUTHORIZED")
    assert code(await client.get(SESSIONS)) == (401, "UNAUTHORIZED")
