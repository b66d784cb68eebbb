"""Mails with attachments (RFC 5322, MIME by RFC 2045)."""

import mimetypes
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from zlib import crc32


def eml(text: str, attachment: Callable[[str], bytes]) -> bytes:
    """The mail that `text` describes: header lines, an empty line, the body.

    A line `Attachment: name` attaches the file whose bytes `attachment(name)` returns; `Html: yes` adds an HTML
    alternative. Message id and boundaries are derived from the text, so that the same text gives the same bytes.
    """
    head, _, body = text.partition("\n\n")
    message = EmailMessage(policy=SMTP)
    fields = [tuple(line.split(": ", 1)) for line in head.splitlines()]
    for name, value in fields:
        if name not in {"Attachment", "Html"}:
            message[name] = value
    identity = f"{crc32(text.encode()):08x}"
    message["Message-ID"] = f"<{identity}@lindenhof.example>"
    message.set_content(body)
    if ("Html", "yes") in fields:
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in body.strip().split("\n\n"))
        message.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    for name, value in fields:
        if name == "Attachment":
            kind = mimetypes.guess_type(value)[0] or "application/octet-stream"
            main, sub = kind.split("/")
            message.add_attachment(attachment(value), maintype=main, subtype=sub, filename=value)
    for index, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{identity}_{index}")
    return message.as_bytes()
