"""AppAPI's shared secret at the door."""

import base64

import pytest
from starlette.datastructures import Headers

from backend.errors import NotSignedIn
from backend.identity.roles import Rights
from backend.nextcloud.appapi import AppApi, Clients
from backend.nextcloud.users import Users
from ex_app.auth import AppApiAuth

SECRET = "a-long-random-secret"
USERS = Users(Clients(AppApi("http://127.0.0.1:1", "voiceassist", "0.1.0", SECRET, "34.0.0")))
RIGHTS = Rights({}, {})
AUTH = AppApiAuth("voiceassist", SECRET, USERS, RIGHTS)


def headers(given: str | bytes, app_id: str = "voiceassist") -> Headers:
    raw = given.encode() if isinstance(given, str) else given
    return Headers({"AUTHORIZATION-APP-API": base64.b64encode(raw).decode(), "EX-APP-ID": app_id})


@pytest.mark.parametrize("user", ["alice", "", "Ann O'Neil@ward", "müller"])
def test_the_user_that_appapi_vouches_for_is_known(user: str) -> None:
    assert AUTH.caller(headers(f"{user}:{SECRET}")) == user


@pytest.mark.parametrize(
    "given",
    [
        headers("alice:wrong"),
        headers(f"alice:{SECRET}x"),
        headers(f"alice:{SECRET[:-1]}"),
        headers("alice"),
        headers(SECRET),
        headers(":"),
        headers(b"\xff\xfe:" + SECRET.encode()),
        headers(f"alice:{SECRET}", app_id="another"),
        Headers({"EX-APP-ID": "voiceassist", "AUTHORIZATION-APP-API": "not base64!"}),
        Headers({"EX-APP-ID": "voiceassist"}),
        Headers({}),
    ],
)
def test_whoever_does_not_know_the_secret_is_refused_without_being_told_it(given: Headers) -> None:
    with pytest.raises(NotSignedIn) as refusal:
        AUTH.caller(given)
    assert SECRET not in str(refusal.value)
    assert SECRET not in repr(refusal.value)


def test_an_empty_secret_lets_nobody_in_because_it_does_not_start() -> None:
    with pytest.raises(ValueError, match="APP_SECRET"):
        AppApiAuth("voiceassist", "", USERS, RIGHTS)


def test_the_secret_is_not_in_what_is_printed_of_the_client() -> None:
    assert SECRET not in repr(AppApi("http://127.0.0.1:1", "voiceassist", "0.1.0", SECRET, "34.0.0"))
