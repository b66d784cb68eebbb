"""Signing in at `oidc-provider`, a certified implementation that is not ours."""

import httpx
import pytest

from tests.integration.oidc.house import House, error_of
from tests.servers.listening import listening
from tests.servers.oidc import Person, oidc_provider

ACCOUNTS = {"alice": ["doctors", "admin"], "Bob": [], "mallory": []}


async def test_a_user_signs_in_and_comes_back_where_she_was() -> None:
    async with oidc_provider("http://localhost:9031", ACCOUNTS) as issuer, Person("alice") as alice:
        house = House(nextcloud_oidc_issuer=issuer.url)
        back = await alice.follow(await house.begin("/?x=1#/chat"), "http://localhost:9031/auth/callback")
        answer = await house.come_back(back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?x=1#/chat")
        assert "__Host-voiceassist-access=access" in answer.headers["set-cookie"]
        (begun,) = house.sessions.begun
        assert (begun.user_id, begun.issuer, begun.subject) == ("alice", issuer.url, "alice")
        assert begun.issuer_session
        assert begun.id_token.count(".") == 2
        assert [(event.kind, event.user_id, event.outcome) for event in house.events] == [
            ("auth.login", "alice", "success")
        ]


async def test_the_way_back_works_once() -> None:
    async with oidc_provider("http://localhost:9031", ACCOUNTS) as issuer, Person("alice") as alice:
        house = House(nextcloud_oidc_issuer=issuer.url)
        back = await alice.follow(await house.begin(), "http://localhost:9031/auth/callback")
        kept = house.cookie
        assert error_of(await house.come_back(back)) == ""
        house.cookie = kept  # a browser that did not forget it
        assert error_of(await house.come_back(back)) == "FORBIDDEN"
        assert len(house.sessions.begun) == 1


async def test_a_code_that_was_used_is_refused_by_the_issuer() -> None:
    async with oidc_provider("http://localhost:9031", ACCOUNTS) as issuer, Person("alice") as alice:
        house = House(nextcloud_oidc_issuer=issuer.url)
        back = await alice.follow(await house.begin(), "http://localhost:9031/auth/callback")
        used = dict(httpx.URL(back).params)
        assert error_of(await house.come_back(back)) == ""
        fresh = await alice.follow(await house.begin(), "http://localhost:9031/auth/callback")
        mixed = httpx.URL(fresh).copy_set_param("code", used["code"])
        assert error_of(await house.come_back(str(mixed))) == "FORBIDDEN"
        assert len(house.sessions.begun) == 1


async def test_whom_nextcloud_does_not_know_does_not_enter() -> None:
    async with oidc_provider("http://localhost:9031", ACCOUNTS) as issuer, Person("mallory") as mallory:
        house = House(nextcloud_oidc_issuer=issuer.url)
        back = await mallory.follow(await house.begin(), "http://localhost:9031/auth/callback")
        assert error_of(await house.come_back(back)) == "FORBIDDEN"
        assert house.sessions.begun == []
        assert [event.outcome for event in house.events] == ["refused"]


async def test_an_issuer_under_another_name_is_not_the_one_that_is_configured() -> None:
    async with oidc_provider("http://localhost:9031", ACCOUNTS) as issuer:
        house = House(nextcloud_oidc_issuer=issuer.url.replace("127.0.0.1", "localhost"))
        assert error_of(await house.get("/auth/login")) == "UNAVAILABLE"
        assert (await House(nextcloud_oidc_issuer=issuer.url).begin()).startswith(issuer.url)


async def test_signing_out_at_the_issuer_ends_the_session_here_by_its_back_channel() -> None:
    async with (
        listening() as (home, serve),
        oidc_provider(home, ACCOUNTS) as issuer,
        Person("alice") as alice,
    ):
        house = House(nextcloud_oidc_issuer=issuer.url, nextcloud_redirect_uri=f"{home}/auth/callback")
        async with serve(house.app):
            back = await alice.follow(await house.begin(), f"{home}/auth/callback")
            assert error_of(await house.come_back(back)) == ""
            (begun,) = house.sessions.begun
            goodbye = await house.oidc.logout_address(begun.id_token)
            assert goodbye is not None
            assert "id_token_hint" in goodbye
            assert await alice.follow(goodbye, f"{home}/") == f"{home}/"
            assert house.sessions.ended == [(issuer.url, begun.issuer_session, "alice")]
            assert house.events[-1].kind == "auth.logout.issuer"


@pytest.mark.parametrize("secret", ["wrong", ""])
async def test_the_issuer_refuses_us_without_our_secret(secret: str) -> None:
    async with oidc_provider("http://localhost:9031", ACCOUNTS) as issuer, Person("alice") as alice:
        house = House(nextcloud_oidc_issuer=issuer.url, nextcloud_client_secret=secret)
        back = await alice.follow(await house.begin(), "http://localhost:9031/auth/callback")
        assert error_of(await house.come_back(back)) == "FORBIDDEN"
