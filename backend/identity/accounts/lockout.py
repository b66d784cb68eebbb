"""Failed sign-ins in a row make an address wait, longer each time.

It is an address that waits, not an account: one without an account waits the same, so that nobody learns which it is.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sqlalchemy import case, delete

from backend.database import Database
from backend.errors import RateLimited
from backend.identity.accounts.tables import FailuresRow
from backend.identity.tokens import hash_of

# NIST SP 800-63B, section 5.2.2, allows 100 failures in a row and names waits that grow. People mistype.
FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=30)
# Who locks somebody else out on purpose keeps them out no longer than this after the last try.
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


class Lockout:
    """Counts failures by address. `now` tells the time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def trying(self, email: str) -> AsyncIterator["Trying"]:
        """One try for this address at a time, so that many at once are not more than one after the other.

        Raises `RateLimited` while the address has to wait.
        """
        key = hash_of(email)
        async with self._locks.setdefault(key, asyncio.Lock()):
            async with self._database.reading() as session:
                row = await session.get(FailuresRow, key)
            now = self._now()
            if row is not None and (wait := row.last_at + wait_after(row.failures) - now) > timedelta():
                seconds = max(1, round(wait.total_seconds()))
                raise RateLimited(
                    f"Too many failed sign-ins. Try again in {seconds} seconds, or reset the password.",
                    retry_after=seconds,
                )
            yield Trying(self._database, key, now, row is not None)

    async def forget(self, email: str) -> None:
        """Failures for this address count no more."""
        async with self._database.transaction() as session:
            await session.execute(delete(FailuresRow).where(FailuresRow.key == hash_of(email)))


class Trying:
    """One try that is under way."""

    def __init__(self, database: Database, key: str, now: datetime, failed_before: bool) -> None:
        self._database = database
        self._key = key
        self._now = now
        self._failed_before = failed_before

    async def failed(self) -> None:
        """It failed: count it."""
        oldest = self._now - FORGOTTEN_AFTER
        insert = self._database.insert(FailuresRow).values(key=self._key, failures=1, last_at=self._now)
        more = case((FailuresRow.last_at < oldest, 1), else_=FailuresRow.failures + 1)
        async with self._database.transaction() as session:
            await session.execute(
                insert.on_conflict_do_update(
                    index_elements=[FailuresRow.key], set_={"failures": more, "last_at": self._now}
                )
            )
            await session.execute(delete(FailuresRow).where(FailuresRow.last_at < oldest))

    async def succeeded(self) -> None:
        """It succeeded: what failed before counts no more."""
        if self._failed_before:
            async with self._database.transaction() as session:
                await session.execute(delete(FailuresRow).where(FailuresRow.key == self._key))


def wait_after(failures: int) -> timedelta:
    """How long the next try has to wait after so many failures in a row: 30 s after five, then twice as long each."""
    if failures < FREE_FAILURES:
        return timedelta()
    # The exponent is bounded: a number of failures is not.
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - FREE_FAILURES, 10)))
