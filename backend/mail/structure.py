"""The parts of a mail, by its BODYSTRUCTURE (RFC 9051, section 7.5.2): which are its text, which are attached."""

import base64
import binascii
import email.utils
import quopri
from collections.abc import Sequence
from dataclasses import dataclass

from imapclient.response_types import BodyData

from backend.files.extraction.decode import decode
from backend.mail.headers import plain
from backend.mail.message import Attachment

# Parts that are looked at. A mail of ten thousand parts is listed by its first ones.
MOST_PARTS = 500


@dataclass(frozen=True, slots=True)
class Part:
    """A part that holds content. `alternative` is the number of the multipart/alternative that it is a version of."""

    number: str
    mime: str
    charset: str
    encoding: str
    size: int
    name: str
    disposition: str
    alternative: str

    @property
    def is_text(self) -> bool:
        """Whether it is what the sender wrote, and not a file beside it."""
        return self.mime in ("text/plain", "text/html") and self.disposition != "attachment" and not self.name


def parts_of(body: BodyData) -> list[Part]:
    """The parts in their order, at most `MOST_PARTS`. A mail inside is one part."""
    found: list[Part] = []
    # Number, structure, and the alternative around it; the next one at the end.
    todo: list[tuple[str, BodyData, str]] = [("" if body.is_multipart else "1", body, "")]
    while todo and len(found) < MOST_PARTS:
        number, node, alternative = todo.pop()
        if not node.is_multipart:
            found.append(_leaf(number, node, alternative))
            continue
        inner: Sequence[BodyData] = node[0]
        if len(node) > 1 and _text(node[1]).lower() == "alternative":
            alternative = number or "0"
        prefix = f"{number}." if number else ""
        children = [(f"{prefix}{index}", child, alternative) for index, child in enumerate(inner[:MOST_PARTS], start=1)]
        todo.extend(reversed(children))
    return found


def texts_of(parts: Sequence[Part]) -> list[Part]:
    """The parts that are the text of the mail: of alternatives the plain one, where there is one with content."""
    texts = [part for part in parts if part.is_text]
    plain_in = {part.alternative for part in texts if part.mime == "text/plain" and part.size > 2}
    return [
        part for part in texts if not part.alternative or (part.mime == "text/plain") == (part.alternative in plain_in)
    ]


def attachments_of(parts: Sequence[Part]) -> tuple[Attachment, ...]:
    """What is attached: every part that is not text, save pictures without a name that HTML shows."""
    found = []
    for part in parts:
        if part.is_text or (not part.name and part.disposition != "attachment" and part.mime.startswith("image/")):
            continue
        # Base64 takes four bytes for three (and a line end each 76).
        size = part.size * 57 // 78 if part.encoding == "base64" else part.size
        name = part.name or _nameless(part)
        found.append(Attachment(part.number, name, part.mime, size))
    return tuple(found)


def decoded(content: bytes, encoding: str) -> bytes:
    """A part's content without its transfer encoding, as far as it can be read. It may have been cut off."""
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    if encoding == "base64":
        signs = content.translate(None, b" \t\r\n")
        try:
            return base64.b64decode(signs[: len(signs) // 4 * 4])
        except (binascii.Error, ValueError):
            return b""
    return content


def text_of(part: Part, content: bytes) -> str:
    """The text of a text part, from its content as it was sent."""
    return decode(decoded(content, part.encoding), part.charset or None)


def _leaf(number: str, node: BodyData, alternative: str) -> Part:
    fields = list(node)
    mime = f"{_text(_at(fields, 0))}/{_text(_at(fields, 1))}".lower()
    parameters = _parameters(_at(fields, 2))
    disposition, named = _disposition(fields, mime)
    size = _at(fields, 6)
    return Part(
        number=number,
        mime=mime,
        charset=parameters.get("charset", ""),
        encoding=_text(_at(fields, 5)).lower(),
        size=size if isinstance(size, int) else 0,
        name=named.get("filename") or parameters.get("name", ""),
        disposition=disposition,
        alternative=alternative,
    )


def _disposition(fields: list[object], mime: str) -> tuple[str, dict[str, str]]:
    # After the seven fields of every part: the lines of a text; envelope, structure and lines of a mail; the MD5.
    after = 8 if mime.startswith("text/") else 10 if mime in ("message/rfc822", "message/global") else 7
    value = _at(fields, after + 1)
    if isinstance(value, tuple) and value and isinstance(value[0], bytes):
        return _text(value[0]).lower(), _parameters(_at(list(value), 1))
    return "", {}


def _parameters(value: object) -> dict[str, str]:
    """Names in lower case and values, with continuations and charsets (RFC 2231) and encoded words made plain."""
    if not isinstance(value, tuple):
        return {}
    texts = [_text(one) for one in value]
    pairs = [("", ""), *zip(texts[::2], texts[1::2], strict=False)]
    try:
        read = email.utils.decode_params(pairs)[1:]
        found = {name.lower(): email.utils.collapse_rfc2231_value(given) for name, given in read}
    except (ValueError, TypeError, LookupError):
        found = {name.lower(): given for name, given in pairs[1:]}
    return {name: plain(email.utils.unquote(given)) for name, given in found.items()}


def _nameless(part: Part) -> str:
    if part.mime == "message/rfc822":
        return "mail.eml"
    if part.mime == "text/calendar":
        return "invitation.ics"
    return f"part {part.number}"


def _at(fields: list[object], index: int) -> object:
    return fields[index] if index < len(fields) else None


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
