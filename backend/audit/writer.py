"""Writes entries: those that wait at the same time in one transaction, and tells each caller when its own is kept."""

import asyncio
from collections import deque

import structlog

from backend.audit.chain import append, lock
from backend.audit.entry import Happening
from backend.audit.keys import Keys
from backend.database import Database
from backend.errors import Unavailable
from backend.trouble import told, where

log = structlog.get_logger(__name__)

# Entries of one transaction: so many are written in some 10 ms, for which others wait for SQLite's lock.
_AT_ONCE = 500

_NOT_RECORDED = "It could not be recorded, and nothing is done without a record. Try again later."


class Writer:
    """Group commit: while one transaction is under way, what comes is gathered for the next.

    `database` keeps what is committed across a power cut (`durable`).
    """

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._waiting: deque[tuple[Happening, asyncio.Future[None]]] = deque()
        self._work: asyncio.Task[None] | None = None

    async def write(self, happening: Happening) -> None:
        """Return when it is kept. Raises `Unavailable` when it cannot be.

        A caller who goes away meanwhile leaves an entry behind nevertheless. Never call it inside of a transaction:
        on SQLite that one holds the lock which is waited for here.
        """
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((happening, kept))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._write_all(), name="audit: write")
        await kept

    async def close(self) -> None:
        """Write what waits."""
        if self._work is not None:
            await asyncio.wait([self._work])

    async def _write_all(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            trouble = await self._write_batch([happening for happening, _ in batch])
            for _, kept in batch:
                if kept.done():  # nobody waits for it any more
                    continue
                if trouble is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(trouble)

    async def _write_batch(self, happenings: list[Happening]) -> Unavailable | None:
        """Write them all or none; what was in the way."""
        try:
            async with self._database.transaction() as session:
                await lock(session)
                await append(session, self._keys, happenings)
        except Unavailable as error:
            log.error("audit.not_written", error=error.message, entries=len(happenings))
            return error
        except Exception as error:
            log.error("audit.not_written", error=told(error), where=where(error), entries=len(happenings))
            unavailable = Unavailable(_NOT_RECORDED)
            unavailable.__cause__ = error
            return unavailable
        return None
