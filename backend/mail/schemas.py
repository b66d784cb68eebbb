"""What the routes of the mail slice take and give. No password ever comes out."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field, SecretStr

from backend.mail.accounts import Account, NewAccount
from backend.mail.folders import Folder
from backend.mail.message import Message, Person, Summary
from backend.mail.servers import Security, Server


class ServerEntry(BaseModel):
    """An IMAP or SMTP server."""

    host: str = Field(max_length=253)
    port: int = Field(ge=1, le=65535)
    security: Security = Security.TLS

    def to_server(self) -> Server:
        """As the service takes it."""
        return Server(self.host, self.port, self.security)


class AccountRequest(BaseModel):
    """An account to check or keep. Servers may be left out where the administrator named them."""

    name: str = Field("", max_length=200, description="Your name, as others see it.")
    address: str = Field(max_length=320)
    login: str = Field("", max_length=320, description="Empty: the address.")
    password: SecretStr
    imap: ServerEntry | None = None
    smtp: ServerEntry | None = None

    def to_account(self) -> NewAccount:
        """As the service takes it."""
        return NewAccount(
            self.name,
            self.address,
            self.login or self.address,
            self.password.get_secret_value(),
            self.imap.to_server() if self.imap else None,
            self.smtp.to_server() if self.smtp else None,
        )


class AccountEntry(BaseModel):
    """An account."""

    id: str
    name: str
    address: str
    login: str
    imap_host: str
    smtp_host: str

    @classmethod
    def of(cls, account: Account) -> Self:
        """As it is shown."""
        return cls(
            id=account.id,
            name=account.me.name,
            address=account.me.address,
            login=account.login,
            imap_host=account.imap.host,
            smtp_host=account.smtp.host,
        )


class AccountList(BaseModel):
    """The user's accounts, the default one first; whether a user names servers or the administrator has."""

    accounts: list[AccountEntry]
    servers_are_fixed: bool


class Checked(BaseModel):
    """Both servers let the login in."""

    works: bool = True


class Removed(BaseModel):
    """It is gone."""


class PersonEntry(BaseModel):
    """A name, which may be empty, and an address."""

    name: str
    address: str

    @classmethod
    def of(cls, person: Person) -> Self:
        """As it is shown."""
        return cls(name=person.name, address=person.address)


class AttachmentEntry(BaseModel):
    """A file in a mail; `part` names it, `size` is in bytes, about."""

    part: str
    name: str
    mime: str
    size: int


class MailEntry(BaseModel):
    """A mail in a list."""

    id: str
    subject: str
    sender: PersonEntry | None
    to: list[PersonEntry]
    cc: list[PersonEntry]
    date: datetime
    unread: bool
    flagged: bool
    answered: bool
    size: int
    attachments: list[AttachmentEntry]

    @classmethod
    def of(cls, mail: Summary) -> Self:
        """As it is shown."""
        return cls(
            id=str(mail.id),
            subject=mail.subject,
            sender=PersonEntry.of(mail.sender) if mail.sender else None,
            to=[PersonEntry.of(person) for person in mail.to],
            cc=[PersonEntry.of(person) for person in mail.cc],
            date=mail.date,
            unread=mail.unread,
            flagged=mail.flagged,
            answered=mail.answered,
            size=mail.size,
            attachments=[
                AttachmentEntry(part=one.part, name=one.name, mime=one.mime, size=one.size) for one in mail.attachments
            ],
        )


class MailPage(BaseModel):
    """Mails, the newest first. `next` is the `below` of the next page; `complete` is false for a search that took too
    long, which `next` goes on with."""

    mails: list[MailEntry]
    next: int | None
    complete: bool


class MailView(MailEntry):
    """A mail with its text; `spoken` is what is read aloud."""

    text: str
    spoken: str
    truncated: bool

    @classmethod
    def of_message(cls, message: Message) -> Self:
        """As it is shown."""
        return cls(
            **dict(MailEntry.of(message.summary)),
            text=message.text,
            spoken=message.spoken,
            truncated=message.truncated,
        )


class Change(BaseModel):
    """How a folder stands: asked with the same mark, the next answer comes when it has changed."""

    mark: str


class FolderEntry(BaseModel):
    """A folder; `role` says what it is for ("inbox", "sent", "drafts", "trash", "junk", "archive", "all")."""

    path: str
    name: str
    role: str | None

    @classmethod
    def of(cls, folder: Folder) -> Self:
        """As it is shown."""
        return cls(path=folder.path, name=folder.name, role=folder.role)
