"""Users' mail accounts: servers, login, and the password under lock."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from backend.database import Database
from backend.errors import BadInput, Conflict, NotFound
from backend.mail.composing import checked_line, checked_person
from backend.mail.imap import Imap, Login
from backend.mail.message import Person
from backend.mail.servers import Security, Server, normalised
from backend.mail.smtp import Smtp
from backend.mail.tables import MailAccountRow
from backend.preferences import Preferences
from backend.vault import Vault

DEFAULT = "mail.default"
# A person has a handful; each costs connections.
_MOST_ACCOUNTS = 20


@dataclass(frozen=True, slots=True)
class FixedServers:
    """The servers that an administrator named for all users; None where each user names their own."""

    imap: Server | None = None
    smtp: Server | None = None


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """What a user gives. Servers are needed where the administrator named none."""

    name: str
    address: str
    login: str
    password: str
    imap: Server | None = None
    smtp: Server | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """An account as it is used. Without a password: that is opened only to log in."""

    id: str
    user_id: str
    me: Person
    login: str
    sealed_password: str
    imap: Server
    smtp: Server


class Accounts:
    """Keeps accounts and logs in to them. `now` is the time they are made."""

    def __init__(
        self,
        database: Database,
        preferences: Preferences,
        vault: Vault,
        imap: Imap,
        smtp: Smtp,
        fixed: FixedServers,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._preferences = preferences
        self._vault = vault
        self._imap = imap
        self._smtp = smtp
        self._fixed = fixed
        self._now = now

    async def check(self, new: NewAccount) -> None:
        """Log in to both servers, changing nothing. Raises `BadInput`, `NotAllowed`, `Unavailable`."""
        account = self._read(self._row("", new))
        for at, check in ((self.imap_login(account), self._imap.check), (self.smtp_login(account), self._smtp.check)):
            await check(at)

    async def add(self, user_id: str, new: NewAccount) -> Account:
        """Check an account and keep it. One of the same address and login is replaced: its password was changed."""
        await self.check(new)
        row = self._row(user_id, new)
        async with self._database.transaction() as session:
            mine = (await session.scalars(select(MailAccountRow).where(MailAccountRow.user_id == user_id))).all()
            same = next((one for one in mine if (one.address, one.login) == (row.address, row.login)), None)
            if same is not None:
                row.id, row.created_at = same.id, same.created_at
            elif len(mine) >= _MOST_ACCOUNTS:
                raise Conflict(f"{_MOST_ACCOUNTS} accounts are possible. Remove one first.")
            row = await session.merge(row)
            return self._read(row)

    async def remove(self, user_id: str, account_id: str) -> None:
        """Forget an account and its password."""
        account = await self.get(user_id, account_id)
        async with self._database.transaction() as session:
            await session.execute(delete(MailAccountRow).where(MailAccountRow.id == account.id))
        self._imap.forget(self.imap_login(account))

    async def all(self, user_id: str) -> Sequence[Account]:
        """The user's accounts; the default one first, then the oldest."""
        async with self._database.reading() as session:
            statement = select(MailAccountRow).where(MailAccountRow.user_id == user_id)
            rows = (await session.scalars(statement.order_by(MailAccountRow.created_at, MailAccountRow.id))).all()
        wanted = (await self._preferences.of(user_id)).get(DEFAULT)
        return [self._read(row) for row in sorted(rows, key=lambda row: row.id != wanted)]

    async def get(self, user_id: str, account_id: str | None = None) -> Account:
        """One account of the user, by default the default one. Raises `NotFound`."""
        accounts = await self.all(user_id)
        found = next((one for one in accounts if account_id in (None, one.id)), None)
        if found is None:
            raise NotFound(
                "There is no such mail account." if accounts else "No mail account is set up yet. Add one in settings.",
                field="account",
            )
        return found

    def imap_login(self, account: Account) -> Login:
        """How to log in to read."""
        return Login(account.imap, account.login, self._vault.open(account.sealed_password))

    def smtp_login(self, account: Account) -> Login:
        """How to log in to send."""
        return Login(account.smtp, account.login, self._vault.open(account.sealed_password))

    async def forget_user(self, user_id: str) -> None:
        """Forget the accounts of a user who is no more."""
        for account in await self.all(user_id):
            await self.remove(user_id, account.id)

    def _row(self, user_id: str, new: NewAccount) -> MailAccountRow:
        me = checked_person(Person(new.name, new.address), "address")
        imap = self._server(self._fixed.imap, new.imap, "imap")
        smtp = self._server(self._fixed.smtp, new.smtp, "smtp")
        if not new.login or not new.password:
            raise BadInput("Login and password are needed.", field="password" if new.login else "login")
        if any(sign in new.login + new.password for sign in "\r\n\0"):
            raise BadInput("Login and password cannot hold a line break.", field="password")
        return MailAccountRow(
            id=str(uuid.uuid4()),
            user_id=user_id,
            name=me.name,
            address=me.address,
            login=checked_line(new.login, "login", 320),
            sealed_password=self._vault.seal(new.password),
            imap_host=imap.host,
            imap_port=imap.port,
            imap_security=imap.security,
            smtp_host=smtp.host,
            smtp_port=smtp.port,
            smtp_security=smtp.security,
            created_at=self._now(),
        )

    @staticmethod
    def _server(fixed: Server | None, given: Server | None, field: str) -> Server:
        if fixed is not None:
            return fixed
        if given is None:
            raise BadInput(f"The {field.upper()} server is needed.", field=field)
        return normalised(given)

    def _read(self, row: MailAccountRow) -> Account:
        return Account(
            row.id,
            row.user_id,
            Person(row.name, row.address),
            row.login,
            row.sealed_password,
            self._fixed.imap or Server(row.imap_host, row.imap_port, Security(row.imap_security)),
            self._fixed.smtp or Server(row.smtp_host, row.smtp_port, Security(row.smtp_security)),
        )
