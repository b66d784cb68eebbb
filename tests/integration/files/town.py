"""The files slice for many users, over the stand-in server."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from sqlalchemy import func, select

from backend.database import Base, Database
from backend.files.changes import Changes
from backend.files.crawl import Crawled, crawl
from backend.files.hints import Hints
from backend.files.library import Library
from backend.files.listing import Viewer
from backend.files.pipeline import Pipeline
from backend.files.records import FileRecords
from backend.files.rules import Rules
from backend.files.service import FilesService
from backend.files.status import Status, Wanted
from backend.files.view import Views
from backend.files.work import INDEX
from backend.jobs.sql import SqlLedger
from backend.nextcloud.sources import AppApiSources
from tests.servers.appapi import AppApiServer
from tests.unit.files.fakes import English, MemoryIndex, PlainExtractor, by_line

USERS = ("ann", "ben", "cat")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Town:
    """The files slice over the stand-in server; crawls and work are done when asked for."""

    database: Database
    server: AppApiServer
    sources: AppApiSources
    folder: Path
    rules: dict[str, Rules] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cloud = self.server.cloud
        self.index = MemoryIndex()
        self.ledger = SqlLedger(self.database)
        self.changes = Changes(self.database, self.ledger, max_bytes=10_000)
        self.hints = Hints(self.database, self.ledger)
        self.views = Views(self.database, self.sources)
        self.library = Library(self.database, self.sources, self.views)
        status = Status(self.database, self.ledger, self.sources, storage=self.folder)
        self.woken: list[str] = []
        self.service = FilesService(
            self.database, self.ledger, self.sources, self.views, status, self.changes, self.woken.append
        )
        self.pipeline = Pipeline(
            FileRecords(self.database, now),
            self.ledger,
            self.sources,
            PlainExtractor(),
            by_line,
            English(),
            self.index,
            scratch=self.folder / "scratch",
            max_bytes=10_000,
            reading=2,
        )

    async def crawl(self, user: str) -> Crawled:
        rules = self.rules.get(user, Rules())
        await self.changes.adopt(user, rules)
        users = frozenset(await self.sources.users())
        return await crawl(self.sources.of(user), self.changes, self.nothing, Viewer(user, users, rules))

    async def nothing(self) -> None:
        """A crawl began."""

    async def look(self, *users: str) -> None:
        """Crawl these users' files and do all the work."""
        for user in users or tuple(self.cloud.homes):
            await self.crawl(user)
        await self.work()

    async def work(self) -> int:
        """Do all the jobs that are due; returns how many."""
        worked = 0
        await self.pipeline.prepare()
        while jobs := await self.ledger.lease("town", [INDEX], 10, 60):
            worked += len(jobs)
            for job in jobs:
                await self.pipeline.run(job)
                await self.ledger.done(job)
        return worked

    def make(self, *paths: str) -> None:
        """Write files of ann's, whose content is their path, and the folders that they lie in."""
        for path in paths:
            for above in reversed(PurePosixPath(path).parents):
                if self.cloud.at("ann", str(above)) is None:
                    self.cloud.write("ann", str(above), None)
            self.cloud.write("ann", path, path.encode())

    async def paths(self, user: str) -> set[str]:
        """The files that the list shows to the user."""
        rows, total = await self.service.files(user, Wanted(), 0, 1000)
        assert total == len(rows)
        return {row.path for row in rows}

    async def count(self, table: type[Base]) -> int:
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0
