"""What is remembered about crawling, for the status page of whatever process asks."""

from collections.abc import Callable
from datetime import datetime, timedelta

from backend.database import Database
from backend.files.tables import CrawlRow

# Crawls that find nothing new follow each other every half second; not each of them is worth a write.
_WRITE_AT_LEAST = timedelta(seconds=10)


class CrawlLog:
    """Keeps one row per user about the last crawl."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._written: dict[str, tuple[bool, str | None, datetime]] = {}

    async def note(self, user_id: str, *, crawling: bool, error: str | None) -> None:
        """A crawl began (`crawling`) or ended, well or with an error that the user should know about."""
        now = self._clock()
        before = self._written.get(user_id)
        if before is not None and before[:2] == (crawling, error) and now - before[2] < _WRITE_AT_LEAST:
            return
        async with self._database.transaction() as session:
            row = await session.get(CrawlRow, user_id)
            if row is None:
                row = CrawlRow(user_id=user_id)
                session.add(row)
            row.crawling = crawling
            row.error = error
            if not crawling and error is None:
                row.last_crawl_at = now
        self._written[user_id] = (crawling, error, now)
