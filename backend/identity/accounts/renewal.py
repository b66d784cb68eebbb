"""Changing a password, and setting a new one when it is forgotten."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from backend.database import Database
from backend.errors import BadInput, InvalidCredentials, NotFound
from backend.identity.accounts import strength
from backend.identity.accounts.address import same_email
from backend.identity.accounts.directory import NO_ACCOUNT
from backend.identity.accounts.letters import Letters
from backend.identity.accounts.lockout import Lockout
from backend.identity.accounts.passwords import Passwords
from backend.identity.accounts.post import Outbox
from backend.identity.accounts.tables import AccountRow, ChallengeRow, ResetRow
from backend.identity.events import Event, Outcome, Record
from backend.identity.origin import current_origin
from backend.identity.principal import Way
from backend.identity.session import Beginning, Limiter, Sessions, Tokens
from backend.identity.tokens import hash_of, new_token

_GOOD_FOR = timedelta(hours=1)
# An administrator's invitation is read when its reader comes to it.
_INVITATION_GOOD_FOR = timedelta(days=3)
_LINK_OVER = "This link is not good any more: it was used, or is too old. Ask for a new one."
_CHANGED = "The password was changed. All sessions were ended."


class Renewal:
    """New passwords. Each ends all sessions of the account."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        lockout: Lockout,
        sessions: Sessions,
        outbox: Outbox,
        letters: Letters,
        *,
        record: Record,
        limit: Limiter,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._lockout = lockout
        self._sessions = sessions
        self._outbox = outbox
        self._letters = letters
        self._record = record
        self._limit = limit
        self._now = now

    async def change(self, user_id: str, old: str, new: str) -> Tokens:
        """A new password for who knows the old one; gives the tokens of a new session in place of all others.

        Raises `NotFound` for a user without an account, `InvalidCredentials`, `RateLimited`, `WeakPassword`.
        """
        row = await self._row(user_id)
        await self._limit("login", f"account:{row.email}")
        async with self._lockout.trying(row.email) as trying:
            if not (await self._passwords.verify(old, row.password)).right:
                await trying.failed()
                await self._record(Event("account.password_changed", user_id, Outcome.REFUSED, reason="wrong password"))
                raise InvalidCredentials("The old password is wrong.", field="old")
            await asyncio.to_thread(strength.demand, new, (row.email, row.name))
            hashed = await self._passwords.hash(new)
            await self._record(Event("account.password_changed", user_id, resource=f"user:{user_id}"))
            await self._set(user_id, hashed)
            await trying.succeeded()
        await self._sessions.end_all(user_id, "password changed")
        self._outbox.put(self._letters.changed(row.email, _CHANGED))
        return await self._sessions.begin(Beginning(user_id, Way.ACCOUNT))

    async def forgotten(self, email: str) -> None:
        """Send a link, if there is an account. Raises `RateLimited`."""
        email = same_email(email)
        await self._limit("login", f"address:{current_origin().address}")
        await self._limit("registration", f"account:{email}")
        async with self._database.reading() as session:
            row = await session.scalar(
                select(AccountRow).where(AccountRow.email == email, AccountRow.disabled_at.is_(None))
            )
        await self._record(Event("account.reset_asked", row.user_id if row else None))
        if row is not None:
            # In the background: nobody learns by waiting whether there is an account.
            self._outbox.later(self._write_to(row))

    async def _write_to(self, account: AccountRow) -> None:
        token = await self._new_token(account.user_id, _GOOD_FOR)
        self._outbox.put(self._letters.reset(account.email, token))

    async def invite(self, user_id: str) -> str:
        """A link by which somebody sets their first password, for an administrator to pass on."""
        return self._letters.reset_link(await self._new_token(user_id, _INVITATION_GOOD_FOR))

    async def reset(self, token: str, password: str) -> None:
        """Set the password that a link allows to set. Raises `BadInput`, `RateLimited`, `WeakPassword`.

        A second factor is still asked for at the next sign-in.
        """
        await self._limit("login", f"address:{current_origin().address}")
        hashed_token, now = hash_of(token), self._now()
        async with self._database.reading() as session:
            user_id = await session.scalar(
                select(ResetRow.user_id).where(ResetRow.hash == hashed_token, ResetRow.expires_at > now)
            )
        if user_id is None:
            raise BadInput(_LINK_OVER, field="token")
        row = await self._row(user_id)
        await asyncio.to_thread(strength.demand, password, (row.email, row.name))
        hashed = await self._passwords.hash(password)
        await self._record(Event("account.password_reset", user_id, resource=f"user:{user_id}"))
        if not await self._set(user_id, hashed, hashed_token):
            raise BadInput(_LINK_OVER, field="token")
        await self._lockout.forget(row.email)
        await self._sessions.end_all(user_id, "password reset")
        self._outbox.put(self._letters.changed(row.email, _CHANGED))

    async def _row(self, user_id: str) -> AccountRow:
        async with self._database.reading() as session:
            row = await session.get(AccountRow, user_id)
        if row is None:
            raise NotFound(NO_ACCOUNT)
        return row

    async def _new_token(self, user_id: str, good_for: timedelta) -> str:
        token, now = new_token(), self._now()
        async with self._database.transaction() as session:
            await session.execute(delete(ResetRow).where(ResetRow.expires_at <= now))
            session.add(ResetRow(hash=hash_of(token), user_id=user_id, expires_at=now + good_for))
        return token

    async def _set(self, user_id: str, hashed: str, token: str | None = None) -> bool:
        """Keep it; False when `token` was used meanwhile. Links and half-done sign-ins of the account are over."""
        async with self._database.transaction() as session:
            if token is not None:
                used = delete(ResetRow).where(ResetRow.hash == token).returning(ResetRow.hash)
                if await session.scalar(used) is None:
                    return False
            new = {"password": hashed, "password_at": self._now()}
            await session.execute(update(AccountRow).where(AccountRow.user_id == user_id).values(new))
            await session.execute(delete(ResetRow).where(ResetRow.user_id == user_id))
            await session.execute(delete(ChallengeRow).where(ChallengeRow.user_id == user_id))
        return True
