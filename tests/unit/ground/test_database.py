"""Transactions, times and migrations on SQLite."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, String, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import backend.app  # noqa: F401 - brings every slice's tables
from backend.database import Base, Database, UtcDateTime


class Local(DeclarativeBase):
    """Tables of this test alone."""


class Note(Local):
    __tablename__ = "notes"
    name: Mapped[str] = mapped_column(String, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@pytest.fixture
async def notes(database: Database) -> Database:
    async with database.engine.begin() as connection:
        await connection.run_sync(Local.metadata.create_all)
    return database


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(Note.name)))


async def test_a_transaction_commits_when_its_block_ends(notes: Database) -> None:
    async with notes.transaction() as session:
        session.add(Note(name="kept", at=datetime.now(UTC)))
    assert await names(notes) == ["kept"]


async def test_a_transaction_that_raises_leaves_nothing(notes: Database) -> None:
    async def half_done() -> None:
        async with notes.transaction() as session:
            session.add(Note(name="lost", at=datetime.now(UTC)))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await half_done()
    assert await names(notes) == []


async def test_a_reader_does_not_wait_for_a_writer(notes: Database) -> None:
    async with notes.transaction() as session:
        session.add(Note(name="unseen", at=datetime.now(UTC)))
        await session.flush()
        assert await names(notes) == []
    assert await names(notes) == ["unseen"]


async def test_times_come_back_in_utc(notes: Database) -> None:
    there = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    async with notes.transaction() as session:
        session.add(Note(name="a", at=there))
    async with notes.reading() as session:
        at = await session.scalar(select(Note.at))
    assert at == there
    assert at is not None
    assert at.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(notes: Database) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        async with notes.transaction() as session:
            session.add(Note(name="a", at=datetime(2026, 1, 1)))


async def test_migrations_build_exactly_the_tables_that_the_code_declares(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'migrated.db'}")
    await database.migrate()
    await database.migrate()  # a second start finds nothing to do

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        tables = set(await connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    assert set(Base.metadata.tables) < tables
    await database.close()
