"""The records of actions: SQLite always, PostgreSQL where its server is installed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.actions.tables import ActionRow
from backend.database import Base, Database
from backend.jobs.tables import JobRow


@pytest.fixture(params=["sqlite", "postgresql"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty tables of actions and jobs, on each kind of server."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'records.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    tables = [Base.metadata.tables[row.__tablename__] for row in (ActionRow, JobRow)]
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all, tables=tables)
        await connection.run_sync(Base.metadata.create_all, tables=tables)
    yield database
    await database.close()
