"""A desk for tests of sessions: one process's service, whose clock, roles and doors the test moves."""

from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet

from backend.database import Database
from backend.errors import NotAllowed, RateLimited, Unavailable
from backend.identity.events import Event
from backend.identity.keys.service import KeyService
from backend.identity.principal import Role, Way
from backend.identity.session import Beginning, Tokens
from backend.identity.sessions.revocations import Revocations, Store
from backend.identity.sessions.service import SessionService
from backend.identity.sessions.stores import SqlStore
from backend.vault import Vault

KEY = Fernet.generate_key().decode()


class Clock:
    """The time of all desks that share it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 6, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Desk:
    """One process. Its records of events are a list: that a real audit refuses is proved where there is one."""

    def __init__(
        self, database: Database, clock: Clock, store: Store | None = None, *, fails_open: bool = True, key: str = KEY
    ) -> None:
        self.events: list[Event] = []
        self.roles: dict[str, frozenset[Role]] = {}
        self.shut_out: set[str] = set()
        self.limited = False
        self.records = True
        self.revocations = Revocations(store or SqlStore(database, clock), clock)
        self.sessions = SessionService(
            database,
            Vault([key]),
            self.revocations,
            record=self._record,
            roles_of=self.roles_of,
            limit=self.limit,
            access_seconds=900,
            refresh_seconds=7 * 86_400,
            fails_open=fails_open,
            now=clock,
        )
        self.keys = KeyService(database, self.revocations, record=self._record, roles_of=self.roles_of, now=clock)
        self.sessions.end_with_all(self.keys.revoke_all)

    async def begin(self, user_id: str = "ann", **more: str) -> Tokens:
        return await self.sessions.begin(Beginning(user_id, Way.OIDC, **more))

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    async def _record(self, event: Event) -> None:
        if not self.records:
            raise Unavailable("It could not be recorded.")
        self.events.append(event)

    async def roles_of(self, user_id: str) -> frozenset[Role]:
        if user_id in self.shut_out:
            raise NotAllowed(f"{user_id} is disabled.")
        return self.roles.get(user_id, frozenset({Role.USER}))

    async def limit(self, kind: str, key: str) -> None:
        if self.limited:
            raise RateLimited("Too many tries.", retry_after=1)
