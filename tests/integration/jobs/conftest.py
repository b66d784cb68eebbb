"""The ledger's databases: SQLite always, PostgreSQL where its server is installed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.database import Base, Database
from backend.jobs.tables import JobRow


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2025, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty ledger's database, on each kind of server."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all, tables=[Base.metadata.tables[JobRow.__tablename__]])
        await connection.run_sync(Base.metadata.create_all, tables=[Base.metadata.tables[JobRow.__tablename__]])
    yield database
    await database.close()
