"""The two stores that share marks between processes: the records, and Redis."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis
from sqlalchemy import delete, select

from backend.database import Database
from backend.identity.sessions.revocations import Mark
from backend.identity.sessions.tables import RevocationRow

# Between two looks (seconds): what one process revokes, the others refuse after so long.
_LOOK_SECONDS = 0.5
# Processes' clocks may differ by so much, or a mark take so long to be committed, before one is overlooked.
_OVERLAP = timedelta(minutes=1)
_STREAM = "voiceassist:revocations"
# No mark is in force for longer: the longest is that of a user's tokens at an issuer.
LONGEST = timedelta(days=1)


# What XREAD answers: streams, each with its entries, each with its id and fields.
_Answer = list[tuple[str, list[tuple[str, dict[str, str]]]]]


class SqlStore:
    """Marks in the records, looked at twice a second."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._looked_at: datetime | None = None

    async def write(self, marks: Sequence[Mark]) -> None:
        now = self._now()
        async with self._database.transaction() as session:
            await session.execute(delete(RevocationRow).where(RevocationRow.until <= now))
            for mark in marks:
                values = {"before": mark.before, "until": mark.until, "made_at": now}
                insert = self._database.insert(RevocationRow).values(key=mark.key, **values)
                await session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))

    async def news(self, wait: bool) -> list[Mark]:
        if wait and self._looked_at is not None:
            await asyncio.sleep(_LOOK_SECONDS)
        now = self._now()
        wanted = select(RevocationRow.key, RevocationRow.before, RevocationRow.until)
        if self._looked_at is None:
            wanted = wanted.where(RevocationRow.until > now)
        else:
            wanted = wanted.where(RevocationRow.made_at > self._looked_at - _OVERLAP)
        async with self._database.reading() as session:
            found = (await session.execute(wanted)).all()
        self._looked_at = now
        return [Mark(*row) for row in found]

    def start_over(self) -> None:
        self._looked_at = None

    async def close(self) -> None:
        """The records are somebody else's."""


class RedisStore:
    """Marks in a stream of Redis, which tells of new ones at once and drops those that are over."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, protocol=2, decode_responses=True, socket_timeout=2.0, socket_connect_timeout=1.0
        )
        self._last = "0-0"

    async def write(self, marks: Sequence[Mark]) -> None:
        seconds, _ = await self._redis.time()
        oldest = int((seconds - LONGEST.total_seconds()) * 1000)
        async with self._redis.pipeline(transaction=True) as pipeline:
            for mark in marks:
                before = mark.before.isoformat() if mark.before else ""
                until = mark.until.isoformat()
                pipeline.xadd(_STREAM, {"key": mark.key, "before": before, "until": until}, minid=oldest)
            await pipeline.execute()

    async def news(self, wait: bool) -> list[Mark]:
        block = int(_LOOK_SECONDS * 1000) if wait else None
        found = await self._redis.xread({_STREAM: self._last}, block=block)
        marks = []
        for _, entries in cast("_Answer", found or []):
            for name, fields in entries:
                before = datetime.fromisoformat(fields["before"]) if fields["before"] else None
                marks.append(Mark(fields["key"], before, datetime.fromisoformat(fields["until"])))
                self._last = name
        return marks

    def start_over(self) -> None:
        self._last = "0-0"

    async def close(self) -> None:
        await self._redis.aclose()
