"""Outlook messages ([MS-OXMSG]): properties and attachments in a compound file."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import olefile

from backend.files.extraction.decode import declared_charset, decode
from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.eml import write_header
from backend.files.extraction.formats.html import write_html
from backend.files.extraction.formats.rtf import rtf_text
from backend.files.extraction.formats.rtf_compression import decompress
from backend.files.extraction.reasons import NO_TEXT, PASSWORD, Unreadable
from backend.files.extraction.registry import read_inside
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

# Property ids of [MS-OXPROPS].
_SUBJECT = 0x0037
_CLIENT_SUBMIT_TIME = 0x0039
_MESSAGE_CLASS = 0x001A
_SENDER_NAME = 0x0C1A
_SENDER_ADDRESS = 0x0C1F
_SENDER_SMTP = 0x5D01
_DISPLAY_BCC = 0x0E02
_DISPLAY_CC = 0x0E03
_DISPLAY_TO = 0x0E04
_DELIVERY_TIME = 0x0E06
_BODY = 0x1000
_RTF = 0x1009
_HTML = 0x1013
_ATTACH_DATA = 0x3701
_ATTACH_LONG_NAME = 0x3707
_ATTACH_NAME = 0x3704
_ATTACH_MIME = 0x370E
_RECIPIENT_NAME = 0x3001
_RECIPIENT_SMTP = 0x39FE
_RECIPIENT_ADDRESS = 0x3003
_TIME_TYPE = 0x0040

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_PROPERTIES = "__properties_version1.0"
_TOP_HEADER = 32  # bytes before the first property; 24 in an embedded message, 8 in attachments and recipients
_EMBEDDED_HEADER = 24


def read(source: Source) -> Iterator[Page]:
    """The message, then the pages of its attachments."""
    with olefile.OleFileIO(source.path) as ole:
        yield from _read_message(source, ole, [], _TOP_HEADER, 0)


def _read_message(source: Source, ole: Any, folder: list[str], header: int, depth: int) -> Iterator[Page]:
    message = _Storage(ole, folder)
    if message.text(_MESSAGE_CLASS).upper().startswith("IPM.NOTE.SMIME") and not message.text(_BODY):
        raise Unreadable(PASSWORD + " or encrypted for its recipient")
    page = PageWriter(section=message.text(_SUBJECT) if depth else None)
    write_header(
        page,
        {
            "Subject": message.text(_SUBJECT),
            "From": _address(message.text(_SENDER_NAME), message.text(_SENDER_SMTP) or message.text(_SENDER_ADDRESS)),
            "To": _recipients(ole, folder) or message.text(_DISPLAY_TO),
            "Cc": message.text(_DISPLAY_CC),
            "Bcc": message.text(_DISPLAY_BCC),
            "Date": message.time(_CLIENT_SUBMIT_TIME, header) or message.time(_DELIVERY_TIME, header),
        },
    )
    _write_body(page, message)
    written = page.page()
    if written is None:
        raise Unreadable(NO_TEXT)
    yield written
    yield from _attachments(source, ole, folder, depth)


def _write_body(page: PageWriter, message: "_Storage") -> None:
    markup = message.binary(_HTML)
    if markup:
        write_html(page, decode(markup, declared_charset(markup)))
    elif html := message.text(_HTML):
        write_html(page, html)
    elif body := message.text(_BODY):
        page.paragraph(body)
    elif compressed := message.binary(_RTF):
        page.paragraph(rtf_text(decompress(compressed)))


def _attachments(source: Source, ole: Any, folder: list[str], depth: int) -> Iterator[Page]:
    for name in _storages(ole, folder, "__attach_version1.0_"):
        attachment = _Storage(ole, [*folder, name])
        title = attachment.text(_ATTACH_LONG_NAME) or attachment.text(_ATTACH_NAME) or "attachment"
        embedded = [*folder, name, f"__substg1.0_{_ATTACH_DATA:04X}000D"]
        if ole.exists("/".join([*embedded, _PROPERTIES])):
            if depth < source.job.limits.depth:
                yield from _read_message(source, ole, embedded, _EMBEDDED_HEADER, depth + 1)
        elif data := attachment.binary(_ATTACH_DATA):
            yield from read_inside(source, title, data, attachment.text(_ATTACH_MIME) or None)


def _recipients(ole: Any, folder: list[str]) -> str:
    found = []
    for name in _storages(ole, folder, "__recip_version1.0_"):
        recipient = _Storage(ole, [*folder, name])
        address = recipient.text(_RECIPIENT_SMTP) or recipient.text(_RECIPIENT_ADDRESS)
        found.append(_address(recipient.text(_RECIPIENT_NAME), address))
    return ", ".join(entry for entry in found if entry)


def _storages(ole: Any, folder: list[str], prefix: str) -> list[str]:
    depth = len(folder)
    names = {
        entry[depth]
        for entry in ole.listdir(streams=True, storages=True)
        if len(entry) > depth and entry[:depth] == folder and entry[depth].startswith(prefix)
    }
    return sorted(names)


def _address(name: str, address: str) -> str:
    """Name and address; Exchange's internal addresses ("/O=…") tell nobody anything."""
    if not address or address.startswith("/"):
        return name
    return f"{name} <{address}>" if name and name != address else address


class _Storage:
    """The properties of a message, recipient or attachment."""

    def __init__(self, ole: Any, folder: list[str]) -> None:
        self._ole = ole
        self._folder = folder

    def _stream(self, name: str) -> bytes:
        path = "/".join([*self._folder, name])
        if not self._ole.exists(path) or self._ole.get_type(path) != olefile.STGTY_STREAM:
            return b""
        data = self._ole.openstream(path).read()
        return data if isinstance(data, bytes) else b""

    def text(self, identifier: int) -> str:
        """A string property, as Unicode (type 001F) or in an 8-bit charset (type 001E); "" when absent."""
        if data := self._stream(f"__substg1.0_{identifier:04X}001F"):
            return data.decode("utf-16-le", "replace").rstrip("\0")
        return decode(self._stream(f"__substg1.0_{identifier:04X}001E")).rstrip("\0")

    def binary(self, identifier: int) -> bytes:
        """A binary property; empty when absent."""
        return self._stream(f"__substg1.0_{identifier:04X}0102")

    def time(self, identifier: int, header: int) -> str:
        """A time property as text in UTC; "" when absent. Times are inline, in entries of 16 bytes after the header."""
        data = self._stream(_PROPERTIES)
        for at in range(header, len(data) - 15, 16):
            kind, found = struct.unpack_from("<HH", data, at)
            if (found, kind) == (identifier, _TIME_TYPE):
                ticks = struct.unpack_from("<Q", data, at + 8)[0]
                try:
                    return (_EPOCH + timedelta(microseconds=ticks // 10)).strftime("%Y-%m-%d %H:%M UTC")
                except (OverflowError, ValueError):
                    return ""
        return ""
