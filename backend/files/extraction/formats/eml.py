"""Mails as files (RFC 5322, MIME), with what is attached to them."""

import contextlib
import email
import email.errors
import email.message
import email.policy
from collections.abc import Iterator
from email.header import decode_header, make_header

from backend.files.extraction.decode import declared_charset, decode
from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.html import write_html
from backend.files.extraction.reasons import NO_TEXT, Unreadable
from backend.files.extraction.registry import read_inside
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

_HEADERS = ("From", "To", "Cc", "Bcc", "Date")


def read(source: Source) -> Iterator[Page]:
    """The mail itself, then the pages of its attachments."""
    data = source.path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = decode(data).encode("utf-8")  # some programs export mails as UTF-16
    # compat32 never raises on malformed headers, which the newer policies do.
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    page = PageWriter()
    attachments: list[email.message.Message] = []
    write_header(page, {name: header_text(message.get(name)) for name in ("Subject", *_HEADERS)})
    _write_body(page, message, attachments)
    written = page.page()
    if written is None:
        raise Unreadable(NO_TEXT)
    yield written
    for index, part in enumerate(attachments, start=1):
        name = header_text(part.get_filename()) or f"attachment {index}"
        content = _content(part)
        if content:
            yield from read_inside(source, name, content, part.get_content_type())


def write_header(page: PageWriter, header: dict[str, str]) -> None:
    """Write a mail's header; the subject is its heading."""
    subject = header.get("Subject", "")
    page.heading(subject, 1)
    if subject:
        page.line(f"Subject: {subject}")
    for name in _HEADERS:
        if value := header.get(name):
            page.line(f"{name}: {value}")
    page.gap()


def header_text(value: object) -> str:
    """A header's value with its encoded words (RFC 2047) decoded; as it stands where they are broken."""
    if value is None:
        return ""
    text = str(value)
    if "=?" in text:
        with contextlib.suppress(ValueError, LookupError, email.errors.MessageError):
            text = str(make_header(decode_header(text)))
    elif not text.isascii():
        text = decode(text.encode("utf-8", "surrogateescape"))
    return text


def _write_body(page: PageWriter, part: email.message.Message, attachments: list[email.message.Message]) -> None:
    """Write the readable parts of a message and gather its attachments."""
    kind = part.get_content_type()
    if kind == "message/rfc822" or part.get_content_disposition() == "attachment" or part.get_filename():
        attachments.append(part)
    elif part.is_multipart():
        parts = [inner for inner in part.get_payload() if isinstance(inner, email.message.Message)]
        if kind == "multipart/alternative":
            parts = _best_alternative(parts)
        for inner in parts:
            _write_body(page, inner, attachments)
    elif kind == "text/html":
        content = _content(part)
        write_html(page, decode(content, _charset(part) or declared_charset(content)))
    elif kind.startswith("text/") and kind != "text/calendar":
        page.paragraph(decode(_content(part), _charset(part)))
    else:
        attachments.append(part)


def _best_alternative(parts: list[email.message.Message]) -> list[email.message.Message]:
    """Of the alternatives of a text the HTML one, which has the structure, with what is not text (invitations)."""
    texts = [part for part in parts if part.get_content_type() == "text/plain"]
    others = [part for part in parts if part.get_content_type() != "text/plain"]
    rich = [part for part in others if part.get_content_type() in ("text/html", "multipart/related", "multipart/mixed")]
    if not rich:
        return texts + others
    return others if any(_content(part).strip() for part in rich) or not texts else texts + others


def _charset(part: email.message.Message) -> str | None:
    charset = part.get_param("charset")
    return charset if isinstance(charset, str) else None


def _content(part: email.message.Message) -> bytes:
    """The decoded content of a part; of a multipart or an attached mail, its source."""
    if part.is_multipart():
        inner = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
            return _flattened(inner[0])
        return _flattened(part)
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, UnicodeError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _flattened(message: object) -> bytes:
    if not isinstance(message, email.message.Message):
        return b""
    try:
        return message.as_bytes()
    except (ValueError, LookupError, UnicodeError, KeyError):  # malformed headers cannot always be written again
        return message.as_string().encode("utf-8", "surrogateescape")
