"""Second factors: authenticator apps, passkeys, recovery codes."""

import asyncio
from typing import Any

import pyotp
import pytest
from cryptography.fernet import Fernet

from backend.identity.accounts.signing_in import MOST_TRIES
from backend.identity.accounts.tables import FactorRow
from backend.resealing import reseal
from backend.vault import Vault
from tests.integration.accounts.desk import ANN, PAGE, Desk
from tests.servers.authenticator import Authenticator


async def with_app(desk: Desk) -> tuple[str, str, list[str]]:
    """An account with an app: its access token, secret and recovery codes. A code of now can be used again."""
    await desk.register()
    access = await desk.access()
    secret = (await desk.data("POST", "/second-factors/totp", access=access))["secret"]
    code = {"code": pyotp.TOTP(secret).at(desk.now)}
    codes = (await desk.data("POST", "/second-factors/totp/confirm", code, access))["recovery_codes"]
    desk.wait(seconds=60)
    return access, secret, codes


async def give(desk: Desk, challenge: str, method: str, **answer: Any) -> Any:
    return await desk.call("POST", "/login/second", {"challenge": challenge, "method": method, **answer})


async def test_an_app_counts_once_it_is_confirmed_and_each_code_serves_once(desk: Desk) -> None:
    _, secret, codes = await with_app(desk)
    assert len(set(codes)) == 10
    asked = await desk.second()
    assert asked["methods"] == ["totp", "recovery"]
    code = pyotp.TOTP(secret).at(desk.now)
    assert (await give(desk, asked["challenge"], "totp", code=code)).json()["data"]["tokens"]
    assert (await give(desk, asked["challenge"], "totp", code=code)).status_code == 401
    again = (await desk.second())["challenge"]
    assert (await give(desk, again, "totp", code=code)).status_code == 401
    desk.wait(seconds=30)
    assert (await give(desk, again, "totp", code=pyotp.TOTP(secret).at(desk.now))).status_code == 200


async def test_of_two_tries_at_once_with_one_code_one_succeeds(desk: Desk) -> None:
    _, secret, _ = await with_app(desk)
    challenges = [(await desk.second())["challenge"] for _ in range(2)]
    code = pyotp.TOTP(secret).at(desk.now)
    answers = await asyncio.gather(*(give(desk, one, "totp", code=code) for one in challenges))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
async def test_a_code_of_one_step_to_either_side_is_taken(desk: Desk, steps: int, status: int) -> None:
    _, secret, _ = await with_app(desk)
    desk.wait(seconds=60)
    code = pyotp.TOTP(secret).at(desk.now, counter_offset=steps)
    assert (await give(desk, (await desk.second())["challenge"], "totp", code=code)).status_code == status


async def test_a_half_done_sign_in_is_over_after_some_tries_and_after_five_minutes(desk: Desk) -> None:
    _, secret, _ = await with_app(desk)
    challenge = (await desk.second())["challenge"]
    for _ in range(MOST_TRIES):
        assert (await give(desk, challenge, "totp", code="000000")).status_code == 401
    desk.wait(seconds=31)  # that many failures make the address wait as well
    good = pyotp.TOTP(secret).at(desk.now)
    assert (await give(desk, challenge, "totp", code=good)).status_code == 401
    late = (await desk.second())["challenge"]
    desk.wait(minutes=5, seconds=1)
    assert (await give(desk, late, "totp", code=pyotp.TOTP(secret).at(desk.now))).status_code == 401


async def test_recovery_codes_serve_once_and_new_ones_replace_them(desk: Desk) -> None:
    access, _, codes = await with_app(desk)
    typed = codes[0].lower().replace("-", " ")
    assert (await give(desk, (await desk.second())["challenge"], "recovery", code=typed)).status_code == 200
    assert (await give(desk, (await desk.second())["challenge"], "recovery", code=codes[0])).status_code == 401
    assert (await desk.data("GET", "/second-factors", access=access))["recovery_codes_left"] == 9
    fresh = (await desk.data("POST", "/second-factors/recovery-codes", access=access))["recovery_codes"]
    assert (await give(desk, (await desk.second())["challenge"], "recovery", code=codes[1])).status_code == 401
    assert (await give(desk, (await desk.second())["challenge"], "recovery", code=fresh[0])).status_code == 200


async def with_key(desk: Desk, **how: Any) -> tuple[str, Authenticator]:
    await desk.register()
    access = await desk.access()
    key = Authenticator(PAGE, **how)
    made = key.create(await desk.data("POST", "/second-factors/webauthn/options", access=access))
    await desk.data("POST", "/second-factors/webauthn", {"credential": made, "name": "Blue key"}, access)
    return access, key


async def test_a_passkey_signs_in_and_its_signature_serves_once(desk: Desk) -> None:
    access, key = await with_key(desk)
    asked = await desk.second()
    assert asked["methods"] == ["webauthn", "recovery"]
    signed = key.get(asked["webauthn"])
    assert (await give(desk, asked["challenge"], "webauthn", credential=signed)).status_code == 200
    assert (await give(desk, asked["challenge"], "webauthn", credential=signed)).status_code == 401
    other = await desk.second()
    assert (await give(desk, other["challenge"], "webauthn", credential=signed)).status_code == 401
    [factor] = (await desk.data("GET", "/second-factors", access=access))["factors"]
    assert (factor["kind"], factor["name"], factor["used_at"] is not None) == ("webauthn", "Blue key", True)


async def test_a_challenge_of_a_passkey_serves_one_try(desk: Desk) -> None:
    _, key = await with_key(desk)
    asked = await desk.second()
    assert (await give(desk, asked["challenge"], "webauthn", credential={"id": key.id})).status_code == 401
    signed = key.get(asked["webauthn"])
    assert (await give(desk, asked["challenge"], "webauthn", credential=signed)).status_code == 401


@pytest.mark.parametrize("fault", ["origin", "counter", "unverified", "other key"])
async def test_a_passkey_with_a_fault_is_refused(desk: Desk, fault: str) -> None:
    _, key = await with_key(desk, counter=5)
    match fault:
        case "origin":
            key.origin = "https://evil.example"
        case "counter":
            key.counter = 4
        case "unverified":
            key.verifies = False
        case "other key":
            key.key = Authenticator(PAGE).key
    asked = await desk.second()
    refused = await give(desk, asked["challenge"], "webauthn", credential=key.get(asked["webauthn"]))
    assert refused.json()["error"]["code"] == "INVALID_CREDENTIALS"


async def test_a_passkey_of_another_page_or_without_a_challenge_is_not_added(desk: Desk) -> None:
    await desk.register()
    access = await desk.access()
    options = await desk.data("POST", "/second-factors/webauthn/options", access=access)
    body = {"credential": Authenticator("https://evil.example").create(options), "name": ""}
    assert (await desk.call("POST", "/second-factors/webauthn", body, access)).status_code == 422
    body = {"credential": Authenticator(PAGE).create(options), "name": ""}
    assert (await desk.call("POST", "/second-factors/webauthn", body, access)).status_code == 409


async def test_with_the_last_factor_the_recovery_codes_go(desk: Desk) -> None:
    access, _, _ = await with_app(desk)
    [factor] = (await desk.data("GET", "/second-factors", access=access))["factors"]
    assert (await desk.call("DELETE", "/second-factors/other", access=access)).status_code == 404
    await desk.data("DELETE", f"/second-factors/{factor['id']}", access=access)
    assert await desk.data("GET", "/second-factors", access=access) == {"factors": [], "recovery_codes_left": 0}
    assert (await desk.login()).json()["data"]["tokens"]


async def test_an_administrator_resets_the_second_factors(desk: Desk) -> None:
    await with_app(desk)
    await desk.accounts.administration.reset_second_factor(ANN)
    assert not desk.sessions.open
    assert (await desk.login()).json()["data"]["tokens"]


async def test_secrets_of_apps_move_to_a_new_key(desk: Desk, keys: list[str]) -> None:
    await with_app(desk)
    new = Fernet.generate_key().decode()
    done = await reseal(desk.database, FactorRow.secret, Vault([new, *keys]))
    assert (done.renewed, done.lost) == (1, 0)
    assert (await reseal(desk.database, FactorRow.secret, Vault([new]))).current == 1
