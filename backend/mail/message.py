"""Mails as the rest of the house sees them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.errors import NotFound

_SEPARATOR = "\0"


@dataclass(frozen=True, slots=True)
class MailId:
    """Where a mail is: account, folder, and its UID there under a UIDVALIDITY (RFC 9051, section 2.3.1.1).

    As text it is opaque and fits into an address.
    """

    account_id: str
    folder: str
    validity: int
    uid: int

    def __str__(self) -> str:
        text = _SEPARATOR.join((self.account_id, self.folder, str(self.validity), str(self.uid)))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "MailId":
        """Read one. Raises `NotFound` for text that is none."""
        try:
            plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            account_id, folder, validity, uid = plain.split(_SEPARATOR)
            return cls(account_id, folder, int(validity), int(uid))
        except (ValueError, binascii.Error) as error:
            raise NotFound("There is no such mail.") from error


@dataclass(frozen=True, slots=True)
class Person:
    """A name, which may be empty, and an address."""

    name: str
    address: str

    @property
    def shown(self) -> str:
        """The name, or the address of somebody without one."""
        return self.name or self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail. `part` is its number in the structure of the mail; `size` is in bytes, about."""

    part: str
    name: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A mail in a list. `message_id` is what its sender called it, with angle brackets; empty when it has none."""

    id: MailId
    message_id: str
    subject: str
    sender: Person | None
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    date: datetime
    unread: bool
    flagged: bool
    answered: bool
    size: int
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A mail with its text. `text` is all of it, in plain text; `spoken` is what is read aloud.

    `truncated` when the mail has more text than was fetched. `reply_to` and `followup_to` are what its sender wishes
    for answers; `references` are the mails it follows, the oldest first.
    """

    summary: Summary
    text: str
    spoken: str
    truncated: bool
    reply_to: tuple[Person, ...]
    followup_to: tuple[Person, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Which mails of a folder. All that is given must hold. `below` is the `next` of the page before.

    `folder` is a role ("inbox", "sent") or a folder's name; each word of `text` is looked for in headers and
    bodies, each word of the others in its header.
    """

    folder: str = "inbox"
    text: str = ""
    sender: str = ""
    recipient: str = ""
    subject: str = ""
    since: date | None = None
    before: date | None = None
    unread: bool = False
    flagged: bool = False
    with_attachment: bool = False
    limit: int = 20
    below: int | None = None

    @property
    def is_search(self) -> bool:
        """Whether any mail of the folder may be left out."""
        words = self.text or self.sender or self.recipient or self.subject or self.since or self.before
        return bool(words or self.unread or self.flagged or self.with_attachment)


@dataclass(frozen=True, slots=True)
class Page:
    """Mails, the newest first. `next` asks for the page after it; None at the end.

    `complete` is False when the search took too long and stopped before the limit was reached: `next` goes on.
    """

    mails: Sequence[Summary]
    next: int | None
    complete: bool = True
