"""Sessions: begun, checked, refreshed, listed and ended."""

import hmac
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.errors import NotFound, NotSignedIn, TokenExpired, TokenRevoked, Unavailable
from backend.identity.events import Event, Outcome, Record
from backend.identity.origin import current_origin
from backend.identity.principal import Principal, Role, Way
from backend.identity.session import Beginning, Limiter, Tokens
from backend.identity.sessions.access import LEEWAY_SECONDS, Access, AccessTokens
from backend.identity.sessions.revocations import Mark, Revocations
from backend.identity.sessions.stores import LONGEST
from backend.identity.sessions.tables import RefreshRow, SessionRow
from backend.identity.tokens import hash_of, new_token
from backend.vault import Vault

RolesOf = Callable[[str], Awaitable[frozenset[Role]]]
"""The roles of a user as they are now. Raises `NotAllowed` for one who is disabled or not let in. Its owner keeps what
it costs to find out."""

# A client that lost the answer, and two pages that refresh at once, get the same answer within this time, as long as
# what it gave was not used. A thief who is as quick gets no token of his own: the second of them to use it is a replay.
_GRACE = timedelta(seconds=10)
# Ours have 43 characters.
_LONGEST_REFRESH = 100

EndAll = Callable[[str, str], Awaitable[None]]
"""Ends what else a user left somewhere, for a reason."""

_NOT_OURS = "This is no refresh token of VoiceAssist. Sign in again."
_OVER = "The session is over. Sign in again."
_ENDED = "The session was ended. Sign in again."


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as its user sees it."""

    id: str
    way: Way
    begun_at: datetime
    used_at: datetime
    address: str
    agent: str


class SessionService:
    """The `Sessions` of VoiceAssist. `now` tells the time.

    `limit` counts refreshes by account. `fails_open`: while nobody can say what was revoked, a session may go on
    reading as a plain user.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        revocations: Revocations,
        *,
        record: Record,
        roles_of: RolesOf,
        limit: Limiter,
        access_seconds: int,
        refresh_seconds: int,
        fails_open: bool,
        now: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        new_secret: Callable[[], str] = new_token,
    ) -> None:
        self._database = database
        self._vault = vault
        self._revocations = revocations
        self._record = record
        self._roles_of = roles_of
        self._limit = limit
        self._refresh_seconds = refresh_seconds
        self._fails_open = fails_open
        self._now = now
        self._also_ended: list[EndAll] = []
        self._new_id = new_id
        self._new_secret = new_secret
        self._access = AccessTokens(vault.derive("access tokens"), access_seconds, now)
        self._successors = vault.derive("refresh tokens")

    # Begin and go on

    async def begin(self, beginning: Beginning) -> Tokens:
        """A new session. Raises `NotAllowed` for a user who may not enter."""
        await self._roles_of(beginning.user_id)
        session_id, refresh, now = self._new_id(), self._new_secret(), self._now()
        details = {"way": beginning.way.value} | ({"issuer": beginning.issuer} if beginning.issuer else {})
        await self._record(Event("session.begun", beginning.user_id, resource=_resource(session_id), details=details))
        origin = current_origin()
        expires = now + timedelta(seconds=self._refresh_seconds)
        async with self._database.transaction() as session:
            for table in (RefreshRow, SessionRow):
                await session.execute(delete(table).where(table.expires_at <= now))
            session.add(
                SessionRow(
                    id=session_id,
                    user_id=beginning.user_id,
                    way=beginning.way.value,
                    issuer=beginning.issuer,
                    issuer_session=beginning.issuer_session,
                    subject=beginning.subject,
                    id_token=self._vault.seal(beginning.id_token) if beginning.id_token else "",
                    address=origin.address,
                    agent=origin.agent,
                    begun_at=now,
                    used_at=now,
                    expires_at=expires,
                )
            )
            await session.flush()
            session.add(RefreshRow(hash=hash_of(refresh), session_id=session_id, expires_at=expires))
        return self._tokens(Access(beginning.user_id, session_id, beginning.way, now), refresh)

    async def refresh(self, refresh: str) -> Tokens:
        """New tokens for a refresh token, which is used up. See `Sessions.refresh` and `_GRACE`."""
        row = await self._row_of(refresh)
        await self._limit("refresh", f"account:{row.user_id}")
        await self._roles_of(row.user_id)
        await self._record(Event("session.refreshed", row.user_id, resource=_resource(row.id)))
        successor = self._successor(refresh)
        now = self._now()
        async with self._database.transaction() as session:
            replayed = not await self._rotate(session, row.id, refresh, successor, now)
        if replayed:
            reason = "a refresh token was used twice"
            event = Event("session.replayed", row.user_id, Outcome.REFUSED, _resource(row.id), reason)
            await self._end([row.id], row.user_id, reason)
            await self._record(event)
            raise TokenRevoked("The refresh token was used before, so its session was ended. Sign in again.")
        return self._tokens(Access(row.user_id, row.id, Way(row.way), now), successor)

    async def _rotate(
        self, session: AsyncSession, session_id: str, refresh: str, successor: str, now: datetime
    ) -> bool:
        """Whether the token was good: it is used up then, and `successor` takes its place."""
        # The lock on the session makes two refreshes of it wait for each other (SQLite has one writer anyway).
        row = await session.get(SessionRow, session_id, with_for_update=True)
        if row is None or row.ended_at is not None:
            raise TokenRevoked(_ENDED)
        token = await session.get_one(RefreshRow, hash_of(refresh))
        if token.expires_at <= now:
            raise TokenExpired(_OVER)
        row.used_at = now
        if token.used_at is None:
            token.used_at = now
            row.expires_at = now + timedelta(seconds=self._refresh_seconds)
            session.add(RefreshRow(hash=hash_of(successor), session_id=session_id, expires_at=row.expires_at))
            return True
        follower = await session.get(RefreshRow, hash_of(successor))
        return now - token.used_at <= _GRACE and follower is not None and follower.used_at is None

    # Check

    async def check(self, access: str) -> Principal:
        """Whose access token it is. Raises as `Sessions.check`, and `Unavailable` where sessions fail closed."""
        read = self._access.read(access)
        certain = await self._is_certain(_resource(read.session_id), read.issued_at)
        return await self._principal(read.user_id, read.way, read.session_id, certain)

    async def standing(self, session_id: str) -> Principal:
        """Whose session it is, whatever became of its access token: for a connection that was opened with one.

        Raises `TokenRevoked`, `TokenExpired`.
        """
        async with self._database.reading() as session:
            row = await session.get(SessionRow, session_id)
        if row is None or row.ended_at is not None:
            raise TokenRevoked(_ENDED)
        if row.expires_at <= self._now():
            raise TokenExpired(_OVER)
        return await self._principal(row.user_id, Way(row.way), row.id, certain=True)

    async def check_issued(
        self, user_id: str, token_id: str, issuer_session: str, subject: str, issued_at: datetime
    ) -> bool:
        """Whether an issuer's own access token may be taken for sure; False while nobody can say.

        Raises `TokenRevoked`, and `Unavailable` where sessions fail closed. `token_id` (`jti`) and `issuer_session`
        (`sid`) may be empty, `subject` is its `sub`.
        """
        keys = [f"user:{user_id}", f"issuer-subject:{subject}"]
        keys += [f"token:{token_id}"] if token_id else []
        keys += [f"issuer-session:{issuer_session}" if issuer_session else f"issuer-no-session:{subject}"]
        return all([await self._is_certain(key, issued_at) for key in keys])

    async def _is_certain(self, key: str, issued_at: datetime) -> bool:
        try:
            if await self._revocations.refused(key, issued_at):
                raise TokenRevoked(_ENDED)
        except Unavailable:
            if self._fails_open:
                return False
            raise
        return True

    async def _principal(self, user_id: str, way: Way, session_id: str, certain: bool) -> Principal:
        roles = await self._roles_of(user_id)
        return Principal(user_id, roles if certain else frozenset({Role.USER}), way, session_id, certain=certain)

    # Look

    async def list(self, user_id: str) -> list[SessionInfo]:
        """A user's sessions that are not over, the one used last first."""
        mine = (SessionRow.user_id == user_id, SessionRow.ended_at.is_(None), SessionRow.expires_at > self._now())
        async with self._database.reading() as session:
            rows = await session.scalars(select(SessionRow).where(*mine).order_by(SessionRow.used_at.desc()))
            return [
                SessionInfo(row.id, Way(row.way), row.begun_at, row.used_at, row.address, row.agent) for row in rows
            ]

    async def id_token_of(self, session_id: str) -> str:
        """The ID token that the session began with; empty where there was none."""
        async with self._database.reading() as session:
            row = await session.get(SessionRow, session_id)
        if row is None or not row.id_token:
            return ""
        try:
            return self._vault.open(row.id_token)
        except Unavailable:  # sealed with a key that was replaced since: the issuer is left without the hint
            return ""

    async def holder_of(self, refresh: str) -> Principal:
        """Whose refresh token it is, used up or not. Raises as `refresh`."""
        row = await self._row_of(refresh)
        return Principal(row.user_id, frozenset({Role.USER}), Way(row.way), row.id)

    async def _row_of(self, refresh: str) -> SessionRow:
        if len(refresh) > _LONGEST_REFRESH:
            raise NotSignedIn(_NOT_OURS)
        async with self._database.reading() as session:
            token = await session.get(RefreshRow, hash_of(refresh))
            row = await session.get(SessionRow, token.session_id) if token else None
        if token is None or row is None:
            raise NotSignedIn(_NOT_OURS)
        if row.ended_at is not None:
            raise TokenRevoked(_ENDED)
        if token.expires_at <= self._now():
            raise TokenExpired(_OVER)
        return row

    # End

    async def end(self, session_id: str, reason: str) -> None:
        """End one session; nothing happens when it is over."""
        await self._end_where(SessionRow.id == session_id, reason)

    async def end_own(self, user_id: str, session_id: str, reason: str) -> None:
        """End a session of this user. Raises `NotFound` for one that is not."""
        if session_id not in {known.id for known in await self.list(user_id)}:
            raise NotFound("You have no such session.")
        await self.end(session_id, reason)

    async def end_all(self, user_id: str, reason: str) -> None:
        """End all sessions of a user, and refuse every access token that an issuer gave out for them until now.

        What `end_with_all` named ends as well.
        """
        now = self._now()
        await self._end_where(SessionRow.user_id == user_id, reason, [Mark(f"user:{user_id}", now, now + LONGEST)])
        for end in self._also_ended:
            await end(user_id, reason)

    async def end_at_issuer(self, issuer: str, session: str, subject: str, reason: str) -> None:
        """End those that stand on a sign-in at an issuer, and refuse the issuer's access tokens that came of it.

        Of its `session` those are all, of a `subject` all until now. A token without a session may belong to any of its
        subject's: it is refused with each of them.
        """
        now = self._now()
        there = SessionRow.issuer == issuer
        if session:
            marks = [Mark(f"issuer-session:{session}", None, now + LONGEST)]
            marks += [Mark(f"issuer-no-session:{subject}", now, now + LONGEST)] if subject else []
            await self._end_where(there & (SessionRow.issuer_session == session), reason, marks)
        elif subject:
            marks = [Mark(f"issuer-subject:{subject}", now, now + LONGEST)]
            await self._end_where(there & (SessionRow.subject == subject), reason, marks)

    async def revoke_issued(self, token_id: str, until: datetime) -> None:
        """Refuse one access token of an issuer by its `jti`, until it is over."""
        await self._revocations.revoke([Mark(f"token:{token_id}", None, until)])
        await self._record(Event("token.revoked", None, resource=f"token:{token_id}"))

    def end_with_all(self, end: EndAll) -> None:
        """Have `end` called whenever all sessions of a user are ended."""
        self._also_ended.append(end)

    def on_ended(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after something was revoked, here or by another process: ask again who may go on."""
        self._revocations.on_change(listener)

    async def _end_where(self, condition: ColumnElement[bool], reason: str, also: Sequence[Mark] = ()) -> None:
        async with self._database.reading() as session:
            over = SessionRow.expires_at > self._now()
            rows = (await session.execute(select(SessionRow.id, SessionRow.user_id).where(condition, over))).all()
        users: dict[str, list[str]] = {}
        for session_id, user_id in rows:
            users.setdefault(user_id, []).append(session_id)
        for user_id, session_ids in users.items():
            await self._end(session_ids, user_id, reason)
        if also:
            await self._revocations.revoke(also)

    async def _end(self, session_ids: Sequence[str], user_id: str, reason: str) -> None:
        """End sessions of a user. Those that were ended before are told to the other processes once more."""
        # Ended first and recorded then, unlike all else: a record that fails must not keep a stolen session alive.
        now = self._now()
        async with self._database.transaction() as session:
            open_ones = select(SessionRow).where(SessionRow.id.in_(session_ids), SessionRow.ended_at.is_(None))
            ended = list(await session.scalars(open_ones.with_for_update()))
            for row in ended:
                row.ended_at = now
        until = now + timedelta(seconds=self._access.seconds + 2 * LEEWAY_SECONDS)
        await self._revocations.revoke([Mark(_resource(session_id), None, until) for session_id in session_ids])
        for row in ended:
            await self._record(Event("session.ended", user_id, resource=_resource(row.id), reason=reason))

    def _tokens(self, access: Access, refresh: str) -> Tokens:
        return Tokens(
            access=self._access.make(access, self._new_id()),
            refresh=refresh,
            access_seconds=self._access.seconds,
            refresh_seconds=self._refresh_seconds,
            session_id=access.session_id,
        )

    def _successor(self, refresh: str) -> str:
        """The token that follows a token: nobody can tell it without our secret, and we can tell it again."""
        return urlsafe_b64encode(hmac.digest(self._successors, refresh.encode(), "sha256")).rstrip(b"=").decode()


def _resource(session_id: str) -> str:
    return f"session:{session_id}"
