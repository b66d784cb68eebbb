"""An audit in migrated records: on SQLite always, on PostgreSQL where its server is installed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.audit.keys import Keys
from backend.audit.service import Audit
from backend.database import Database
from tests.unit.audit.world import KEYS, Clock


@pytest.fixture(params=["sqlite", "postgresql"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Migrated records without anything in them, on each kind of server."""
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'records.db'}", durable=True)
    else:
        database = Database(request.getfixturevalue("postgres_url"))
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def keys() -> Keys:
    return KEYS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audit(records: Database, keys: Keys, clock: Clock) -> Audit:
    return Audit(records, records, keys, clock)
