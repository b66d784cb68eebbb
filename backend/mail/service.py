"""The mail service: what routes, the assistant and other slices use."""

import hashlib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import getaddresses

from backend.actions.performer import Performer
from backend.database import Database
from backend.errors import BadInput, Conflict
from backend.files.sources import Sources
from backend.mail.accounts import Account, Accounts, FixedServers, NewAccount
from backend.mail.attachments import Attachments
from backend.mail.boxes import Boxes
from backend.mail.composing import Invitation, Outgoing, message_id
from backend.mail.drafts import Drafts
from backend.mail.faults import OutcomeUnknown
from backend.mail.folders import Folder
from backend.mail.imap import Imap
from backend.mail.limits import CheckLimit
from backend.mail.message import MailId, Message, Page, Person, Query
from backend.mail.performers import Keeper, Writer
from backend.mail.sending import Sending
from backend.mail.servers import MailReach
from backend.mail.smtp import Smtp
from backend.mail.threads import Contribution, contributions
from backend.preferences import Preferences
from backend.vault import Vault

# Mails of a thread that are read for what they say: the last ones.
_MOST_READ = 20


class Mail:
    """Everybody's mail, each user's own. `context` says which certificates are trusted; `now` is the time."""

    def __init__(
        self,
        database: Database,
        preferences: Preferences,
        vault: Vault,
        sources: Sources,
        reach: MailReach,
        fixed: FixedServers,
        now: Callable[[], datetime],
        context: ssl.SSLContext | None = None,
    ) -> None:
        trusting = context or ssl.create_default_context()
        self._imap = Imap(reach, trusting)
        smtp = Smtp(reach, trusting)
        self._now = now
        self._accounts = Accounts(database, preferences, vault, self._imap, smtp, fixed, now)
        self._limit = CheckLimit(now)
        self._boxes = Boxes(self._accounts, self._imap)
        self._sending = Sending(database, self._accounts, smtp, now)
        self.fixed = fixed
        self.drafts = Drafts(self._accounts, self._boxes)
        self.performers: Sequence[Performer] = (
            Writer(self.drafts, self._boxes, self._sending),
            Keeper(self.drafts, self._boxes, Attachments(sources)),
        )

    async def accounts(self, user_id: str) -> Sequence[Account]:
        """The user's accounts, the default one first."""
        return await self._accounts.all(user_id)

    async def check_account(self, user_id: str, new: NewAccount) -> None:
        """Log in to both servers. Raises `BadInput`, `NotAllowed` (wrong password), `RateLimited`, `Unavailable`."""
        self._limit.count(user_id)
        await self._accounts.check(new)

    async def add_account(self, user_id: str, new: NewAccount) -> Account:
        """Check an account and keep it. Raises as `check_account` does."""
        self._limit.count(user_id)
        return await self._accounts.add(user_id, new)

    async def remove_account(self, user_id: str, account_id: str) -> None:
        """Forget an account and its password."""
        await self._accounts.remove(user_id, account_id)

    async def folders(self, user_id: str, account_id: str | None = None) -> Sequence[Folder]:
        """The folders of an account."""
        return await (await self._boxes.of(user_id, account_id))[1].folders()

    async def messages(self, user_id: str, query: Query, account_id: str | None = None) -> Page:
        """A page of mails, the newest first; by default of the default account."""
        return await (await self._boxes.of(user_id, account_id))[1].messages(query)

    async def changed(self, user_id: str, folder: str, mark: str, seconds: float, account_id: str | None = None) -> str:
        """Wait until a folder is not as it was at `mark`, or for so many seconds; its mark then.

        Marks are opaque; with an empty one the first mark is told at once. Raises `RateLimited` when the user waits in
        too many places.
        """
        return await (await self._boxes.of(user_id, account_id))[1].changed(folder, mark, seconds)

    async def read(self, user_id: str, mail: str) -> Message:
        """A mail with its text. It stays unread at the server."""
        place = MailId.parse(mail)
        return await (await self._boxes.holding(user_id, place)).read(place)

    async def thread(self, user_id: str, mail: str) -> list[Contribution]:
        """Who said what when in the thread of a mail, the oldest first."""
        place = MailId.parse(mail)
        box = await self._boxes.holding(user_id, place)
        found = await box.thread(place)
        return contributions([await box.read(one.id) for one in found[-_MOST_READ:]])

    async def send_ics(
        self,
        user_id: str,
        recipients: Sequence[Person],
        method: str,
        ics: bytes,
        subject: str,
        text: str,
        sent_as: str,
    ) -> None:
        """Send an iCalendar object to people (RFC 6047), from the default account.

        Once for a Message-ID `sent_as` (with angle brackets): asked again, a mail that went out is not sent again.
        Raises the errors of the house when nothing was sent, `Conflict` as well when nobody can tell.
        """
        account, box = await self._boxes.of(user_id)
        if await self._sending.was_sent(sent_as, box):
            return
        mail = Outgoing(
            message_id=sent_as,
            sender=account.me,
            to=tuple(recipients),
            cc=(),
            bcc=(),
            subject=subject,
            text=text,
            at=self._now(),
            invitation=Invitation(method, ics),
        )
        try:
            await self._sending.send(account, mail)
        except OutcomeUnknown as error:
            raise Conflict(
                "The line broke while the invitation was sent, and nobody can tell whether it was."
            ) from error
        await self._sending.file(mail, box)

    async def address(self, user_id: str) -> Person | None:
        """As whom a user sends; None for a user without a mail account."""
        accounts = await self._accounts.all(user_id)
        return accounts[0].me if accounts else None

    async def send_invitation(self, user_id: str, message: EmailMessage) -> None:
        """Send a ready-made invitation to those in its `To`, from the default account. See `send_ics`.

        The same content to the same people is one mail: what changed has another DTSTAMP. Raises `BadInput` for a mail
        without a calendar part.
        """
        calendar = next((part for part in message.walk() if part.get_content_type() == "text/calendar"), None)
        text = message.get_body(("plain",))
        if calendar is None:
            raise BadInput("This mail holds no invitation.")
        recipients = [Person(name, address) for name, address in getaddresses([str(message["To"])])]
        ics = str(calendar.get_content()).encode()
        named = hashlib.sha256(ics + "\0".join(sorted(one.address for one in recipients)).encode()).hexdigest()[:32]
        account, _ = await self._boxes.of(user_id)
        await self.send_ics(
            user_id,
            recipients,
            str(calendar.get_param("method", "REQUEST")),
            ics,
            str(message["Subject"]),
            str(text.get_content()) if text else "",
            message_id(named, account.me.address),
        )

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        await self._accounts.forget_user(user_id)
        await self._sending.forget_user(user_id)

    async def close(self) -> None:
        """Close all connections."""
        await self._imap.close()
