"""Which accounts there are, and what each is."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from backend.database import Database
from backend.errors import BadInput, NotAllowed, NotFound
from backend.identity.accounts.address import same_email
from backend.identity.accounts.tables import AccountRow
from backend.identity.principal import Role

NO_ACCOUNT = "You have no local account here."


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `user_id` is the principal that it is."""

    user_id: str
    email: str
    name: str
    roles: frozenset[Role]
    disabled: bool
    has_password: bool


class Directory:
    """Finds accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Account]:
        """All, by address."""
        async with self._database.reading() as session:
            return [account_of(row) for row in await session.scalars(select(AccountRow).order_by(AccountRow.email))]

    async def by_email(self, email: str) -> Account:
        """Raises `NotFound`."""
        async with self._database.reading() as session:
            row = await session.scalar(select(AccountRow).where(AccountRow.email == same_email(email)))
        if row is None:
            raise NotFound(f"There is no account with the address {email!r}.")
        return account_of(row)

    async def by_id(self, user_id: str) -> Account:
        """Raises `NotFound`."""
        async with self._database.reading() as session:
            row = await session.get(AccountRow, user_id)
        if row is None:
            raise NotFound(NO_ACCOUNT)
        return account_of(row)

    async def roles_of(self, user_id: str) -> frozenset[Role]:
        """The roles of an account as they are now; none for a user without one. Raises `NotAllowed` when disabled."""
        wanted = select(AccountRow.roles, AccountRow.disabled_at).where(AccountRow.user_id == user_id)
        async with self._database.reading() as session:
            row = (await session.execute(wanted)).first()
        if row is None:
            return frozenset()
        if row.disabled_at is not None:
            raise disabled_account()
        return read_roles(row.roles)


def account_of(row: AccountRow) -> Account:
    """What the row says."""
    return Account(
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        roles=read_roles(row.roles),
        disabled=row.disabled_at is not None,
        has_password=bool(row.password),
    )


def read_roles(stored: str) -> frozenset[Role]:
    """Roles out of the column."""
    return frozenset(Role(name) for name in stored.split())


def written_roles(roles: Collection[Role]) -> str:
    """Roles for the column."""
    return " ".join(sorted(roles))


def asked_roles(names: Collection[str]) -> frozenset[Role]:
    """Roles by name. Raises `BadInput` for one that there is not, and for none at all."""
    known = {role.value for role in Role}
    for name in names:
        if name not in known:
            raise BadInput(f"{name!r} is no role. There are: {', '.join(sorted(known))}.", field="roles")
    if not names:
        raise BadInput("An account needs one role at least.", field="roles")
    return frozenset(Role(name) for name in names)


def disabled_account() -> NotAllowed:
    """Said to somebody who has proven whose account it is."""
    return NotAllowed("This account is disabled. Ask the administrator.")
