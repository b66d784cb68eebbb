"""Desks on SQLite, and on PostgreSQL where its server is installed."""

from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete

from backend.database import Database
from backend.identity.accounts.tables import AccountRow, FailuresRow, RegistrationRow
from backend.vault import Vault
from tests.integration.accounts.desk import Desk
from tests.servers.mail import SmtpServer, smtp_server


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
        # As the migrations make them; one server serves all tests of a module.
        database = Database(request.getfixturevalue("postgres_url"))
        await database.migrate()
        async with database.transaction() as session:
            for table in (AccountRow, RegistrationRow, FailuresRow):  # the others go with the accounts
                await session.execute(delete(table))
    desk = Desk(database, Vault(keys), smtp)
    yield desk
    await desk.close()
    await database.close()
