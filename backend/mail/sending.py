"""Sends a mail once, whatever breaks: a journal, the server's own folders, and never a second try by itself.

1. The server is asked whether it takes the mail (size, sender, recipients). What it refuses was surely not sent.
2. The journal says that the mail is being handed over. Without this line, it was surely not sent.
3. The mail is handed over; the journal says what the server answered.
4. A copy is put into the folder of sent mail, unless the server did that or has one by the same Message-ID.

Who stops between 2 and 3 is unsure: then the server's folders are asked for the Message-ID, and what they do not show
nobody knows.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete

from backend.database import Database
from backend.errors import Conflict, VoiceAssistError
from backend.mail.accounts import Account, Accounts
from backend.mail.composing import Outgoing, compose
from backend.mail.faults import LineLost, OutcomeUnknown
from backend.mail.folders import Role
from backend.mail.mailbox import MailBox
from backend.mail.smtp import Smtp
from backend.mail.tables import SendingRow

log = structlog.get_logger(__name__)

_HANDING, _SENT, _REFUSED = "handing", "sent", "refused"
# Where a server shows what it sent: most in the folder of sent mail, Gmail also among all mail.
_EVIDENCE = (Role.SENT, Role.ALL)
# After this time nobody asks any more whether a mail was sent.
_KEPT = timedelta(days=90)


class Sending:
    """Hands mails over and knows afterwards. `now` is written into the journal."""

    def __init__(self, database: Database, accounts: Accounts, smtp: Smtp, now: Callable[[], datetime]) -> None:
        self._database = database
        self._accounts = accounts
        self._smtp = smtp
        self._now = now

    async def send(self, account: Account, mail: Outgoing) -> None:
        """Send. When an error of the house is raised nothing was sent; `OutcomeUnknown` says that nobody knows."""
        content = await asyncio.to_thread(compose, mail)
        async with self._smtp.open(self._accounts.smtp_login(account)) as submission:
            await submission.address(mail.sender.address, mail.recipients, len(content))
            await self._begin(account, mail.message_id)
            try:
                await submission.hand_over(content)
            except VoiceAssistError:
                await self._record(mail.message_id, _REFUSED)
                raise
            await self._record(mail.message_id, _SENT)
        log.info("mail.sent", user_id=account.user_id, recipients=len(mail.recipients), bytes=len(content))

    async def was_sent(self, message_id: str, box: MailBox) -> bool:
        """Whether a mail went out. Raises `Conflict` when nobody can tell, `Unavailable` when the server is away."""
        async with self._database.reading() as session:
            row = await session.get(SendingRow, message_id)
        if row is None or row.state == _REFUSED:
            return False
        if row.state == _SENT:
            return True
        if not await box.find(message_id, _EVIDENCE):
            raise Conflict(
                "The line to the mail server broke while the mail was handed over, and the server does not show "
                "whether it was sent. Ask a recipient before you send it again."
            )
        await self._record(message_id, _SENT)
        return True

    async def file(self, mail: Outgoing, box: MailBox) -> bool:
        """See that a copy of a sent mail is in the folder of sent mail. Whether there is one, as far as is known."""
        try:
            if await box.keeps_sent():
                return True
            content = await asyncio.to_thread(compose, mail, with_bcc=True)
            return await box.append(Role.SENT, content, mail.message_id, at=mail.at) is not None
        except (VoiceAssistError, OutcomeUnknown, LineLost):
            return False  # it was sent; that is what counts

    async def forget_user(self, user_id: str) -> None:
        """Forget what a user who is no more has sent."""
        async with self._database.transaction() as session:
            await session.execute(delete(SendingRow).where(SendingRow.user_id == user_id))

    async def _begin(self, account: Account, message_id: str) -> None:
        async with self._database.transaction() as session:
            await session.execute(delete(SendingRow).where(SendingRow.at < self._now() - _KEPT))
            row = await session.get(SendingRow, message_id)
            if row is not None and row.state != _REFUSED:
                raise Conflict("This mail was handed over before. It is not sent a second time.")
            await session.merge(
                SendingRow(
                    message_id=message_id,
                    user_id=account.user_id,
                    account_id=account.id,
                    state=_HANDING,
                    at=self._now(),
                )
            )

    async def _record(self, message_id: str, state: str) -> None:
        async with self._database.transaction() as session:
            row = await session.get(SendingRow, message_id)
            if row is not None:
                row.state = state
