"""The records: one async engine, transactions that commit when their block ends, migrations.

Nobody calls `commit()`. SQLite (WAL) on one machine, PostgreSQL beyond; times are stored in UTC.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import DateTime, Dialect, MetaData, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# Names for constraints, so that a migration can find them on every database.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A writer waits this long (milliseconds) for another one before SQLite reports "database is locked".
_SQLITE_BUSY_MS = 30_000


_READING = "voiceassist_reading"


class Base(DeclarativeBase):
    """Parent of all tables; each slice declares its own in its `tables.py`."""

    metadata = MetaData(naming_convention=_NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC. SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Database:
    """Owns the engine. `url` is a SQLAlchemy URL such as `sqlite+aiosqlite:///data/voiceassist.db`.

    What is committed survives a killed process; with `durable` a power cut as well, on SQLite at the price of waiting
    for the disk. PostgreSQL's commits always do.
    """

    def __init__(self, url: str, *, durable: bool = False) -> None:
        self.url = url
        self.engine = create_async_engine(url)
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine.sync_engine, "FULL" if durable else "NORMAL")
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reading only: on SQLite it does not wait for a writer, nor make one wait."""
        async with self._sessions() as session, session.begin():
            await session.connection(execution_options={_READING: True})
            yield session

    def insert(self, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that can say what happens to a row that is there already (`on_conflict_do_...`)."""
        return postgresql.insert(table) if self.engine.dialect.name == "postgresql" else sqlite.insert(table)

    async def migrate(self) -> None:
        """Bring the schema to the newest version."""
        async with self.engine.begin() as connection:
            await connection.run_sync(_upgrade)

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _prepare_sqlite(engine: Any, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling starts writes too late; we send BEGIN ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",  # with NORMAL a power cut may lose the last commits
            f"busy_timeout={_SQLITE_BUSY_MS}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at the start: a reader that later writes would otherwise fail at once.
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
