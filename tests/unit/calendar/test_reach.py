"""What external calendars may be reached, and signing in at Google."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.fernet import Fernet

from backend.calendar.mirror.google import Google, GoogleApp, bearer
from backend.errors import NotAllowed, Unavailable
from backend.places import OwnHosts
from backend.reach import may_reach
from backend.vault import Vault
from tests.servers.faulty import FaultyServer, Request, Script, answer

NOWHERE = OwnHosts.of("")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1", "ff02::1"),
    ],
)
def test_addresses_of_our_own_networks_are_not_reached(address: str) -> None:
    assert not may_reach(address, NOWHERE)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_addresses_on_the_public_internet_are(address: str) -> None:
    assert may_reach(address, NOWHERE)


def test_a_listed_network_is_reached() -> None:
    assert may_reach("10.1.2.3", OwnHosts.of("10.1.0.0/16"))
    assert not may_reach("10.2.2.3", OwnHosts.of("10.1.0.0/16"))


class AuthorizationServer:
    """Google's token endpoint, played: codes and refresh tokens for access tokens, PKCE checked by who reads."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.refuses = False

    def respond(self, request: Request) -> Script:
        given = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        self.asked.append(given)
        if self.refuses:
            return answer("400 Bad Request", b'{"error": "invalid_grant"}', Content_Type="application/json")
        token: dict[str, object] = {
            "access_token": f"access-{len(self.asked)}",
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        if given["grant_type"] == "authorization_code":
            token["refresh_token"] = "refresh"
        return answer("200 OK", json.dumps(token).encode(), Content_Type="application/json")


@pytest.fixture
def played() -> Iterator[tuple[AuthorizationServer, str]]:
    server = AuthorizationServer()
    with FaultyServer(server.respond) as front:
        yield server, front.url


def _google(url: str, vault: Vault, now: datetime) -> Google:
    app = GoogleApp("client", "secret", "https://cloud.example/page", token=f"{url}/token")
    return Google(app, vault, lambda: now)


async def test_a_user_signs_in_and_tokens_are_refreshed_when_they_run_out(
    played: tuple[AuthorizationServer, str],
) -> None:
    server, url = played
    vault, now = Vault([Fernet.generate_key().decode()]), datetime.now(UTC)
    google = _google(url, vault, now)
    asked = {key: values[0] for key, values in parse_qs(urlsplit(google.start("ida", "ida@x.example")).query).items()}
    assert (asked["client_id"], asked["code_challenge_method"]) == ("client", "S256")
    assert (asked["access_type"], asked["redirect_uri"]) == ("offline", "https://cloud.example/page")
    assert "ida" not in asked["state"]

    calendar, tokens = await google.finish("ida", asked["state"], "the code")
    assert calendar == "ida@x.example"
    assert server.asked[0]["code"] == "the code"

    assert create_s256_code_challenge(server.asked[0]["code_verifier"]) == asked["code_challenge"]
    assert await google.fresh(tokens) == tokens

    later = _google(url, vault, now + timedelta(hours=2))
    fresh = json.loads(await later.fresh(tokens))
    assert (fresh["access_token"], fresh["refresh_token"]) == ("access-2", "refresh")
    assert server.asked[1]["grant_type"] == "refresh_token"

    class Wanted:
        headers: dict[str, str] = {}  # noqa: RUF012

    assert bearer(json.dumps(fresh))(Wanted()).headers == {"Authorization": "Bearer access-2"}


async def test_a_sign_in_of_another_user_or_of_yesterday_or_made_up_is_refused(
    played: tuple[AuthorizationServer, str],
) -> None:
    server, url = played
    vault, now = Vault([Fernet.generate_key().decode()]), datetime.now(UTC)
    google = _google(url, vault, now)
    state = parse_qs(urlsplit(google.start("ida", "ida@x.example")).query)["state"][0]
    for who, when, given in (
        ("eve", now, state),
        ("ida", now + timedelta(hours=1), state),
        ("ida", now, "made up"),
        ("ida", now, Vault([Fernet.generate_key().decode()]).seal("{}")),
    ):
        with pytest.raises(NotAllowed):
            await _google(url, vault, when).finish(who, given, "code")
    assert server.asked == []
    await google.finish("ida", state, "code")
    assert len(server.asked) == 1


async def test_a_permission_that_was_taken_back_and_a_google_that_is_down_are_told_apart(
    played: tuple[AuthorizationServer, str],
) -> None:
    server, url = played
    vault, now = Vault([Fernet.generate_key().decode()]), datetime.now(UTC)
    held = json.dumps({"access_token": "old", "refresh_token": "refresh", "expires_at": 0})
    server.refuses = True
    with pytest.raises(NotAllowed, match="Link it again"):
        await _google(url, vault, now).fresh(held)
    with pytest.raises(Unavailable):
        await _google("http://127.0.0.1:9", vault, now).fresh(held)
