"""Preferences on the databases that the product runs on: SQLite always, PostgreSQL where its server is installed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Base, Database
from backend.preferences import PreferenceRow, Preferences


@pytest.fixture(params=["sqlite", "postgresql"])
async def preferences(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Preferences]:
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    else:
        database = Database(request.getfixturevalue("postgres_url"))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=[Base.metadata.tables[PreferenceRow.__tablename__]])
    yield Preferences(database)
    await database.close()


async def test_the_first_values_of_a_key_that_come_at_once_are_all_taken(preferences: Preferences) -> None:
    for number in range(10):
        await asyncio.gather(*(preferences.put("ann", f"key {number}", [writer]) for writer in range(4)))
    kept = await preferences.of("ann")
    assert len(kept) == 10
    assert all(value in ([0], [1], [2], [3]) for value in kept.values())
    await preferences.put("ann", "key 0", {"zone": "Europe/Paris"})
    await preferences.put("ann", "key 1", None)
    kept = await preferences.of("ann")
    assert kept["key 0"] == {"zone": "Europe/Paris"}
    assert "key 1" not in kept
