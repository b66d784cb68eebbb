"""A user who signs out at the issuer: its own access tokens are refused here from then on, in the real sessions."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backend.database import Database
from backend.errors import TokenRevoked
from tests.integration.oidc.door import Door, open_door
from tests.integration.oidc.house import HOME


@pytest.fixture
async def door(database: Database) -> AsyncIterator[Door]:
    async with open_door(database) as opened:
        yield opened


async def test_the_tokens_of_the_session_that_ended_are_refused_and_others_are_not(door: Door) -> None:
    mine, other = door.issuer.access_token(HOME, sid="session-1"), door.issuer.access_token(HOME, sid="session-2")
    assert [await door.enter(mine), await door.enter(other)] == ["alice", "alice"]
    assert await door.log_out(sid="session-1") == 200
    with pytest.raises(TokenRevoked):
        await door.enter(mine)
    with pytest.raises(TokenRevoked):  # also one that the issuer gives out for that session by a mistake
        await door.enter(door.issuer.access_token(HOME, sid="session-1"))
    assert await door.enter(other) == "alice"


async def test_without_a_session_all_tokens_of_the_subject_until_now_are_refused(door: Door) -> None:
    tokens = [door.issuer.access_token(HOME, sid=sid) for sid in ("session-1", "session-2", None)]
    stranger = door.issuer.access_token(HOME, sub="sub-of-bob", preferred_username="bob")
    assert {await door.enter(token) for token in tokens} == {"alice"}
    assert await door.log_out(sid=None) == 200
    for token in tokens:
        with pytest.raises(TokenRevoked):
            await door.enter(token)
    # `bob` acts as the one person that is served; his tokens are another subject's.
    assert await door.enter(stranger) == "alice"
    door.clock.ahead = timedelta(seconds=5)
    later = door.clock().timestamp()
    assert await door.enter(door.issuer.access_token(HOME, iat=int(later), exp=int(later) + 60)) == "alice"


async def test_a_token_that_names_no_session_is_refused_after_any_logout_of_its_subject(door: Door) -> None:
    nameless = door.issuer.access_token(HOME)
    other = door.issuer.access_token(HOME, sub="sub-of-bob", preferred_username="bob")
    assert await door.enter(nameless) == "alice"
    assert await door.log_out(sid="session-1") == 200
    with pytest.raises(TokenRevoked):
        await door.enter(nameless)
    assert await door.enter(other) == "alice"
