"""The files slice with a real ledger and real tables, over the stand-ins of `fakes`."""

from datetime import UTC, datetime
from pathlib import Path

from backend.database import Database
from backend.files.changes import Changes
from backend.files.crawl import Crawled, crawl
from backend.files.crawl_log import CrawlLog
from backend.files.pipeline import Pipeline
from backend.files.reconcile import Reconciler
from backend.files.records import FileRecords
from backend.files.schemas import FileStatus
from backend.files.service import FilesService
from backend.files.sources import OneUser
from backend.files.status import Status, Wanted
from backend.files.view import Views
from backend.files.watch import Watcher
from backend.files.work import INDEX
from backend.jobs.backoff import Backoff
from backend.jobs.sql import SqlLedger
from tests.unit.files.fakes import English, MemoryIndex, MemorySource, PlainExtractor, by_line

MAX_BYTES = 1000


def now() -> datetime:
    return datetime.now(UTC)


class House:
    """Everything that the files slice needs, put together as the application does."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.source = MemorySource()
        self.index = MemoryIndex()
        self.ledger = SqlLedger(database, backoff=Backoff(base=0.001, cap=0.001, max_attempts=3))
        sources = OneUser(self.source)
        self.changes = Changes(database, self.ledger, max_bytes=MAX_BYTES)
        self.reconciler = Reconciler(database, self.ledger, self.index, clock=now)
        self.pipeline = Pipeline(
            FileRecords(database, now),
            self.ledger,
            sources,
            PlainExtractor(),
            by_line,
            English(),
            self.index,
            scratch=folder / "scratch",
            max_bytes=MAX_BYTES,
            reading=2,
        )
        self.watcher = Watcher(
            sources, self.changes, self.reconciler, CrawlLog(database, now), interval=0.05, random=lambda: 0.0
        )
        self.service = FilesService(
            database,
            self.ledger,
            sources,
            Views(database, sources),
            Status(database, self.ledger, sources, storage=folder),
            self.changes,
            self.watcher.wake,
        )

    async def crawl(self) -> Crawled:
        """Look at the files once."""
        return await crawl(self.source, self.changes, self.nothing)

    async def nothing(self) -> None:
        """Called when a crawl finds something to do."""

    async def work(self, limit: int = 1000) -> int:
        """Do the jobs that are due, one after the other, as `Workers` would; returns how many."""
        await self.pipeline.prepare()
        worked = 0
        while worked < limit and (jobs := await self.ledger.lease("house", [INDEX], 1, 60)):
            worked += 1
            try:
                await self.pipeline.run(jobs[0])
            except Exception as error:
                if after := await self.ledger.fail(jobs[0], error):
                    await self.pipeline.failed(after)
            else:
                await self.ledger.done(jobs[0])
        return worked

    async def files(self) -> dict[str, FileStatus]:
        """All files as their owner sees them, by path."""
        found, _ = await self.service.files("ann", Wanted(), 0, 1000)
        return {file.path: file for file in found}
