"""Hints that something changed: queued at once, acted on by a look at the files of those whose crawl covers the place.

A hint may be wrong, late, doubled or lost; the crawl finds out what is true.
"""

from collections.abc import Callable

from sqlalchemy import select

from backend.database import Database
from backend.files.tables import MountRow, RootRow
from backend.jobs.ledger import Job, Ledger, NewJob

LOOK = "files.look"

# One upload is two events, a moved folder may be many: this long (seconds) they are gathered into one look.
_DEBOUNCE = 0.3
_PRIORITY = 0


class Hints:
    """Takes hints from whoever hears of changes."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    async def put(self, user_id: str, path: str) -> None:
        """Something happened at `path` in this user's home. One short read and one short write."""
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
        users = {user_id, *(user for user in covering if user)}
        await self._ledger.put([NewJob(LOOK, user, user, priority=_PRIORITY, delay=_DEBOUNCE) for user in users])


class Looks:
    """Handler of `LOOK` jobs: has the user's files looked at."""

    def __init__(self, wake: Callable[[str], None]) -> None:
        self._wake = wake

    async def run(self, job: Job) -> None:
        """See `Handler.run`."""
        self._wake(job.key)

    async def failed(self, job: Job) -> None:
        """See `Handler.failed`. A hint that is lost is not missed."""
