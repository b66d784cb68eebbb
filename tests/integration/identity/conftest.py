"""Sessions on real databases and stores, with a clock that the test moves."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend.database import Base, Database
from backend.identity.keys.tables import KeyRow
from backend.identity.sessions.tables import RefreshRow, RevocationRow, SessionRow
from tests.servers import redis
from tests.servers.redis import RedisServer


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    if not redis.is_installed():
        pytest.skip("redis-server is not installed: sessions are tested without Redis")
    with redis.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Empty tables of sessions, on each kind of server."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'records.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    tables = [Base.metadata.tables[row.__tablename__] for row in (SessionRow, RefreshRow, RevocationRow, KeyRow)]
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all, tables=tables)
        await connection.run_sync(Base.metadata.create_all, tables=tables)
    yield database
    await database.close()
