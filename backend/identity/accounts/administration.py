"""What an administrator does to accounts. What takes something away ends the account's sessions at once."""

import uuid
from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from backend.database import Database
from backend.errors import BadInput, Conflict
from backend.identity.accounts.address import checked_email
from backend.identity.accounts.directory import Account, Directory, written_roles
from backend.identity.accounts.tables import AccountRow, ChallengeRow, FactorRow, RecoveryCodeRow
from backend.identity.events import Event, Record
from backend.identity.principal import Role
from backend.identity.session import Sessions

_LONGEST_ID, _LONGEST_NAME = 255, 100


class Administration:
    """Adds, changes and removes accounts, each by its address. `NotFound` where there is none."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        sessions: Sessions,
        *,
        record: Record,
        now: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: f"account-{uuid.uuid4()}",
    ) -> None:
        self._database = database
        self._directory = directory
        self._sessions = sessions
        self._record = record
        self._now = now
        self._new_id = new_id

    async def add(self, email: str, name: str, roles: Collection[Role], user_id: str = "") -> Account:
        """An account without a password yet. `user_id` is the principal that it is; empty for a new one.

        Raises `BadInput` for a wrong address, name or id, `Conflict` when address or id are taken.
        """
        email = checked_email(email)
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise BadInput(f"A name has at most {_LONGEST_NAME} characters, all printable.", field="name")
        if len(user_id) > _LONGEST_ID or not user_id.isprintable() or user_id != user_id.strip():
            raise BadInput(f"{user_id[:_LONGEST_ID]!r} is no user id.", field="user_id")
        user_id = user_id or self._new_id()
        await self._tell("account.created", user_id, {"roles": written_roles(roles)})
        row = AccountRow(
            user_id=user_id,
            email=email,
            name=name,
            password="",
            roles=written_roles(roles),
            created_at=self._now(),
        )
        try:
            async with self._database.transaction() as session:
                session.add(row)
        except IntegrityError:
            raise Conflict(f"There is an account with the address {email!r} or the user id {user_id!r}.") from None
        return await self._directory.by_email(email)

    async def disable(self, email: str) -> None:
        """Refuse it from now on."""
        account = await self._directory.by_email(email)
        await self._tell("account.disabled", account.user_id)
        await self._set(account, disabled_at=self._now())
        await self._forget_half_done(account)
        await self._sessions.end_all(account.user_id, "account disabled")

    async def enable(self, email: str) -> None:
        """Let it in again."""
        account = await self._directory.by_email(email)
        await self._tell("account.enabled", account.user_id)
        await self._set(account, disabled_at=None)

    async def set_roles(self, email: str, roles: Collection[Role]) -> None:
        """These are its roles from now on, in open sessions within seconds."""
        account = await self._directory.by_email(email)
        details = {"before": written_roles(account.roles), "roles": written_roles(roles)}
        await self._tell("account.roles_changed", account.user_id, details)
        await self._set(account, roles=written_roles(roles))

    async def reset_second_factor(self, email: str) -> None:
        """Remove all second factors and recovery codes of who has lost them, and end the sessions."""
        account = await self._directory.by_email(email)
        await self._tell("account.factors_reset", account.user_id)
        async with self._database.transaction() as session:
            for table in (FactorRow, RecoveryCodeRow, ChallengeRow):
                await session.execute(delete(table).where(table.user_id == account.user_id))
        await self._sessions.end_all(account.user_id, "second factors reset")

    async def remove(self, email: str) -> None:
        """Remove it with all that proves it. What its user stored elsewhere in VoiceAssist stays."""
        account = await self._directory.by_email(email)
        await self._tell("account.removed", account.user_id)
        async with self._database.transaction() as session:
            await session.execute(delete(AccountRow).where(AccountRow.user_id == account.user_id))
        await self._sessions.end_all(account.user_id, "account removed")

    async def _set(self, account: Account, **values: object) -> None:
        async with self._database.transaction() as session:
            await session.execute(update(AccountRow).where(AccountRow.user_id == account.user_id).values(**values))

    async def _forget_half_done(self, account: Account) -> None:
        async with self._database.transaction() as session:
            await session.execute(delete(ChallengeRow).where(ChallengeRow.user_id == account.user_id))

    async def _tell(self, kind: str, user_id: str, details: dict[str, str] | None = None) -> None:
        await self._record(
            Event(kind, None, resource=f"user:{user_id}", reason="administration", details=details or {})
        )
