"""Registering: an account comes to be when its address is proven."""

import asyncio
import uuid
from collections.abc import Callable, Set
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from backend.database import Database
from backend.errors import BadInput, NotAllowed
from backend.identity.accounts import strength
from backend.identity.accounts.address import checked_email, same_email
from backend.identity.accounts.directory import written_roles
from backend.identity.accounts.letters import Letters
from backend.identity.accounts.passwords import Passwords
from backend.identity.accounts.post import Outbox
from backend.identity.accounts.tables import AccountRow, RegistrationRow
from backend.identity.events import Event, Outcome, Record
from backend.identity.origin import current_origin
from backend.identity.principal import Role
from backend.identity.session import Limiter
from backend.identity.tokens import hash_of, new_token

_GOOD_FOR = timedelta(days=1)
_LINK_OVER = "This link is not good any more: it was used, or is older than a day. Register again."


class Registration:
    """Takes registrations of addresses that `admitted` names; see `admits`. Its answers never tell whether an address
    has an account."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        outbox: Outbox,
        letters: Letters,
        *,
        record: Record,
        limit: Limiter,
        now: Callable[[], datetime],
        admitted: str,
        new_id: Callable[[], str] = lambda: f"account-{uuid.uuid4()}",
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._outbox = outbox
        self._letters = letters
        self._record = record
        self._limit = limit
        self._now = now
        self._admitted = frozenset(filter(None, map(same_email, admitted.split(","))))
        self._new_id = new_id

    @property
    def is_open(self) -> bool:
        """Whether anybody may register at all."""
        return bool(self._admitted)

    async def register(self, email: str, password: str, name: str) -> None:
        """Send a link to this address. Raises `NotAllowed`, `RateLimited`, `BadInput`, `WeakPassword`."""
        if not self.is_open:
            raise NotAllowed("Nobody can register here. Ask the administrator for an account.")
        email = checked_email(email)
        await self._limit("registration", f"address:{current_origin().address}")
        await self._limit("registration", f"account:{email}")
        if not admits(self._admitted, email):
            await self._record(Event("account.registration_asked", None, Outcome.REFUSED, reason="not admitted"))
            raise NotAllowed("This address cannot be registered here. Ask the administrator for an account.")
        await asyncio.to_thread(strength.demand, password, (email, name))
        hashed = await self._passwords.hash(password)
        await self._record(Event("account.registration_asked", None))
        # In the background: nobody learns by waiting whether there is an account.
        self._outbox.later(self._write_to(email, hashed, name))

    async def _write_to(self, email: str, hashed: str, name: str) -> None:
        now, token = self._now(), new_token()
        async with self._database.transaction() as session:
            await session.execute(delete(RegistrationRow).where(RegistrationRow.expires_at <= now))
            known = await session.scalar(select(func.count()).where(AccountRow.email == email))
            if not known:
                row = RegistrationRow(
                    hash=hash_of(token), email=email, name=name, password=hashed, expires_at=now + _GOOD_FOR
                )
                session.add(row)
        self._outbox.put(self._letters.known_already(email) if known else self._letters.verification(email, token))

    async def verify(self, token: str) -> str:
        """The address is proven: make the account, a user's; gives its user id. Raises `BadInput`, `RateLimited`."""
        await self._limit("login", f"address:{current_origin().address}")
        now = self._now()
        async with self._database.reading() as session:
            row = await session.get(RegistrationRow, hash_of(token))
        if row is None or row.expires_at <= now:
            raise BadInput(_LINK_OVER, field="token")
        user_id = self._new_id()
        await self._record(Event("account.created", user_id, resource=f"user:{user_id}", reason="registered"))
        account = AccountRow(
            user_id=user_id,
            email=row.email,
            name=row.name,
            password=row.password,
            password_at=now,
            roles=written_roles({Role.USER}),
            created_at=now,
        )
        try:
            async with self._database.transaction() as session:
                # Other registrations with the address, perhaps by somebody else, are over with this one.
                await session.execute(delete(RegistrationRow).where(RegistrationRow.email == row.email))
                session.add(account)
        except IntegrityError:
            raise BadInput(_LINK_OVER, field="token") from None
        return user_id


def admits(admitted: Set[str], email: str) -> bool:
    """Whether an address is among addresses (`ann@clinic.example`), domains (`@clinic.example`) or everybody (`*`)."""
    return not admitted.isdisjoint({"*", email, email[email.rindex("@") :]})
