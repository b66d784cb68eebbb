"""SQLite files with the product's tables, made once in a process and then copied: making them takes some 40 ms."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from backend.database import Base, Database

_files: dict[frozenset[str], bytes] = {}


def at(path: Path) -> str:
    """The SQLAlchemy URL."""
    return f"sqlite+aiosqlite:///{path}"


async def put_tables(path: Path) -> None:
    """A file with every table imported so far."""
    await _put(path, frozenset(Base.metadata.tables), _create)


async def put_migrated(path: Path) -> None:
    """A file that all migrations have been through."""
    await _put(path, frozenset(), Database.migrate)


async def _put(path: Path, key: frozenset[str], make: Callable[[Database], Awaitable[None]]) -> None:
    if _is_put(path, key):
        return
    database = Database(at(path))
    await make(database)
    await database.close()
    _keep(path, key)


def _is_put(path: Path, key: frozenset[str]) -> bool:
    if key in _files:
        path.write_bytes(_files[key])
    return key in _files


def _keep(path: Path, key: frozenset[str]) -> None:
    _files[key] = path.read_bytes()


async def _create(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
