"""How often something may be tried: counted over a moving window, shared by Redis where there is one."""

import hashlib
import math
from collections.abc import Callable

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from backend.errors import RateLimited
from backend.settings import Settings

log = structlog.get_logger(__name__)

# By address and by account.
LIMITS: dict[str, RateLimitItem] = {
    "registration": RateLimitItemPerHour(5),
    "login": RateLimitItemPerMinute(10),
    "refresh": RateLimitItemPerMinute(20),
    # A page asks while a password is typed, at each pause.
    "strength": RateLimitItemPerMinute(60),
}
# Redis may take this long (seconds) to answer.
_ANSWER_SECONDS = 1.0


class Limits:
    """The `Limiter` of VoiceAssist. `redis_url` may be empty; `now` gives seconds since 1970.

    While Redis is down every process counts for itself: nobody is locked out, and guessing is still slow.
    """

    def __init__(self, redis_url: str, now: Callable[[], float]) -> None:
        self._now = now
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        self._connections: ConnectionPool | None = None
        if redis_url:
            self._connections = ConnectionPool.from_url(
                redis_url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
            )
            storage = RedisStorage(
                f"async+{redis_url}",
                wrap_exceptions=True,
                implementation="redispy",
                key_prefix="voiceassist:limits",
                connection_pool=self._connections,  # type: ignore[arg-type] # its own types forget what it documents
            )
            self._shared = MovingWindowRateLimiter(storage)

    async def close(self) -> None:
        """Give the connections back."""
        if self._connections is not None:
            await self._connections.aclose()

    async def __call__(self, kind: str, key: str) -> None:
        """Count a try; see `Limiter`. The kinds are those of `LIMITS`."""
        # Addresses and names are nobody's business in a shared store, and may be long.
        name = hashlib.sha256(key.encode()).hexdigest()
        if self._shared is not None:
            try:
                await self._count(self._shared, kind, name)
                return
            except StorageError:
                log.warning("limits.store_down")
        await self._count(self._own, kind, name)

    async def _count(self, by: MovingWindowRateLimiter, kind: str, name: str) -> None:
        limit = LIMITS[kind]
        if await by.hit(limit, kind, name):
            return
        window = await by.get_window_stats(limit, kind, name)
        seconds = max(1, math.ceil(window.reset_time - self._now()))
        raise RateLimited(f"Too many tries. Try again in {seconds} seconds.", retry_after=seconds)


def open_limits(settings: Settings, now: Callable[[], float]) -> Limits:
    """The limits of these settings."""
    return Limits(settings.redis_url.get_secret_value(), now)
