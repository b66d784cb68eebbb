"""Registering, signing in, changing and resetting passwords."""

import asyncio

import pytest
from sqlalchemy import select, update

from backend.errors import Unavailable
from backend.identity.accounts.lockout import FREE_FAILURES
from backend.identity.accounts.tables import AccountRow, RegistrationRow, ResetRow
from backend.identity.events import Outcome
from backend.identity.principal import Role
from tests.integration.accounts.desk import ANN, OTHER, SECRET, Desk


async def test_an_account_comes_to_be_when_its_address_is_proven_and_is_a_users(desk: Desk) -> None:
    await desk.data("POST", "/register", {"email": " Ann@Clinic.example", "password": SECRET, "name": "Ann"})
    assert (await desk.login()).status_code == 401
    token = await desk.token_of_mail()
    await desk.data("POST", "/verify", {"token": token})
    account = await desk.accounts.directory.by_email(ANN)
    assert account.roles == {Role.USER}
    assert (await desk.login()).json()["data"]["tokens"]["access"] in desk.sessions.open
    assert (await desk.call("POST", "/verify", {"token": token})).status_code == 422
    assert await desk.data("GET", "/account", access=await desk.access()) == {"email": ANN, "name": "Ann"}


async def test_a_registration_is_over_after_a_day(desk: Desk) -> None:
    await desk.data("POST", "/register", {"email": ANN, "password": SECRET, "name": ""})
    token = await desk.token_of_mail()
    desk.wait(days=1, seconds=1)
    assert (await desk.call("POST", "/verify", {"token": token})).status_code == 422


async def test_no_answer_tells_whether_an_address_has_an_account(desk: Desk) -> None:
    await desk.register()
    for path, more in (("/register", {"password": SECRET, "name": ""}), ("/password/forgotten", {})):
        known = await desk.call("POST", path, {"email": ANN, **more})
        unknown = await desk.call("POST", path, {"email": "bob@clinic.example", **more})
        assert known.status_code == unknown.status_code == 202
        assert known.json()["data"] == unknown.json()["data"]
    wrong, nobody = await desk.login("wrong"), await desk.login(SECRET, "carl@clinic.example")
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json()["error"] == nobody.json()["error"]
    assert wrong.json()["error"]["code"] == "INVALID_CREDENTIALS"
    await desk.accounts.outbox.close()
    assert "You have an account at VoiceAssist already" in desk.postbox.subjects()


async def test_an_address_waits_longer_after_each_failure_with_an_account_or_without(desk: Desk) -> None:
    await desk.register()
    for email in (ANN, "nobody@clinic.example"):
        for _ in range(FREE_FAILURES):
            assert (await desk.login("wrong", email)).status_code == 401
        refused = await desk.login(SECRET, email)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    desk.wait(seconds=31)
    assert (await desk.login("wrong")).status_code == 401
    assert (await desk.login()).headers["retry-after"] == "60"
    desk.wait(seconds=61)
    assert (await desk.login()).status_code == 200
    assert (await desk.login("wrong")).status_code == 401
    assert (await desk.login()).status_code == 200


async def test_many_guesses_at_once_are_no_more_than_one_after_the_other(desk: Desk) -> None:
    await desk.register()
    codes = [answer.status_code for answer in await asyncio.gather(*(desk.login("wrong") for _ in range(30)))]
    assert (codes.count(401), codes.count(429)) == (FREE_FAILURES, 30 - FREE_FAILURES)


async def test_no_sign_in_happens_that_cannot_be_recorded(desk: Desk) -> None:
    await desk.register()
    desk.record_fails = Unavailable("The audit cannot be written.")
    assert (await desk.login()).status_code == 503
    assert not desk.sessions.open
    desk.record_fails = None
    assert (await desk.login()).status_code == 200


async def test_a_changed_password_ends_all_sessions_and_begins_one(desk: Desk) -> None:
    await desk.register()
    elsewhere, here = await desk.access(), await desk.access()
    assert (await desk.call("POST", "/password", {"old": "wrong", "new": OTHER}, here)).status_code == 401
    weak = await desk.call("POST", "/password", {"old": SECRET, "new": "password1"}, here)
    assert weak.json()["error"]["code"] == "WEAK_PASSWORD"
    assert elsewhere in desk.sessions.open
    tokens = (await desk.data("POST", "/password", {"old": SECRET, "new": OTHER}, here))["tokens"]
    assert list(desk.sessions.open) == [tokens["access"]]
    assert (await desk.login(SECRET)).status_code == 401
    assert (await desk.login(OTHER)).status_code == 200


async def test_a_reset_link_serves_once_ends_sessions_and_the_wait(desk: Desk) -> None:
    await desk.register()
    await desk.access()
    for _ in range(FREE_FAILURES):
        await desk.login("wrong")
    await desk.data("POST", "/password/forgotten", {"email": ANN})
    token = await desk.token_of_mail()
    assert (await desk.call("POST", "/password/reset", {"token": token, "password": "12345678"})).status_code == 422
    await desk.data("POST", "/password/reset", {"token": token, "password": OTHER})
    assert not desk.sessions.open
    assert (await desk.login(OTHER)).status_code == 200
    assert (await desk.call("POST", "/password/reset", {"token": token, "password": SECRET})).status_code == 422


async def test_a_reset_link_is_over_after_an_hour(desk: Desk) -> None:
    await desk.register()
    await desk.data("POST", "/password/forgotten", {"email": ANN})
    token = await desk.token_of_mail()
    desk.wait(hours=1, seconds=1)
    assert (await desk.call("POST", "/password/reset", {"token": token, "password": OTHER})).status_code == 422
    assert (await desk.login()).status_code == 200


async def test_a_disabled_account_is_refused_at_once(desk: Desk) -> None:
    await desk.register()
    access = await desk.access()
    await desk.accounts.administration.disable(ANN)
    assert access not in desk.sessions.open
    assert (await desk.login()).status_code == 403
    assert (await desk.login("wrong")).json()["error"]["code"] == "INVALID_CREDENTIALS"
    await desk.accounts.administration.enable(ANN)
    assert (await desk.login()).status_code == 200


async def test_tokens_and_passwords_are_kept_as_hashes_and_told_to_nobody(desk: Desk) -> None:
    await desk.register()
    await desk.login("typed here by mistake")
    await desk.data("POST", "/password/forgotten", {"email": ANN})
    token = await desk.token_of_mail()
    async with desk.database.reading() as session:
        stored = [
            str(vars(row))
            for table in (AccountRow, RegistrationRow, ResetRow)
            for row in await session.scalars(select(table))
        ]
    told = str(desk.events)
    for secret in (SECRET, token, "typed here by mistake"):
        assert secret not in "".join(stored) + told
    assert Outcome.REFUSED in {event.outcome for event in desk.events}


async def test_a_better_hash_is_kept_at_the_next_sign_in(desk: Desk) -> None:
    bcrypt = pytest.importorskip("bcrypt")
    await desk.register()
    old = bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(4)).decode()
    async with desk.database.transaction() as session:
        await session.execute(update(AccountRow).values(password=old))
    answers = await asyncio.gather(*(desk.login() for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    async with desk.database.reading() as session:
        assert str(await session.scalar(select(AccountRow.password))).startswith("$argon2id$")
    assert (await desk.login()).status_code == 200


async def test_200_sign_ins_at_once_are_all_served(desk: Desk) -> None:
    roles = frozenset({Role.USER})
    hashed = await desk.accounts.passwords.hash(SECRET)
    emails = [f"user{number}@clinic.example" for number in range(200)]
    for email in emails:
        await desk.accounts.administration.add(email, "", roles)
    async with desk.database.transaction() as session:
        await session.execute(update(AccountRow).values(password=hashed, password_at=desk.now))
    answers = await asyncio.gather(*(desk.login(SECRET, email) for email in emails))
    assert {answer.status_code for answer in answers} == {200}
    assert len(desk.sessions.open) == 200
