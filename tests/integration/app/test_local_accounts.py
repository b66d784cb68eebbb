"""Local accounts in the whole product: registered by a mail that came by STARTTLS, used, and taken away."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.servers.local_accounts import Accounts, local_accounts

ANN = "ann@clinic.example"
FIRST, SECOND, THIRD = "kwal stift mond 7", "grau tipi lauch 9", "ofen specht rille 4"
HOME, AWAY = "198.51.100.7", "203.0.113.9"


async def post(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    """The data of an answer that is good."""
    answer = await client.post(f"auth/{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()["data"]


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def registered(accounts: Accounts, nobody: httpx.AsyncClient) -> str:
    """Ann has an account; an access token of hers."""
    refused = await nobody.post("auth/register", json={"email": "ann@elsewhere.example", "password": FIRST})
    assert refused.status_code == 403
    weak = await nobody.post("auth/register", json={"email": ANN, "password": "ann-clinic1"})
    assert code_of(weak) == "WEAK_PASSWORD"
    await post(nobody, "register", email=ANN, password=FIRST, name="Ann")
    token = await accounts.token(ANN, "verify")
    early = await nobody.post("auth/login", json={"email": ANN, "password": FIRST})
    assert code_of(early) == "INVALID_CREDENTIALS"
    await post(nobody, "verify", token=token)
    return await signed_in(nobody, FIRST)


async def signed_in(client: httpx.AsyncClient, password: str, **second: str) -> str:
    """Sign in, by a second factor where one is asked for; the access token."""
    given = await post(client, "login", email=ANN, password=password)
    if second:
        given = await post(client, "login/second", challenge=given["second"]["challenge"], **second)
    return str(given["tokens"]["access"])


async def with_app(accounts: Accounts, access: str) -> tuple[pyotp.TOTP, list[str]]:
    """Add an authenticator app; it, and the recovery codes."""
    async with accounts.client(HOME, access) as ann:
        made = await post(ann, "second-factors/totp")
        assert made["qr"].startswith("data:image/svg+xml")
        app = pyotp.parse_uri(made["uri"])
        assert isinstance(app, pyotp.TOTP)
        return app, (await post(ann, "second-factors/totp/confirm", code=app.now()))["recovery_codes"]


async def answered(client: httpx.AsyncClient) -> str:
    """Ask the chat; what came of it."""
    asked = await client.post("chat/turns", json={"text": "When does the clinic open?"})
    assert asked.is_success, asked.text
    events = await client.get(
        f"chat/turns/{asked.json()['data']['turn_id']}/events", headers={"Accept": "text/event-stream"}
    )
    return events.text


async def refused_with(client: httpx.AsyncClient) -> str:
    """Wait until the session is refused: another process ended it. The code."""
    async with asyncio.timeout(10):
        while True:
            answer = await client.get("auth/me")
            if not answer.is_success:
                return code_of(answer)
            await asyncio.sleep(0.05)


@pytest.mark.timeout(300)
async def test_an_account_is_registered_used_secured_and_disabled_and_all_of_it_is_on_record(tmp_path: Path) -> None:
    async with local_accounts(tmp_path) as accounts, accounts.client(HOME) as nobody:
        assert (await nobody.get("status")).status_code == 401
        ways = (await nobody.get("auth/ways")).json()["data"]
        assert ways == {"oidc": None, "accounts": {"registration": True}}
        access = await registered(accounts, nobody)
        async with accounts.client(HOME, access) as ann:
            me = (await ann.get("auth/me")).json()["data"]
            assert (me["way"], me["roles"]) == ("account", ["user"])
            assert (await ann.get("audit")).status_code == 403
            assert "turn.done" in await answered(ann)

        app, codes = await with_app(accounts, access)
        elsewhere = await signed_in(nobody, FIRST, method="totp", code=app.at(datetime.now(UTC), counter_offset=1))
        async with accounts.client(AWAY, elsewhere) as away, accounts.client(HOME, access) as ann:
            given = await post(away, "password", old=FIRST, new=SECOND)
            assert await refused_with(ann) == "TOKEN_REVOKED"
            access = given["tokens"]["access"]
        old = await nobody.post("auth/login", json={"email": ANN, "password": FIRST})
        assert code_of(old) == "INVALID_CREDENTIALS"

        await post(nobody, "password/forgotten", email=ANN)
        async with accounts.client(AWAY, access) as away:
            await post(away, "password/reset", token=await accounts.token(ANN, "reset"), password=THIRD)
            assert await refused_with(away) == "TOKEN_REVOKED"
            access = await signed_in(away, THIRD, method="recovery", code=codes[0])

        async with accounts.client(AWAY, access) as away:
            assert "turn.done" in await answered(away)
            done = await asyncio.to_thread(accounts.command, "accounts", "disable", ANN)
            assert done.returncode == 0, done.stderr
            assert await refused_with(away) in ("TOKEN_REVOKED", "FORBIDDEN")
            disabled = await away.post("auth/login", json={"email": ANN, "password": THIRD})
            assert (disabled.status_code, code_of(disabled)) == (403, "FORBIDDEN")
        said = (await asyncio.to_thread(accounts.command, "accounts", "list", "--json")).stdout
        assert json.loads(said)["disabled"] is True

    verified = accounts.command("audit", "verify", "--json")
    assert json.loads(verified.stdout)["problem"] is None
    written = accounts.command("audit", "export").stdout
    kinds = {json.loads(line)["kind"] for line in written.splitlines()}
    assert kinds >= {
        "account.registration_asked",
        "account.created",
        "auth.login",
        "auth.second_factor_asked",
        "account.factor_added",
        "account.password_changed",
        "account.reset_asked",
        "account.password_reset",
        "account.disabled",
        "session.begun",
        "session.ended",
    }
    for secret in (FIRST, SECOND, THIRD, app.secret, *codes):
        assert secret not in written


@pytest.mark.timeout(300)
async def test_tries_are_limited_by_address_and_it_is_said_when_to_come_back(tmp_path: Path) -> None:
    async with local_accounts(tmp_path) as accounts, accounts.client(HOME) as home, accounts.client(AWAY) as away:
        for path, kept, body in (
            ("register", 5, {"password": FIRST}),
            ("login", 10, {"password": FIRST}),
        ):
            for number in range(kept):
                given = await home.post(f"auth/{path}", json={"email": f"one{number}@clinic.example", **body})
                assert given.status_code != 429
            refused = await home.post(f"auth/{path}", json={"email": ANN, **body})
            assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")
            assert 0 < int(refused.headers["retry-after"]) <= (3600 if path == "register" else 60)
            assert (await away.post(f"auth/{path}", json={"email": ANN, **body})).status_code != 429
