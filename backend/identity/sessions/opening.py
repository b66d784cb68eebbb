"""Puts sessions together as they are configured."""

from collections.abc import Callable
from datetime import datetime

from backend.database import Database
from backend.identity.events import Record
from backend.identity.session import Limiter
from backend.identity.sessions.revocations import Revocations
from backend.identity.sessions.service import RolesOf, SessionService
from backend.identity.sessions.stores import RedisStore, SqlStore
from backend.settings import Settings, WhenStoreDown
from backend.vault import Vault


def open_revocations(settings: Settings, database: Database, now: Callable[[], datetime]) -> Revocations:
    """Shared by Redis where there is one, else by the records. To be started, and closed."""
    url = settings.redis_url.get_secret_value()
    return Revocations(RedisStore(url) if url else SqlStore(database, now), now)


def open_sessions(
    settings: Settings,
    database: Database,
    vault: Vault,
    revocations: Revocations,
    *,
    record: Record,
    roles_of: RolesOf,
    limit: Limiter,
    now: Callable[[], datetime],
) -> SessionService:
    """The sessions of these settings."""
    return SessionService(
        database,
        vault,
        revocations,
        record=record,
        roles_of=roles_of,
        limit=limit,
        access_seconds=settings.access_token_seconds,
        refresh_seconds=settings.refresh_token_seconds,
        fails_open=settings.when_revocations_down is WhenStoreDown.FAIL_OPEN,
        now=now,
    )
