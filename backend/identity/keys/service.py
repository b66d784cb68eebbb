"""Keys: made, checked, listed and revoked."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from backend.database import Database
from backend.errors import BadInput, Conflict, NotFound, NotSignedIn, TokenExpired, TokenRevoked
from backend.identity.events import Event, Record
from backend.identity.keys.secret import Secret
from backend.identity.keys.tables import KeyRow
from backend.identity.principal import Principal, Role, Way
from backend.identity.sessions.revocations import Mark, Revocations
from backend.identity.sessions.service import RolesOf
from backend.identity.tokens import new_token

# Nobody keeps more of them apart; a script that makes them in a loop fills no table.
MOST_KEYS = 50
# An end beyond that is a slip of the keyboard. Whoever wants none leaves it out.
_LONGEST = timedelta(days=3660)
# A use is noted and recorded once in so long, as often as a session refreshes: not each request is a line of the audit.
_NOTED_EVERY = timedelta(minutes=15)
# So long after its end a key is still told to have ended, and not to be unknown.
_REMEMBERED = timedelta(days=90)
# The table says whether a key is revoked. Its mark only has all processes ask again for connections that are open.
_TOLD_FOR = timedelta(minutes=5)

_NO_KEY = "This is no key of VoiceAssist, or it ended long ago. Make a new one."


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as its user sees it. `used_at` is right to `_NOTED_EVERY`."""

    id: str
    name: str
    read_only: bool
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class KeyService:
    """The keys of all users, who are named as they sign in. `now` tells the time."""

    def __init__(
        self,
        database: Database,
        revocations: Revocations,
        *,
        record: Record,
        roles_of: RolesOf,
        now: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        new_secret: Callable[[], str] = new_token,
    ) -> None:
        self._database = database
        self._revocations = revocations
        self._record = record
        self._roles_of = roles_of
        self._now = now
        self._new_id = new_id
        self._new_secret = new_secret

    async def make(
        self, user_id: str, name: str, expires_at: datetime | None, *, read_only: bool
    ) -> tuple[KeyInfo, Secret]:
        """A new key, with its secret, which nobody is told again.

        Raises `BadInput` for an end that is past or too far off, `Conflict` for one key too many, `NotAllowed` for a
        user who may not enter.
        """
        now = self._now()
        if expires_at is not None and expires_at <= now:
            raise BadInput(f"The key would be over before it is used: {expires_at} is past.", field="expires_at")
        if expires_at is not None and expires_at - now > _LONGEST:
            raise BadInput("A key ends within ten years, or not by itself.", field="expires_at")
        await self._roles_of(user_id)
        async with self._database.reading() as session:
            count = await session.scalar(select(func.count()).select_from(KeyRow).where(_open(user_id)))
        if count is not None and count >= MOST_KEYS:
            raise Conflict(f"You have {count} keys already. Revoke those that are not used.")
        secret = Secret(self._new_id(), self._new_secret())
        details = {"read_only": str(read_only).lower()}
        details |= {"until": expires_at.isoformat()} if expires_at else {}
        await self._record(Event("key.made", user_id, resource=_resource(secret.id), details=details))
        row = KeyRow(
            id=secret.id,
            hash=secret.hash(),
            user_id=user_id,
            name=name,
            read_only=read_only,
            made_at=now,
            expires_at=expires_at,
        )
        over = (KeyRow.revoked_at <= now - _REMEMBERED) | (KeyRow.expires_at <= now - _REMEMBERED)
        async with self._database.transaction() as session:
            await session.execute(delete(KeyRow).where(over))
            session.add(row)
        return _info(row), secret

    async def check(self, written: str) -> Principal:
        """Whose key it is. One that is for reading only gives no role but `user`.

        Raises `NotSignedIn`, `TokenExpired`, `TokenRevoked`, and `NotAllowed` for a user who is disabled or gone.
        """
        secret = Secret.read(written)
        if secret is None:
            raise NotSignedIn(_NO_KEY)
        async with self._database.reading() as session:
            row = await session.get(KeyRow, secret.id)
        if row is None or not secret.has_hash(row.hash):
            raise NotSignedIn(_NO_KEY)
        now = self._now()
        if row.revoked_at is not None:
            raise TokenRevoked("The key was revoked. Make a new one.")
        if row.expires_at is not None and row.expires_at <= now:
            raise TokenExpired("The key is over. Make a new one.")
        roles = await self._roles_of(row.user_id)
        if row.used_at is None or row.used_at <= now - _NOTED_EVERY:
            await self._note_use(row, now)
        if row.read_only:
            roles &= {Role.USER}
        return Principal(row.user_id, roles, Way.SERVICE, read_only=row.read_only)

    async def _note_use(self, row: KeyRow, now: datetime) -> None:
        await self._record(Event("key.used", row.user_id, resource=_resource(row.id)))
        async with self._database.transaction() as session:
            await session.execute(update(KeyRow).where(KeyRow.id == row.id).values(used_at=now))

    async def list(self, user_id: str) -> list[KeyInfo]:
        """A user's keys that were not revoked, those that are over included; the newest first."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(KeyRow).where(_open(user_id)).order_by(KeyRow.made_at.desc()))
            return [_info(row) for row in rows]

    async def revoke(self, user_id: str, key_id: str) -> None:
        """End a key of this user, at once and everywhere. Raises `NotFound` for one that is not."""
        if not await self._revoke_where(user_id, KeyRow.id == key_id, "revoked by its user"):
            raise NotFound("You have no such key.")

    async def revoke_all(self, user_id: str, reason: str) -> None:
        """End all keys of a user."""
        await self._revoke_where(user_id, KeyRow.revoked_at.is_(None), reason)

    async def _revoke_where(self, user_id: str, condition: ColumnElement[bool], reason: str) -> bool:
        """Whether there were any. What was revoked before is told to the other processes once more."""
        async with self._database.reading() as session:
            wanted = select(KeyRow.id).where(KeyRow.user_id == user_id, condition)
            key_ids = list(await session.scalars(wanted))
        for key_id in key_ids:
            await self._record(Event("key.revoked", user_id, resource=_resource(key_id), reason=reason))
        if key_ids:
            now = self._now()
            still_open = (KeyRow.id.in_(key_ids), KeyRow.revoked_at.is_(None))
            async with self._database.transaction() as session:
                await session.execute(update(KeyRow).where(*still_open).values(revoked_at=now))
            await self._revocations.revoke([Mark(_resource(key_id), None, now + _TOLD_FOR) for key_id in key_ids])
        return bool(key_ids)


def _open(user_id: str) -> ColumnElement[bool]:
    return (KeyRow.user_id == user_id) & KeyRow.revoked_at.is_(None)


def _resource(key_id: str) -> str:
    return f"key:{key_id}"


def _info(row: KeyRow) -> KeyInfo:
    return KeyInfo(row.id, row.name, row.read_only, row.made_at, row.expires_at, row.used_at)
