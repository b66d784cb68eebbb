"""A user's second factors: added, confirmed, listed and removed."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import bytes_to_base64url

from backend.database import Database
from backend.errors import BadInput, Conflict, NotFound
from backend.identity.accounts import recovery_codes, totp, webauthn_keys
from backend.identity.accounts.directory import NO_ACCOUNT
from backend.identity.accounts.letters import Letters
from backend.identity.accounts.post import Outbox
from backend.identity.accounts.tables import AccountRow, ChallengeRow, FactorRow, RecoveryCodeRow
from backend.identity.accounts.totp import TotpCodes
from backend.identity.accounts.webauthn_keys import WebAuthnKeys
from backend.identity.events import Event, Record
from backend.identity.tokens import hash_of
from backend.vault import Vault

REGISTRATION = "registration"
_REGISTRATION_SECONDS = 300
# Nobody has more keys; each costs a look at every sign-in.
_MOST = 20
_WRONG_CODE = "This is not the code that your app shows now. Check the time of your phone."


@dataclass(frozen=True, slots=True)
class Factor:
    """A confirmed second factor."""

    id: str
    kind: str
    name: str
    created_at: datetime
    used_at: datetime | None


class SecondFactors:
    """Manages them for signed-in users. Every method raises `NotFound` for a user without an account."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        codes: TotpCodes,
        keys: WebAuthnKeys,
        outbox: Outbox,
        letters: Letters,
        *,
        record: Record,
        now: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._vault = vault
        self._codes = codes
        self._keys = keys
        self._outbox = outbox
        self._letters = letters
        self._record = record
        self._now = now
        self._new_id = new_id

    async def of(self, user_id: str) -> tuple[list[Factor], int]:
        """The confirmed ones, the oldest first, and how many recovery codes are left."""
        await self._account(user_id)
        async with self._database.reading() as session:
            left = await session.scalar(select(func.count()).where(RecoveryCodeRow.user_id == user_id))
        rows = await confirmed(self._database, user_id)
        return [Factor(row.id, row.kind, row.name, row.created_at, row.used_at) for row in rows], left or 0

    async def new_totp(self, user_id: str) -> tuple[str, str]:
        """A secret (base32) and its URI, to be confirmed by a code. Raises `Conflict` when there is one already."""
        account = await self._account(user_id)
        if any(row.kind == totp.KIND for row in await confirmed(self._database, user_id)):
            raise Conflict("You have an authenticator app already. Remove it first.")
        secret = totp.new_secret()
        row = self._row(user_id, totp.KIND, "", secret=self._vault.seal(secret))
        async with self._database.transaction() as session:
            await session.execute(delete(FactorRow).where(FactorRow.user_id == user_id, FactorRow.confirmed.is_(False)))
            session.add(row)
        return secret, totp.uri_of(secret, account.email)

    async def confirm_totp(self, user_id: str, code: str) -> list[str]:
        """The app works: it counts from now on. Gives recovery codes when there were none.

        Raises `Conflict` when none waits, `BadInput` for a wrong code.
        """
        account = await self._account(user_id)
        async with self._database.reading() as session:
            waiting = (FactorRow.user_id == user_id, FactorRow.confirmed.is_(False))
            row = await session.scalar(select(FactorRow).where(*waiting))
        if row is None:
            raise Conflict("No authenticator app waits to be confirmed. Begin again.")
        if totp.step_of(self._vault.open(row.secret), code, self._now()) is None:
            raise BadInput(_WRONG_CODE, field="code")
        await self._record_change("added", user_id, row)
        if not await self._codes.use(row, code):
            raise BadInput(_WRONG_CODE, field="code")
        return await self._added(account, "An authenticator app was added as a second factor.")

    async def webauthn_options(self, user_id: str) -> dict[str, object]:
        """What a browser needs to make a credential. Raises `Conflict` where there can be none, or are too many."""
        account = await self._account(user_id)
        if not self._keys.usable:
            raise Conflict("Passkeys need a host name: ACCOUNTS_BASE_URL names an address of a machine.")
        known = await confirmed(self._database, user_id)
        if len(known) >= _MOST:
            raise Conflict(f"You have {_MOST} second factors already. Remove one first.")
        options, challenge = self._keys.creation_options(account, known)
        now = self._now()
        row = ChallengeRow(
            hash=hash_of(challenge),
            user_id=user_id,
            purpose=REGISTRATION,
            webauthn=challenge,
            tries=0,
            expires_at=now + timedelta(seconds=_REGISTRATION_SECONDS),
        )
        async with self._database.transaction() as session:
            await self._take_challenge(session, user_id)
            session.add(row)
        return options

    async def add_webauthn(self, user_id: str, credential: Mapping[str, object], name: str) -> list[str]:
        """Add a credential that a browser made. Gives recovery codes when there were none.

        Raises `Conflict` when none was asked for, or it is known already, and `BadInput` for what cannot be verified.
        """
        account = await self._account(user_id)
        async with self._database.transaction() as session:
            challenge = await self._take_challenge(session, user_id)
        if challenge is None:
            raise Conflict("No passkey was asked for, or too long ago. Begin again.")
        made = self._keys.check_created(credential, challenge)
        row = self._row(
            user_id,
            webauthn_keys.KIND,
            name,
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key),
            counter=made.sign_count,
            verifies_user=made.user_verified,
            confirmed=True,
        )
        await self._record_change("added", user_id, row)
        try:
            async with self._database.transaction() as session:
                session.add(row)
        except IntegrityError:
            raise Conflict("This passkey is in use already.") from None
        return await self._added(account, "A passkey or security key was added as a second factor.")

    async def remove(self, user_id: str, factor_id: str) -> None:
        """Remove one; with the last one the recovery codes go. Raises `NotFound`."""
        account = await self._account(user_id)
        row = next((row for row in await confirmed(self._database, user_id) if row.id == factor_id), None)
        if row is None:
            raise NotFound("You have no such second factor.")
        await self._record_change("removed", user_id, row)
        async with self._database.transaction() as session:
            await session.execute(delete(FactorRow).where(FactorRow.id == factor_id))
            await _drop_idle_codes(session, user_id)
        self._outbox.put(self._letters.changed(account.email, "A second factor was removed."))

    async def new_codes(self, user_id: str) -> list[str]:
        """Ten new recovery codes; the old ones count no more. Raises `Conflict` without a second factor."""
        account = await self._account(user_id)
        if not await confirmed(self._database, user_id):
            raise Conflict("Recovery codes are for who has a second factor. Add one first.")
        await self._record(Event("account.recovery_codes_made", user_id, resource=f"user:{user_id}"))
        codes = recovery_codes.new_codes()
        async with self._database.transaction() as session:
            await recovery_codes.replace(session, user_id, codes)
        self._outbox.put(self._letters.changed(account.email, "New recovery codes were made."))
        return codes

    async def _added(self, account: AccountRow, what: str) -> list[str]:
        codes: list[str] = []
        async with self._database.transaction() as session:
            if not await session.scalar(select(func.count()).where(RecoveryCodeRow.user_id == account.user_id)):
                codes = recovery_codes.new_codes()
                await recovery_codes.replace(session, account.user_id, codes)
        self._outbox.put(self._letters.changed(account.email, what))
        return codes

    async def _account(self, user_id: str) -> AccountRow:
        async with self._database.reading() as session:
            account = await session.get(AccountRow, user_id)
        if account is None:
            raise NotFound(NO_ACCOUNT)
        return account

    async def _take_challenge(self, session: AsyncSession, user_id: str) -> str | None:
        """The challenge that waits, which is used up; None when there is none, or it is too old."""
        mine = (ChallengeRow.user_id == user_id, ChallengeRow.purpose == REGISTRATION)
        taken = delete(ChallengeRow).where(*mine).returning(ChallengeRow.webauthn, ChallengeRow.expires_at)
        row = (await session.execute(taken)).first()
        return row.webauthn if row is not None and row.expires_at > self._now() else None

    async def _record_change(self, what: str, user_id: str, row: FactorRow) -> None:
        event = Event(f"account.factor_{what}", user_id, resource=f"factor:{row.id}", details={"kind": row.kind})
        await self._record(event)

    def _row(
        self,
        user_id: str,
        kind: str,
        name: str,
        *,
        secret: str = "",
        credential_id: str | None = None,
        public_key: str = "",
        counter: int = 0,
        verifies_user: bool = False,
        confirmed: bool = False,
    ) -> FactorRow:
        return FactorRow(
            id=self._new_id(),
            user_id=user_id,
            kind=kind,
            name=name,
            secret=secret,
            credential_id=credential_id,
            public_key=public_key,
            counter=counter,
            verifies_user=verifies_user,
            confirmed=confirmed,
            created_at=self._now(),
        )


async def confirmed(database: Database, user_id: str) -> list[FactorRow]:
    """A user's factors that count, the oldest first."""
    mine = (FactorRow.user_id == user_id, FactorRow.confirmed.is_(True))
    async with database.reading() as session:
        return list(await session.scalars(select(FactorRow).where(*mine).order_by(FactorRow.created_at)))


async def _drop_idle_codes(session: AsyncSession, user_id: str) -> None:
    mine = (FactorRow.user_id == user_id, FactorRow.confirmed.is_(True))
    if not await session.scalar(select(func.count()).where(*mine)):
        await session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
