"""Fixtures that every test may use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from backend.database import Database
from tests import records
from tests.servers import model

# An example's time says nothing on a machine that runs several tests at once; each test has a limit of its own.
settings.register_profile("voiceassist", deadline=None)
settings.load_profile("voiceassist")


def pytest_configure(config: pytest.Config) -> None:
    """A folder for what is prepared once for all workers."""
    model.provide(config.add_cleanup)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database with every table imported so far."""
    path = tmp_path / "test.db"
    await records.put_tables(path)
    database = Database(records.at(path))
    yield database
    await database.close()
