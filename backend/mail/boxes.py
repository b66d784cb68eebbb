"""Gives out users' mailboxes, each only to its user."""

from backend.errors import NotFound
from backend.mail.accounts import Account, Accounts
from backend.mail.imap import Imap
from backend.mail.mailbox import MailBox
from backend.mail.message import MailId
from backend.mail.messages import ImapMailBox


class Boxes:
    """The mailboxes of all accounts."""

    def __init__(self, accounts: Accounts, imap: Imap) -> None:
        self._accounts = accounts
        self._imap = imap

    async def of(self, user_id: str, account_id: str | None = None) -> tuple[Account, MailBox]:
        """An account of this user, by default the default one, and its mailbox. Raises `NotFound`."""
        account = await self._accounts.get(user_id, account_id)
        return account, ImapMailBox(self._imap, self._accounts.imap_login(account), account.id, account.me)

    async def holding(self, user_id: str, mail: MailId) -> MailBox:
        """The mailbox that a mail is in. Raises `NotFound` when it is none of this user's."""
        try:
            return (await self.of(user_id, mail.account_id))[1]
        except NotFound as error:
            raise NotFound("There is no such mail.") from error
