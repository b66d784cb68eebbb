"""A user with a mail account on real servers, and what the actions slice would do with it."""

import base64
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

from backend.actions.action import Action, Draft, Performed, State
from backend.actions.performer import Performer
from backend.database import Database
from backend.files.sources import OneUser, Sources
from backend.mail.accounts import FixedServers, NewAccount
from backend.mail.message import Query, Summary
from backend.mail.servers import MailReach, Security, Server
from backend.mail.service import Mail
from backend.places import OwnHosts
from backend.preferences import Preferences
from backend.vault import Vault
from tests.servers.mail import PASSWORD, Dovecot, SmtpServer

USER = "ada"
ADDRESS = "ada@klinik.example"
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
LISTED = "127.0.0.1, localhost"


@dataclass
class World:
    """The service, its servers, and the user's mailbox at Dovecot."""

    mail: Mail
    dovecot: Dovecot
    sink: SmtpServer

    async def list(self, query: Query | None = None) -> list[Summary]:
        """Mails of a folder."""
        return list((await self.mail.messages(USER, query or Query())).mails)

    async def only(self, folder: str = "inbox") -> Summary:
        """The one mail of a folder."""
        (mail,) = await self.list(Query(folder=folder))
        return mail

    def deliver(self, *mails: EmailMessage | bytes, folder: str = "INBOX") -> None:
        """Put mails into the user's mailbox."""
        self.dovecot.deliver(
            ADDRESS, *(mail if isinstance(mail, bytes) else mail.as_bytes() for mail in mails), folder=folder
        )

    def performer(self, kind: str) -> Performer:
        """Who does actions of this kind."""
        return next(one for one in self.mail.performers if kind in one.kinds)

    async def perform(self, action: Action) -> Performed:
        """Do it, as a confirmed action is done."""
        return await self.performer(action.draft.kind).perform(action)

    async def find(self, action: Action) -> Performed | None:
        """Whether it was done."""
        return await self.performer(action.draft.kind).find(action)

    async def undo(self, action: Action, performed: Performed) -> str:
        """Take it back."""
        assert performed.undo is not None
        return await self.performer(action.draft.kind).undo(action, performed.undo)


def mail_service(database: Database, sources: Sources, context: ssl.SSLContext | None = None, **more: object) -> Mail:
    """The service, allowed to connect to this machine."""
    listed = str(more.get("hosts", LISTED))
    fixed = more.get("fixed", FixedServers())
    assert isinstance(fixed, FixedServers)
    return Mail(
        database,
        Preferences(database),
        Vault([_KEY]),
        sources,
        MailReach(OwnHosts.of(listed)),
        fixed,
        now=lambda: NOW,
        context=context,
    )


# One key for a test and the processes that it starts.
_KEY = base64.urlsafe_b64encode(bytes(32)).decode()


def account(dovecot: Dovecot, smtp_port: int, **changed: object) -> NewAccount:
    """The user's account at these servers, unencrypted, as only listed hosts may be used."""
    values: dict[str, object] = {
        "name": "Ada Muster",
        "address": ADDRESS,
        "login": ADDRESS,
        "password": PASSWORD,
        "imap": Server("127.0.0.1", dovecot.imap, Security.NONE),
        "smtp": Server("127.0.0.1", smtp_port, Security.NONE),
    }
    return NewAccount(**{**values, **changed})  # type: ignore[arg-type]


def action(draft: Draft, key: str = "key1") -> Action:
    """A draft that the user confirmed."""
    return Action("1", USER, "1", draft, key, State.DOING, NOW)


def mail(
    subject: str = "Befund",
    text: str = "Der Befund ist da.\n",
    sender: str = "Bob Beispiel <bob@labor.example>",
    to: str = "Ada Muster <ada@klinik.example>",
    message_id: str = "",
    **headers: str,
) -> EmailMessage:
    """A mail as it comes in."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = to
    made["Subject"] = subject
    made["Date"] = "Fri, 27 Nov 2026 08:00:00 +0000"
    made["Message-ID"] = message_id or f"<{subject.encode().hex()[:60]}@labor.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def no_files() -> Sources:
    """For tests that save nothing."""

    class Nobody(OneUser):
        def __init__(self) -> None:
            """Has no files."""

    return Nobody()
