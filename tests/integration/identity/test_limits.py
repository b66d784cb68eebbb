"""How often something may be tried, alone and with other processes by a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from limits import RateLimitItemPerSecond
from redis.asyncio import Redis

from backend.errors import RateLimited
from backend.identity import limits
from backend.identity.limits import Limits
from tests.servers.redis import RedisServer


@pytest.fixture
async def pair(redis_server: RedisServer) -> AsyncIterator[tuple[Limits, Limits]]:
    """Two processes with one Redis."""
    one, other = Limits(redis_server.url, time.time), Limits(redis_server.url, time.time)
    yield one, other
    await one.close()
    await other.close()


async def tried(by: Limits, kind: str, key: str, most: int = 100) -> int:
    """How often it could be tried before there were too many."""
    for times in range(most):
        try:
            await by(kind, key)
        except RateLimited:
            return times
    return most


@pytest.mark.parametrize(
    ("kind", "most", "window"), [("registration", 5, 3600), ("login", 10, 60), ("refresh", 20, 60)]
)
async def test_each_kind_has_its_number_of_tries_and_says_when_the_next_one_counts(
    kind: str, most: int, window: int
) -> None:
    alone = Limits("", time.time)
    assert await tried(alone, kind, "address:192.0.2.7") == most
    with pytest.raises(RateLimited) as refused:
        await alone(kind, "address:192.0.2.7")
    assert refused.value.retry_after is not None
    assert window - 10 < refused.value.retry_after <= window


async def test_every_key_and_every_kind_is_counted_for_itself() -> None:
    alone = Limits("", time.time)
    assert await tried(alone, "login", "address:192.0.2.7") == 10
    assert await tried(alone, "login", "account:192.0.2.7") == 10
    assert await tried(alone, "refresh", "address:192.0.2.7") == 20


async def test_it_can_be_tried_again_when_it_was_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "login", RateLimitItemPerSecond(2))
    alone = Limits("", time.time)
    assert await tried(alone, "login", "ann") == 2
    async with asyncio.timeout(5):
        while await tried(alone, "login", "ann") == 0:  # noqa: ASYNC110 - the library has a clock of its own
            await asyncio.sleep(0.02)


async def test_processes_count_together_and_tell_redis_no_address(
    pair: tuple[Limits, Limits], redis_server: RedisServer
) -> None:
    one, other = pair
    assert await tried(one, "login", "address:192.0.2.7", most=6) == 6
    assert await tried(other, "login", "address:192.0.2.7") == 4
    assert await tried(other, "login", "address:192.0.2.8", most=1) == 1
    async with Redis.from_url(redis_server.url, protocol=2, decode_responses=True) as redis:
        keys = await redis.keys("*")
    assert len(keys) == 2
    assert not [key for key in keys if "192.0.2" in key]


async def test_while_redis_is_down_each_process_counts_for_itself(
    pair: tuple[Limits, Limits], redis_server: RedisServer
) -> None:
    one, other = pair
    assert await tried(one, "login", "ann") == 10
    redis_server.kill()
    assert await tried(one, "login", "ann") == 10
    assert await tried(other, "login", "ann") == 10
    redis_server.start()
    assert await tried(one, "login", "ann", most=6) == 6
    assert await tried(other, "login", "ann") == 4
