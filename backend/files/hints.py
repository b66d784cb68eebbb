"""Hints that something changed: queued at once, acted on by a look at the files of those whose crawl covers the place.

A hint may be wrong, late, doubled or lost; the crawl finds out what is true. A look that is recorded and has not begun
covers every hint that arrives before: most of a burst costs no write.
"""

import time
from collections.abc import Callable, Iterable

from sqlalchemy import select

from backend.database import Database
from backend.files.tables import MountRow, RootRow
from backend.jobs.ledger import Job, Ledger, NewJob

LOOK = "files.look"

# One upload is two events, a moved folder may be many: this long (seconds) they are gathered into one look.
_DEBOUNCE = 0.3
_PRIORITY = 0


def looks(user_ids: Iterable[str]) -> list[NewJob]:
    """Jobs that have the files of these users looked at soon."""
    return [NewJob(LOOK, user_id, user_id, priority=_PRIORITY, delay=_DEBOUNCE) for user_id in user_ids]


# A look that is due in less than this (seconds) may have begun before a hint is noted as covered by it.
_MARGIN = 0.05


class Hints:
    """Takes hints from whoever hears of changes. `clock` counts seconds."""

    def __init__(self, database: Database, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        # Looks that were recorded and have not begun, by user, with when they are due.
        self._to_come: dict[str, float] = {}

    async def put(self, user_id: str, path: str) -> None:
        """Something happened at `path` in this user's home: recorded when this returns.

        One short read, and one short write unless a look that is still to come covers it.
        """
        async with self._database.reading() as session:
            roots = await session.execute(
                select(RootRow.path, RootRow.owner_id, MountRow.user_id)
                .outerjoin(MountRow, MountRow.node_id == RootRow.node_id)
                .where(RootRow.user_id == user_id)
            )
            # Whoever covers the share or mount in which the place lies: what is inside is found by that crawl.
            covering = {
                owner or claimant for root, owner, claimant in roots if path == root or path.startswith(f"{root}/")
            }
        now = self._clock()
        users = {user_id, *(user for user in covering if user)}
        users -= {user for user, due in self._to_come.items() if now < due - _MARGIN}
        if users:
            await self._ledger.put(looks(users))
            # What was put while it still waited keeps the time at which it was due.
            self._to_come = dict.fromkeys(users, now + _DEBOUNCE) | self._to_come

    def begun(self, user_id: str) -> None:
        """A look at this user's files begins: it covers nothing that happens from now on."""
        self._to_come.pop(user_id, None)


class Looks:
    """Handler of `LOOK` jobs: has the user's files looked at."""

    def __init__(self, hints: Hints, wake: Callable[[str], None]) -> None:
        self._hints = hints
        self._wake = wake

    async def run(self, job: Job) -> None:
        """See `Handler.run`."""
        self._hints.begun(job.key)
        self._wake(job.key)

    async def failed(self, job: Job) -> None:
        """See `Handler.failed`. A hint that is lost is not missed."""
