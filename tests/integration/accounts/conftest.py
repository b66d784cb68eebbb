"""Desks on SQLite, and on PostgreSQL where its server is installed."""

from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Table

from backend.database import Base, Database
from backend.identity.accounts import tables
from backend.vault import Vault
from tests.integration.accounts.desk import Desk
from tests.integration.jobs import postgres
from tests.servers.mail import SmtpServer, smtp_server


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("PostgreSQL's server (initdb) is not installed: accounts are tested on SQLite only")
    with postgres.running(folder) as url:
        yield url


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with smtp_server(auth=False) as server:
        yield server


@pytest.fixture
def keys() -> list[str]:
    return [Fernet.generate_key().decode()]


@pytest.fixture(params=["sqlite", "postgresql"])
async def desk(
    request: pytest.FixtureRequest, database: Database, smtp: SmtpServer, keys: list[str]
) -> AsyncIterator[Desk]:
    if request.param == "postgresql":
        database = Database(request.getfixturevalue("postgres_url"))
        ours = [table for table in Base.metadata.sorted_tables if table.name in _names()]
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all, tables=ours)
            await connection.run_sync(Base.metadata.create_all, tables=ours)
    desk = Desk(database, Vault(keys), smtp)
    yield desk
    await desk.close()
    await database.close()


def _names() -> set[str]:
    rows = [value for value in vars(tables).values() if isinstance(getattr(value, "__table__", None), Table)]
    return {row.__tablename__ for row in rows}
