"""Ends that the issuer tells of, and what it is told."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.oidc.house import HOME, House
from tests.servers.oidc import CLIENT_ID
from tests.servers.scripted_issuer import ScriptedIssuer, rsa, scripted_issuer

PATH = "/auth/backchannel-logout"


@pytest.fixture
async def issuer() -> AsyncIterator[ScriptedIssuer]:
    async with scripted_issuer() as running:
        yield running


@pytest.fixture
def house(issuer: ScriptedIssuer) -> House:
    return House(nextcloud_oidc_issuer=issuer.url)


async def test_a_logout_token_ends_the_session_that_it_names(house: House, issuer: ScriptedIssuer) -> None:
    answer = await house.post(PATH, logout_token=issuer.logout_token(CLIENT_ID))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert house.sessions.ended == [(issuer.url, "session-1", "alice")]


@pytest.mark.parametrize("typ", ["logout+jwt", "application/logout+JWT", "JWT"])
async def test_without_a_session_it_ends_all_of_the_subject(house: House, issuer: ScriptedIssuer, typ: str) -> None:
    await house.post(PATH, logout_token=issuer.logout_token(CLIENT_ID, typ=typ, sid=None))
    assert house.sessions.ended == [(issuer.url, "", "alice")]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"nonce": "n"}, {"events": None}, {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": "yes"}}, {"jti": None}, {"exp": None},
        {"exp": 1}, {"iat": None}, {"iat": time.time() + 7_200}, {"sid": None, "sub": None}, {"typ": "at+jwt"},
    ],
)  # fmt: skip
async def test_a_logout_token_with_a_fault_ends_nothing(
    house: House, issuer: ScriptedIssuer, changes: dict[str, object]
) -> None:
    answer = await house.post(PATH, logout_token=issuer.logout_token(CLIENT_ID, **changes))  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == "logout_token"
    assert house.sessions.ended == []
    assert [event.outcome for event in house.events] == ["refused"]
    assert (await house.post(PATH, logout_token=issuer.logout_token(CLIENT_ID))).status_code == 200


async def test_a_logout_token_of_a_foreign_key_ends_nothing(house: House, issuer: ScriptedIssuer) -> None:
    issuer.key = rsa("first")  # the published one has the same name
    assert (await house.post(PATH, logout_token=issuer.logout_token(CLIENT_ID))).status_code == 400
    assert house.sessions.ended == []


async def test_a_logout_token_is_used_once(house: House, issuer: ScriptedIssuer) -> None:
    token = issuer.logout_token(CLIENT_ID)
    assert (await house.post(PATH, logout_token=token)).status_code == 200
    assert (await house.post(PATH, logout_token=token)).status_code == 400
    house.clock.ahead = timedelta(seconds=150)  # within the leeway of a token that has expired
    assert (await house.post(PATH, logout_token=token)).status_code == 400
    assert len(house.sessions.ended) == 1


async def test_a_logout_that_could_not_be_done_is_tried_again(house: House, issuer: ScriptedIssuer) -> None:
    token = issuer.logout_token(CLIENT_ID)
    house.sessions.broken = True
    assert (await house.post(PATH, logout_token=token)).status_code == 503
    house.sessions.broken = False
    house.recording = False
    assert (await house.post(PATH, logout_token=token)).status_code == 503
    assert house.sessions.ended == []
    house.recording = True
    assert (await house.post(PATH, logout_token=token)).status_code == 200


@pytest.mark.parametrize("form", [{}, {"other": "x"}, {"logout_token": "x" * 40_000}, {"logout_token": "ü"}])
async def test_what_is_no_logout_token_is_bad_input(house: House, form: dict[str, str]) -> None:
    answer = await house.post(PATH, **form)
    assert (answer.status_code, answer.json()["success"]) == (400, False)


async def test_a_browser_may_end_a_session_that_it_can_name(house: House, issuer: ScriptedIssuer) -> None:
    assert (await house.get("/auth/frontchannel-logout", iss=issuer.url, sid="s")).status_code == 403
    house.clock.ahead = timedelta(hours=2)
    issuer.metadata = {"frontchannel_logout_supported": True, "frontchannel_logout_session_supported": True}
    for query in ({"iss": issuer.url}, {"sid": "s"}, {"iss": "https://evil.example", "sid": "s"}, {"iss": "ü"}):
        assert (await house.get("/auth/frontchannel-logout", **query)).status_code == 403
    assert house.sessions.ended == []
    assert (await house.get("/auth/frontchannel-logout", iss=issuer.url, sid="s")).status_code == 200
    assert house.sessions.ended == [(issuer.url, "s", "")]


async def test_signing_out_goes_on_at_the_issuer(house: House, issuer: ScriptedIssuer) -> None:
    assert await house.oidc.logout_address("") is None
    house.clock.ahead = timedelta(hours=2)
    issuer.metadata = {"end_session_endpoint": f"{issuer.url}/goodbye"}
    token = issuer.sign({"exp": 1})
    address = await house.oidc.logout_address(token)
    assert address is not None
    assert address.startswith(f"{issuer.url}/goodbye?")
    assert parse_qs(urlsplit(address).query) == {
        "client_id": [CLIENT_ID],
        "id_token_hint": [token],
        "post_logout_redirect_uri": [f"{HOME}/"],
    }


async def test_nextclouds_app_is_not_shown_a_token_that_has_expired(house: House, issuer: ScriptedIssuer) -> None:
    issuer.metadata = {"end_session_endpoint": f"{issuer.url}/index.php/apps/oidc/logout"}
    assert "id_token_hint" not in str(await house.oidc.logout_address(issuer.sign({"exp": 1})))
    assert "id_token_hint" in str(await house.oidc.logout_address(issuer.sign({"exp": time.time() + 600})))


async def test_signing_out_here_works_while_the_issuer_is_away() -> None:
    async with scripted_issuer() as issuer:
        house = House(nextcloud_oidc_issuer=issuer.url)
    assert await house.oidc.logout_address("") is None
