"""What comes with a request in place of a good token: a broken one, somebody else's cookie, a page of another site."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, Request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from backend.database import Database
from backend.envelope import Envelope, ok
from backend.identity.guard import RequestGuard
from backend.identity.principal import Principal, Way
from backend.identity.session import Beginning, Tokens
from backend.identity.sessions.cookies import ACCESS, set_tokens
from tests.integration.oidc.door import Door, open_door
from tests.integration.oidc.house import HOME


class Site:
    """A product with one thing to read and one to change, as browsers and programs ask it."""

    def __init__(self, door: Door) -> None:
        self.door = door

        async def caller(request: Request) -> Principal:
            return await door.outside.doorkeeper(request)

        @door.app.get("/mine")
        async def mine(who: Annotated[Principal, Depends(caller)]) -> Envelope[str]:
            return ok(who.name)

        @door.app.post("/mine")
        async def change(who: Annotated[Principal, Depends(caller)]) -> Envelope[str]:
            return ok(who.name)

        self.app = RequestGuard(door.app, ["localhost"])

    async def ask(self, method: str = "GET", /, **headers: str | bytes) -> tuple[int, str]:
        """Status and code of an answer; header names with "_" for "-"."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        sent = [
            (name.replace("_", "-").encode(), v if isinstance(v, bytes) else v.encode()) for name, v in headers.items()
        ]
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            answer = await client.request(method, "/mine", headers=sent)
        said = answer.json()
        return answer.status_code, said["data"] if said["success"] else said["error"]["code"]

    async def begin(self) -> Tokens:
        """A session of Alice's."""
        return await self.door.outside.sessions.begin(Beginning("alice", Way.OIDC))


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_door(database) as door:
        yield Site(door)


async def test_a_page_of_another_site_changes_nothing_with_the_users_cookie(site: Site) -> None:
    """A form needs no preflight and may bring the cookie; what it cannot bring is the header."""
    cookie = f"{ACCESS}={(await site.begin()).access}"
    form = "application/x-www-form-urlencoded"
    evil = "https://evil.example"
    assert await site.ask("POST", cookie=cookie, origin=evil, content_type=form) == (403, "FORBIDDEN")
    assert await site.ask("POST", cookie=cookie, x_requested_with="VoiceAssist") == (200, "alice")
    assert await site.ask("GET", cookie=cookie, host="evil.example") == (403, "FORBIDDEN")
    assert await site.ask("GET", cookie=cookie) == (200, "alice")


async def test_a_cookie_that_another_host_of_the_domain_could_set_is_none(site: Site) -> None:
    access = (await site.begin()).access
    for name in ("voiceassist-access", "__Secure-voiceassist-access", "__host-voiceassist-access", f" {ACCESS}x"):
        assert await site.ask(cookie=f"{name}={access}") == (401, "UNAUTHORIZED")
    assert await site.ask(cookie=f"{ACCESS}={access}") == (200, "alice")


async def test_a_browser_is_told_to_give_the_cookies_to_nobody_else(site: Site) -> None:
    answer = Response()
    set_tokens(answer, await site.begin())
    for line in answer.headers.getlist("set-cookie"):
        parts = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= parts
        assert line.startswith("__Host-")
        assert not any(part.startswith("domain") for part in parts)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a.b.c",
        "Bearer ....",
        "Basic YTpi",
        "Bearer e30.e30.",
        "Bearer null",
        "Bearer a b",
    ],
)
async def test_a_malformed_token_is_refused_in_the_envelope(site: Site, given: str) -> None:
    assert await site.ask(authorization=given) == (401, "UNAUTHORIZED")
    assert await site.ask(authorization=f"Bearer {(await site.begin()).access}") == (200, "alice")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=200), st.integers(0, 80), st.booleans())
async def test_no_text_in_place_of_a_token_does_anything_but_being_refused(
    site: Site, text: str, cut: int, in_cookie: bool
) -> None:
    good = (await site.begin()).access
    given_token = (good[:cut] + text + good[cut + 1 :]).encode("latin-1")
    if given_token.decode("latin-1") == good:
        return
    sent = (
        {"cookie": ACCESS.encode() + b"=" + given_token} if in_cookie else {"authorization": b"Bearer " + given_token}
    )
    status, _ = await site.ask(**sent)
    assert status == 401
