"""Mails as they are sent (RFC 5322, MIME): built once, the same for every copy.

Headers are encoded by the older of the two policies of `email` (compat32): the newer one folds what it must not split.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.message import Message as Mime
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.parser import BytesParser
from email.policy import compat32
from email.utils import format_datetime, formataddr

from backend import __version__
from backend.errors import BadInput
from backend.mail.message import Message, Person

_POLICY = compat32.clone(linesep="\r\n")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP  # readable for everybody who looks at the source; base64 is the default

# RFC 5321, section 4.5.3.1, and what fits into a header line together with a name.
_LONGEST_LOCAL = 64
_LONGEST_ADDRESS = 254
_LONGEST_NAME = 200
LONGEST_SUBJECT = 500
# Providers take 100 to 500 recipients of one mail; a mail to more is not one that is dictated.
MOST_RECIPIENTS = 100
# The last references of a long thread, with its first (RFC 5322, section 3.6.4, wants all; header lines end somewhere).
_MOST_REFERENCES = 30

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
# A type that a part can have (RFC 6838, section 4.2). It may be what a foreign mail or server calls an attachment.
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_PREFIX = re.compile(
    r"^(?:(?:re|aw|antw|antwort|sv|vs|rif|res|fwd?|wg|tr|rv|enc|doorst)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """An iCalendar object that is sent with the mail (RFC 6047); `method` is "REQUEST", "CANCEL" or "REPLY"."""

    method: str
    ics: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to be sent. `message_id` is with its angle brackets."""

    message_id: str
    sender: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    bcc: tuple[Person, ...]
    subject: str
    text: str
    at: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    invitation: Invitation | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """All addresses that it goes to, each once."""
        return tuple(dict.fromkeys(person.address for person in (*self.to, *self.cc, *self.bcc)))


def compose(mail: Outgoing, *, with_bcc: bool = False) -> bytes:
    """The mail as bytes with CRLF line ends. Bcc is written for our own copies only.

    Raises `BadInput` with the `field` for an address or a text that cannot be in a mail.
    """
    body = _body(mail)
    body["From"] = _people((mail.sender,), "account")
    for name, people in (("To", mail.to), ("Cc", mail.cc), ("Bcc", mail.bcc if with_bcc else ())):
        if people:
            body[name] = _people(people, name.lower())
    body["Subject"] = _subject(mail.subject)  # type: ignore[assignment]  # the stubs know text only
    body["Date"] = format_datetime(mail.at)
    body["Message-ID"] = mail.message_id
    if mail.in_reply_to:
        body["In-Reply-To"] = mail.in_reply_to
    if mail.references:
        body["References"] = " ".join(_shortened(mail.references))
    body["User-Agent"] = f"VoiceAssist/{__version__}"
    return body.as_bytes(policy=_POLICY)


def checked_person(person: Person, field: str) -> Person:
    """With its address as it is written to servers. Raises `BadInput` for one that cannot be."""
    name = checked_line(person.name, field, _LONGEST_NAME)
    if not person.address.strip():
        raise BadInput(f"There is no mail address of {name or 'this person'!r}. Say the address.", field=field)
    local, at, domain = person.address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower()  # ü in a domain is written in letters that servers know
    except UnicodeError:
        ascii_domain = ""
    usable = at and _LOCAL.fullmatch(local) and ".." not in local and local[0] != "." and local[-1] != "."
    fits = len(local) <= _LONGEST_LOCAL and len(local) + 1 + len(ascii_domain) <= _LONGEST_ADDRESS
    if not (usable and fits and _DOMAIN.fullmatch(ascii_domain)):
        raise BadInput(f"{shown(person.address)!r} is not a mail address.", field=field)
    return Person(name, f"{local}@{ascii_domain}")


def checked_line(text: str, field: str, longest: int) -> str:
    """Text of one line. Raises `BadInput` for line ends and other signs that steer what reads a header."""
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text):
        raise BadInput(f"A line break or control character cannot be in {field}.", field=field)
    if len(text) > longest:
        raise BadInput(f"{len(text)} characters are too many here; {longest} are possible.", field=field)
    return text.strip()


def checked_text(text: str) -> str:
    """The text of a mail. Raises `BadInput` for half a character, which no mail can carry."""
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadInput("The text holds half a character, which cannot be sent.", field="body")
    return text.replace("\0", "")


def subject_of(original: str, prefix: str) -> str:
    """The subject of a reply ("Re") or a forwarded mail ("Fwd"): one prefix, whatever there was before."""
    bare = _PREFIX.sub("", shown(original)).strip()
    return f"{prefix}: {bare}"[:LONGEST_SUBJECT]


def shown(text: str) -> str:
    """A line out of somebody else's mail without what could steer a header."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


def answer_to(
    original: Message, me: Sequence[str], *, everybody: bool
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """To and Cc of a reply, without the user's own addresses `me` unless nobody else is left.

    Reply-To goes before From; for all, Mail-Followup-To before everything, as mailing lists want it.
    """
    own = {address.lower() for address in me}
    summary = original.summary
    sender = (summary.sender,) if summary.sender else ()
    if everybody and original.followup_to:
        return _others(original.followup_to, own), ()
    if summary.sender and summary.sender.address.lower() in own:  # an answer to one's own mail goes where that went
        to = _others(summary.to, own) or summary.to or sender
    else:
        to = original.reply_to or sender
        if everybody:
            to = (*to, *summary.to)
        to = _others(to, own) or to[:1]
    taken = own | {person.address.lower() for person in to}
    return to, _others(summary.cc, taken) if everybody else ()


def quoted(original: Message, intro: str) -> str:
    """The original below a reply, each line marked."""
    lines = "\n".join(f"> {line}".rstrip() for line in original.text.splitlines())
    return f"\n\n{intro}\n{lines}" if lines else ""


def forwarded(original: Message, title: str, labels: Sequence[str]) -> str:
    """The original in a mail that passes it on. `labels` are the words for From, Date, Subject and To."""
    summary = original.summary
    sender = _plain(summary.sender) if summary.sender else ""
    values = (sender, f"{summary.date:%Y-%m-%d %H:%M} UTC", shown(summary.subject), ", ".join(map(_plain, summary.to)))
    header = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    return f"\n\n---------- {title} ----------\n{header}\n\n{original.text}"


def message_id(key: str, address: str) -> str:
    """The Message-ID of what an action with this key sends from this address; always the same one."""
    return f"<voiceassist.{key}@{address.rpartition('@')[2]}>"


def _others(people: Sequence[Person], but: set[str]) -> tuple[Person, ...]:
    others = {person.address.lower(): person for person in reversed(people) if person.address.lower() not in but}
    return tuple(reversed(others.values()))


def _plain(person: Person) -> str:
    return shown(f"{person.name} <{person.address}>" if person.name else person.address)


def _people(people: Sequence[Person], field: str) -> str:
    if len(people) > MOST_RECIPIENTS:
        raise BadInput(f"{len(people)} recipients are too many; {MOST_RECIPIENTS} are possible.", field=field)
    checked = [checked_person(person, field) for person in people]
    return ", ".join(_mailbox(person) for person in checked)


def _mailbox(person: Person) -> str:
    if not person.name:
        return person.address
    if person.name.isascii() and "=?" not in person.name:
        return formataddr((person.name, person.address))
    return f"{Header(person.name, 'utf-8').encode(linesep='').strip()} <{person.address}>"


def _subject(text: str) -> Header:
    line = checked_line(text, "subject", LONGEST_SUBJECT)
    # What looks like an encoded word is encoded, or it would be decoded to something else.
    return Header(line, "us-ascii" if line.isascii() and "=?" not in line else "utf-8", header_name="Subject")


def _shortened(references: Sequence[str]) -> Sequence[str]:
    return references if len(references) <= _MOST_REFERENCES else (references[0], *references[1 - _MOST_REFERENCES :])


def _body(mail: Outgoing) -> Mime:
    text: Mime = _text(mail.text)
    if mail.invitation is not None:
        text = _with_invitation(text, mail.invitation)
    if not mail.files:
        return text
    whole = MIMEMultipart("mixed")
    whole.attach(text)
    for file in mail.files:
        whole.attach(_attached(file))
    return whole


def _text(text: str) -> Mime:
    part = MIMENonMultipart("text", "plain", charset="utf-8")
    part.set_payload(checked_text(text), _UTF8)
    return part


def _with_invitation(text: Mime, invitation: Invitation) -> Mime:
    """RFC 6047, section 2.4: an alternative with the method in its type, which calendars act on."""
    calendar = MIMENonMultipart("text", "calendar", method=invitation.method, charset="utf-8")
    calendar.set_payload(invitation.ics.decode(), _UTF8)
    both = MIMEMultipart("alternative")
    both.attach(text)
    both.attach(calendar)
    return both


def _attached(file: File) -> Mime:
    if file.mime == "message/rfc822":
        part: Mime = MIMEMessage(BytesParser(policy=compat32).parsebytes(file.content))
    else:
        # Of several parts, or of another mail, only what is a mail as a whole can be attached as it is.
        usable = _TYPE.fullmatch(file.mime) and not file.mime.lower().startswith(("multipart/", "message/"))
        part = MIMEBase(*(file.mime if usable else "application/octet-stream").split("/"))
        part.set_payload(file.content)
        encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", shown(file.name)))
    return part
