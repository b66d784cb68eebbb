"""What a wrong or hostile issuer, or a hostile page, can try; and that the right thing in its place works."""

import asyncio
import hmac
import json
import time
import warnings
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.responses import JSONResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from backend.identity.oidc.opening import issuer_reach
from backend.identity.oidc.wire import Wire
from backend.settings import Settings
from tests.integration.oidc.house import House, error_of
from tests.servers.oidc import CLIENT_ID
from tests.servers.scripted_issuer import Claims, ScriptedIssuer, changed, rsa, scripted_issuer


@pytest.fixture
async def issuer() -> AsyncIterator[ScriptedIssuer]:
    async with scripted_issuer() as running:
        yield running


@pytest.fixture
def house(issuer: ScriptedIssuer) -> House:
    return House(nextcloud_oidc_issuer=issuer.url)


async def sign_in(house: House, issuer: ScriptedIssuer, **more: str) -> str:
    """Sign in: the code of the page that it ended on, empty where a session began."""
    back = issuer.approve(await house.begin())
    error = error_of(await house.get("/auth/callback", **{**back, **more}))
    assert (error == "") == (len(house.sessions.begun) == 1)
    return error


def with_public_key(issuer: ScriptedIssuer, claims: Claims) -> str:
    """HS256 with the public key, which everybody has, in place of a secret."""
    parts = [json.dumps({"alg": "HS256", "kid": issuer.key.kid}), json.dumps(claims)]
    content = ".".join(_encoded(part.encode()) for part in parts)
    return f"{content}.{_encoded(hmac.digest(issuer.key.as_pem(private=False), content.encode(), 'sha256'))}"


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(claims: Claims) -> str:
    parts = [json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims)]
    return ".".join(_encoded(part.encode()) for part in parts) + "."


def tampered(token: str) -> str:
    head, content, signature = token.split(".")
    content = content[:-1] + ("A" if content[-1] != "A" else "B")
    return ".".join((head, content, signature))


FORGERIES: dict[str, Callable[[ScriptedIssuer, Claims], str]] = {
    "another issuer": lambda i, c: i.sign({**c, "iss": "https://evil.example"}),
    "the issuer with a slash": lambda i, c: i.sign({**c, "iss": i.url + "/"}),
    "no issuer": lambda i, c: i.sign(changed(c, {"iss": None})),
    "another audience": lambda i, c: i.sign({**c, "aud": "another"}),
    "no audience": lambda i, c: i.sign(changed(c, {"aud": None})),
    "two audiences without azp": lambda i, c: i.sign({**c, "aud": [CLIENT_ID, "another"]}),
    "another azp": lambda i, c: i.sign({**c, "azp": "another"}),
    "another nonce": lambda i, c: i.sign({**c, "nonce": "another"}),
    "no nonce": lambda i, c: i.sign(changed(c, {"nonce": None})),
    "another access token": lambda i, c: i.sign({**c, "at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    "no subject": lambda i, c: i.sign(changed(c, {"sub": None})),
    "an access token's type": lambda i, c: i.sign(c, typ="at+jwt"),
    "a logout token's type": lambda i, c: i.sign(c, typ="logout+jwt"),
    "no exp": lambda i, c: i.sign(changed(c, {"exp": None})),
    "an endless exp": lambda i, c: i.sign({**c, "exp": float("inf")}),
    "an exp that is text": lambda i, c: i.sign({**c, "exp": "9999999999"}),
    "no iat": lambda i, c: i.sign(changed(c, {"iat": None})),
    "an iat to come": lambda i, c: i.sign({**c, "iat": c["iat"] + 90}),
    "an nbf to come": lambda i, c: i.sign({**c, "nbf": c["iat"] + 90}),
    "no signature": lambda i, c: unsigned(c),
    "the public key as a secret": with_public_key,
    "a key that is not the issuer's": lambda i, c: jwt.encode({"alg": "RS256", "kid": "first"}, c, rsa("first")),
    "a key that the token brings": lambda i, c: (
        lambda key: jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False)}, c, key)
    )(rsa("mine")),
    "a changed content": lambda i, c: tampered(i.sign(c)),
    "no token": lambda i, c: "not.a.token",
    "four parts": lambda i, c: i.sign(c) + ".x",
    "a user name that is none": lambda i, c: i.sign({**c, "preferred_username": "al\nice"}),
    "a user name that is a list": lambda i, c: i.sign({**c, "preferred_username": ["alice"]}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_id_token_with_a_fault_begins_no_session(house: House, issuer: ScriptedIssuer, forgery: str) -> None:
    issuer.id_token = lambda claims: FORGERIES[forgery](issuer, claims)
    assert await sign_in(house, issuer) == "INVALID_CREDENTIALS"
    assert [event.outcome for event in house.events] == ["refused"]
    issuer.id_token = issuer.sign
    assert await sign_in(house, issuer) == ""


async def test_an_id_token_that_has_expired_begins_no_session(house: House, issuer: ScriptedIssuer) -> None:
    issuer.id_token = lambda claims: issuer.sign({**claims, "iat": claims["iat"] - 600, "exp": claims["iat"] - 61})
    assert await sign_in(house, issuer) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("ahead", [-50, 50])
async def test_a_clock_may_be_off_by_the_leeway(house: House, issuer: ScriptedIssuer, ahead: int) -> None:
    issuer.id_token = lambda claims: issuer.sign(
        {**claims, "iat": claims["iat"] + ahead, "exp": claims["iat"] + ahead + 1}
    )
    assert await sign_in(house, issuer) == ""


async def test_azp_may_be_us(house: House, issuer: ScriptedIssuer) -> None:
    issuer.id_token = lambda claims: issuer.sign({**claims, "aud": [CLIENT_ID, "another"], "azp": CLIENT_ID})
    assert await sign_in(house, issuer) == ""


async def test_the_way_back_names_the_issuer_where_it_says_that_it_does(house: House, issuer: ScriptedIssuer) -> None:
    issuer.metadata = {"authorization_response_iss_parameter_supported": True}
    assert await sign_in(house, issuer) == "INVALID_CREDENTIALS"
    assert await sign_in(house, issuer, iss="https://evil.example") == "INVALID_CREDENTIALS"
    assert "/token" not in issuer.asked, "the code was shown to the wrong issuer"
    assert await sign_in(house, issuer, iss=issuer.url) == ""


async def test_only_the_browser_that_began_comes_back(house: House, issuer: ScriptedIssuer) -> None:
    back = issuer.approve(await house.begin())
    mine, house.cookie = house.cookie, ""
    assert error_of(await house.get("/auth/callback", **back)) == "FORBIDDEN"
    await house.begin()  # a victim's browser, which began a sign-in of its own
    assert error_of(await house.get("/auth/callback", **back)) == "FORBIDDEN"
    house.cookie = mine
    assert error_of(await house.get("/auth/callback", **{**back, "state": "ü"})) == "FORBIDDEN"
    house.cookie = mine
    assert error_of(await house.get("/auth/callback", **back)) == ""


async def test_a_sign_in_that_takes_too_long_is_begun_again(house: House, issuer: ScriptedIssuer) -> None:
    back = issuer.approve(await house.begin())
    house.clock.ahead = timedelta(minutes=10)
    assert error_of(await house.get("/auth/callback", **back)) == "FORBIDDEN"
    house.clock.ahead = timedelta(minutes=0)


async def test_a_stolen_code_is_worth_nothing_without_the_verifier(house: House, issuer: ScriptedIssuer) -> None:
    stolen = issuer.approve(await house.begin())["code"]
    mine = issuer.approve(await house.begin())
    assert error_of(await house.get("/auth/callback", **{**mine, "code": stolen})) == "FORBIDDEN"


@pytest.mark.parametrize(
    ("said", "code"),
    [("access_denied", "FORBIDDEN"), ("server_error", "INVALID_CREDENTIALS"), ("", "INVALID_CREDENTIALS")],
)
async def test_an_issuer_that_says_no_begins_no_session(
    house: House, issuer: ScriptedIssuer, said: str, code: str
) -> None:
    state = issuer.approve(await house.begin())["state"]
    assert error_of(await house.get("/auth/callback", state=state, error=said)) == code


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "evil", "",
     "/\r\nSet-Cookie: a=b", "javascript:alert(1)", "/" + "x" * 1_000, "/ü\u2028"],
)  # fmt: skip
async def test_nobody_is_sent_elsewhere_after_signing_in(house: House, issuer: ScriptedIssuer, path: str) -> None:
    assert error_of(await house.get("/auth/login", return_to=path)) == "VALIDATION_ERROR"
    assert (await house.begin("/files?q=1#/chat")).startswith(issuer.url)


async def test_new_keys_are_fetched_when_a_token_names_one(house: House, issuer: ScriptedIssuer) -> None:
    assert await sign_in(house, issuer) == ""
    house.sessions.begun.clear()
    issuer.key = rsa("second")
    issuer.published = [issuer.key]
    house.clock.ahead = timedelta(seconds=11)
    assert await sign_in(house, issuer) == ""
    assert issuer.asked.count("/jwks") == 2


async def test_a_key_of_a_foreign_name_makes_us_ask_once_in_a_while(house: House, issuer: ScriptedIssuer) -> None:
    tokens = house.oidc.tokens
    assert tokens is not None
    good = issuer.access_token("http://localhost:9031")
    await tokens.check(good)
    issuer.key = rsa("unpublished")
    for _ in range(20):
        with pytest.raises(Exception, match="signature is not the issuer's"):
            await tokens.check(issuer.access_token("http://localhost:9031"))
    assert issuer.asked.count("/jwks") == 1
    assert (await tokens.check(good)).user_id == "alice"


async def test_algorithms_are_those_that_are_listed(issuer: ScriptedIssuer) -> None:
    curve = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
    issuer.published = [issuer.key, curve]  # type: ignore[list-item]
    issuer.id_token = lambda claims: jwt.encode({"alg": "ES256", "kid": "curve"}, claims, curve)
    assert await sign_in(House(nextcloud_oidc_issuer=issuer.url), issuer) == "INVALID_CREDENTIALS"
    both = House(nextcloud_oidc_issuer=issuer.url, nextcloud_oidc_algorithms="RS256, ES256")
    assert await sign_in(both, issuer) == ""


async def test_a_short_key_is_no_key(house: House, issuer: ScriptedIssuer) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc says that it is short
        issuer.key = RSAKey.generate_key(1024, {"kid": "short"})
        issuer.published = [issuer.key]
        assert await sign_in(house, issuer) == "INVALID_CREDENTIALS"


BROKEN: dict[str, Callable[[ScriptedIssuer], Callable[[], Response]]] = {
    "endless": lambda issuer: issuer.huge,
    "slow": lambda issuer: issuer.dripping,
    "elsewhere": lambda issuer: issuer.elsewhere,
    "in error": lambda _: lambda: Response("<h1>Oops</h1>", 500),
    "not JSON": lambda _: lambda: Response("<h1>Hello</h1>"),
    "a list": lambda _: lambda: JSONResponse([1]),
    "deep": lambda _: lambda: Response("[" * 100_000),
    "compressed": lambda _: lambda: Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"])
async def test_a_broken_issuer_is_unavailable_and_nothing_hangs(issuer: ScriptedIssuer, path: str, broken: str) -> None:
    hurried = Wire(issuer_reach(Settings(_env_file=None)), total_seconds=3.0) if broken == "slow" else None
    house = House(hurried, nextcloud_oidc_issuer=issuer.url)
    issuer.id_token = lambda claims: issuer.sign(changed(claims, {"groups": None}))  # so that UserInfo is asked
    issuer.userinfo = {"sub": "sub-of-alice", "groups": ["nurses"]}
    issuer.faults[path] = BROKEN[broken](issuer)
    began = time.monotonic()
    if path.startswith("/.well-known"):
        error = error_of(await house.get("/auth/login"))
    else:
        error = await sign_in(house, issuer)
    assert (error, time.monotonic() - began < 30) == ("UNAVAILABLE", True)
    issuer.faults.clear()
    house.clock.ahead = timedelta(seconds=11)
    assert await sign_in(house, issuer) == ""


async def test_an_issuer_that_is_away_is_unavailable() -> None:
    async with scripted_issuer() as issuer:
        house = House(nextcloud_oidc_issuer=issuer.url)
    assert error_of(await house.get("/auth/login")) == "UNAVAILABLE"


async def test_userinfo_about_somebody_else_is_not_believed(house: House, issuer: ScriptedIssuer) -> None:
    issuer.id_token = lambda claims: issuer.sign(changed(claims, {"preferred_username": None}))
    issuer.userinfo = {"sub": "sub-of-mallory", "preferred_username": "alice"}
    assert await sign_in(house, issuer) == "INVALID_CREDENTIALS"
    issuer.userinfo = {"sub": "sub-of-alice", "preferred_username": "alice"}
    assert await sign_in(house, issuer) == ""
    assert issuer.authorizations[-1].startswith("Bearer ")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("value", ["http://evil.example/x", "javascript:alert(1)", "file:///etc/passwd", 7, None])
async def test_addresses_of_the_issuer_are_safe_ones(issuer: ScriptedIssuer, name: str, value: Any) -> None:
    issuer.metadata = {name: value}
    assert error_of(await House(nextcloud_oidc_issuer=issuer.url).get("/auth/login")) == "UNAVAILABLE"


async def test_a_sign_in_that_cannot_be_recorded_does_not_happen(house: House, issuer: ScriptedIssuer) -> None:
    house.recording = False
    assert await sign_in(house, issuer) == "UNAVAILABLE"
    house.recording = True
    assert await sign_in(house, issuer) == ""


async def test_too_many_tries_are_refused_before_the_issuer_is_asked(house: House, issuer: ScriptedIssuer) -> None:
    house.limited = True
    assert await sign_in(house, issuer) == "RATE_LIMITED"
    assert "/token" not in issuer.asked


async def test_two_hundred_people_sign_in_at_once(issuer: ScriptedIssuer) -> None:
    house = House(nextcloud_oidc_issuer=issuer.url)

    async def one() -> str:
        answer = await house.get("/auth/login")
        back = issuer.approve(answer.headers["location"])
        cookie = answer.cookies.get("__Host-voiceassist-sign-in") or house.cookie
        mine = House.__new__(House)
        mine.app, mine.cookie = house.app, cookie
        return error_of(await mine.get("/auth/callback", **back))

    errors = await asyncio.gather(*(one() for _ in range(200)))
    assert errors == [""] * 200
    assert len(house.sessions.begun) == 200
