"""What was revoked: one contract for both stores, and what holds when a store is down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from backend.database import Database
from backend.errors import TokenRevoked, Unavailable
from backend.identity.principal import Role
from backend.identity.session import Tokens
from backend.identity.sessions.revocations import Mark, Revocations, Store
from backend.identity.sessions.stores import RedisStore, SqlStore
from tests.integration.identity.desk import Clock, Desk
from tests.servers.redis import RedisServer

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["records", "redis"])
async def make(
    request: pytest.FixtureRequest, clock: Clock, records: Database
) -> AsyncIterator[Callable[[], Revocations]]:
    """Makes processes that share a store."""
    made: list[Revocations] = []
    if request.param == "redis":
        url = request.getfixturevalue("redis_server").url

    def process() -> Revocations:
        store: Store = RedisStore(url) if request.param == "redis" else SqlStore(records, clock)
        made.append(Revocations(store, clock))
        return made[-1]

    yield process
    for revocations in made:
        await revocations.close()


async def until(asked: Callable[[], Awaitable[bool]], *, wanted: bool) -> None:
    """Ask until the answer is the wanted one."""
    async with asyncio.timeout(10):
        while await asked() is not wanted:  # noqa: ASYNC110 - what is asked has no event
            await asyncio.sleep(0.01)


async def is_certain(desk: Desk, tokens: Tokens) -> bool:
    return (await desk.sessions.check(tokens.access)).certain


async def can_check(desk: Desk, tokens: Tokens) -> bool:
    try:
        await desk.sessions.check(tokens.access)
    except Unavailable:
        return False
    return True


async def test_a_mark_refuses_here_and_elsewhere_until_it_is_over(
    make: Callable[[], Revocations], clock: Clock
) -> None:
    here, elsewhere, later = make(), make(), make()
    assert not await elsewhere.refused("session:a", clock())
    told = asyncio.Event()
    elsewhere.on_change(told.set)
    elsewhere.start()
    issued = clock()
    await here.revoke([Mark("session:a", None, clock() + HOUR), Mark("user:ann", clock(), clock() + 2 * HOUR)])
    await asyncio.wait_for(told.wait(), 30)
    clock.move(60)
    for process in (here, elsewhere, later):
        assert await process.refused("session:a", clock())
        assert not await process.refused("session:b", issued)
        assert await process.refused("user:ann", issued)
        assert not await process.refused("user:ann", clock())
    clock.move(3600)
    for process in (here, elsewhere, make()):
        assert not await process.refused("session:a", issued)
        assert await process.refused("user:ann", issued)


class Halting:
    """A store with which no waiting for news comes to its end, as when the machine stands still meanwhile. It stands in
    for a real one, of which it leaves unproved what it is asked."""

    def __init__(self) -> None:
        self.failed = 0

    async def write(self, marks: Sequence[Mark]) -> None:
        """Nobody revokes anything here."""

    async def news(self, wait: bool) -> list[Mark]:
        if wait:
            await asyncio.sleep(0.01)
            self.failed += 1
            raise TimeoutError
        return []

    def start_over(self) -> None:
        """There is nothing to tell again."""

    async def close(self) -> None:
        """There is nothing to close."""


async def test_a_machine_that_stands_still_for_a_moment_is_not_taken_for_a_store_that_is_down(clock: Clock) -> None:
    store = Halting()
    revocations = Revocations(store, clock)
    revocations.start()
    try:
        async with asyncio.timeout(10):
            while store.failed < 3:
                assert not await revocations.refused("session:a", clock())
                await asyncio.sleep(0.001)
    finally:
        await revocations.close()


async def test_a_later_mark_of_a_user_goes_further(make: Callable[[], Revocations], clock: Clock) -> None:
    here = make()
    await here.revoke([Mark("user:ann", clock(), clock() + HOUR)])
    clock.move(60)
    between = clock()
    assert not await here.refused("user:ann", between)
    clock.move(1)
    await here.revoke([Mark("user:ann", clock(), clock() + HOUR)])
    assert await here.refused("user:ann", between)
    assert await make().refused("user:ann", between)


async def test_while_redis_is_down_sessions_read_as_plain_users_and_what_is_known_to_be_ended_stays_so(
    records: Database, clock: Clock, redis_server: RedisServer
) -> None:
    desk = Desk(records, clock, RedisStore(redis_server.url))
    closed = Desk(records, clock, RedisStore(redis_server.url), fails_open=False)
    desk.roles["ann"] = closed.roles["ann"] = frozenset({Role.USER, Role.ADMIN})
    ended, going_on, last = await desk.begin(), await desk.begin(), await desk.begin()
    await desk.sessions.end(ended.session_id, "signed out")
    desk.revocations.start()
    closed.revocations.start()
    try:
        for one in (desk, closed):
            principal = await one.sessions.check(going_on.access)
            assert principal.certain
            assert Role.ADMIN in principal.roles
        redis_server.kill()
        await until(lambda: is_certain(desk, going_on), wanted=False)
        assert (await desk.sessions.check(going_on.access)).roles == {Role.USER}
        with pytest.raises(TokenRevoked):
            await desk.sessions.check(ended.access)
        await until(lambda: can_check(closed, going_on), wanted=False)
        with pytest.raises(Unavailable):  # not told to others, but ended here and in the records
            await desk.sessions.end(last.session_id, "signed out")
        with pytest.raises(TokenRevoked):
            await desk.sessions.check(last.access)
        with pytest.raises(TokenRevoked):
            await closed.sessions.refresh(last.refresh)
        redis_server.start()
        await until(lambda: is_certain(desk, going_on), wanted=True)
        await desk.sessions.end(last.session_id, "signed out")  # once more, and the others are told
        await until(lambda: closed.revocations.refused(f"session:{last.session_id}", clock()), wanted=True)
    finally:
        await desk.revocations.close()
        await closed.revocations.close()
