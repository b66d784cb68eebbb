"""How long a token check takes, how many refreshes a second there are, and that logins at once are all there.

JSON on standard output. The records are SQLite; marks are shared by them, and by Redis where it is installed.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet

import backend.app  # noqa: F401 - brings every slice's tables
from backend.database import Database
from backend.identity.events import Event
from backend.identity.principal import Role, Way
from backend.identity.session import Beginning
from backend.identity.sessions.revocations import Revocations, Store
from backend.identity.sessions.service import SessionService
from backend.identity.sessions.stores import RedisStore, SqlStore
from backend.vault import Vault
from tests.servers import redis

_CHECKS = 5_000
_REFRESHES = 200
_LOGINS = 200


def now() -> datetime:
    return datetime.now(UTC)


async def _record(_event: Event) -> None:
    """Recording is measured with the audit."""


async def _roles_of(_user_id: str) -> frozenset[Role]:
    return frozenset({Role.USER})


async def _limit(_kind: str, _key: str) -> None:
    """Without limits."""


async def measure(database: Database, store: Store) -> dict[str, float]:
    """Figures of one process that shares marks by this store."""
    revocations = Revocations(store, now)
    sessions = SessionService(
        database,
        Vault([Fernet.generate_key().decode()]),
        revocations,
        record=_record,
        roles_of=_roles_of,
        limit=_limit,
        access_seconds=900,
        refresh_seconds=604_800,
        fails_open=True,
        now=now,
    )
    revocations.start()
    try:
        began = time.perf_counter()
        logins = await asyncio.gather(
            *(sessions.begin(Beginning(f"user{number}", Way.OIDC)) for number in range(_LOGINS))
        )
        login_seconds = time.perf_counter() - began
        there = {(await sessions.check(tokens.access)).user_id for tokens in logins}
        took = []
        for number in range(_CHECKS):
            started = time.perf_counter()
            await sessions.check(logins[number % _LOGINS].access)
            took.append((time.perf_counter() - started) * 1000)
            if number % 100 == 0:
                await asyncio.sleep(0)  # who watches the store has its turn
        began = time.perf_counter()
        refresh = logins[0].refresh
        for _ in range(_REFRESHES):
            refresh = (await sessions.refresh(refresh)).refresh
        refresh_seconds = time.perf_counter() - began
    finally:
        await revocations.close()
    cuts = statistics.quantiles(took, n=100)
    return {
        "check_p50_ms": round(cuts[49], 4),
        "check_p95_ms": round(cuts[94], 4),
        "refreshes_per_second": round(_REFRESHES / refresh_seconds),
        "logins_at_once": _LOGINS,
        "logins_lost": _LOGINS - len(there),
        "logins_seconds": round(login_seconds, 2),
    }


async def main() -> None:
    """Measure both stores."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}")
        await database.migrate()
        try:
            figures["records"] = await measure(database, SqlStore(database, now))
            if redis.is_installed():
                with redis.running() as server:
                    figures["redis"] = await measure(database, RedisStore(server.url))
        finally:
            await database.close()
    json.dump(figures, sys.stdout, indent=2)


if __name__ == "__main__":
    asyncio.run(main())
