"""The two ways of Nextcloud itself: core `oauth2`, and the app `oidc` behind a web server without `/.well-known`."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.responses import JSONResponse, Response

from tests.integration.oidc.house import House, error_of
from tests.servers.scripted_issuer import ScriptedIssuer, changed, scripted_issuer


@pytest.fixture
async def nextcloud() -> AsyncIterator[ScriptedIssuer]:
    async with scripted_issuer() as running:
        yield running


async def test_a_user_signs_in_by_core_oauth2(nextcloud: ScriptedIssuer) -> None:
    house = House(nextcloud_base_url=nextcloud.url)
    nextcloud.user = "Bob"
    address = await house.begin("/files")
    assert address.startswith(f"{nextcloud.url}/index.php/apps/oauth2/authorize?")
    assert "nonce" not in parse_qs(urlsplit(address).query)
    answer = await house.get("/auth/callback", **nextcloud.approve(address))
    assert answer.headers["location"] == "/files"
    (begun,) = house.sessions.begun
    assert (begun.user_id, begun.issuer, begun.id_token) == ("Bob", nextcloud.url, "")
    assert nextcloud.authorizations[0].startswith("Basic ")
    assert house.oidc.tokens is None
    assert await house.oidc.logout_address("") is None


@pytest.mark.parametrize("answer", [{}, {"ocs": {"data": []}}, {"ocs": {"data": {"id": 7}}}, {"ocs": 1}])
async def test_an_answer_of_ocs_that_names_nobody_begins_no_session(
    nextcloud: ScriptedIssuer, answer: dict[str, object]
) -> None:
    house = House(nextcloud_base_url=nextcloud.url)
    nextcloud.faults["/ocs/v2.php/cloud/user"] = lambda: JSONResponse(answer)
    back = nextcloud.approve(await house.begin())
    assert error_of(await house.get("/auth/callback", **back)) in ("UNAVAILABLE", "INVALID_CREDENTIALS")
    assert house.sessions.begun == []


async def test_the_app_oidc_is_found_and_its_userinfo_asked_for_the_user(nextcloud: ScriptedIssuer) -> None:
    nextcloud.faults["/.well-known/openid-configuration"] = lambda: Response(status_code=404)
    # As of version 2.0.9 its ID token names the user in `sub` only.
    nextcloud.id_token = lambda claims: nextcloud.sign(
        changed({**claims, "sub": "alice"}, {"preferred_username": None, "groups": None, "sid": None})
    )
    nextcloud.userinfo = {"sub": "alice", "preferred_username": "alice", "groups": ["doctors"]}
    house = House(nextcloud_oidc_issuer=nextcloud.url)
    address = await house.begin()
    assert parse_qs(urlsplit(address).query)["scope"] == ["openid profile groups"]
    assert error_of(await house.get("/auth/callback", **nextcloud.approve(address))) == ""
    assert house.sessions.begun[0].user_id == "alice"
    assert house.sessions.begun[0].subject == "alice"
