"""Bytes to text, whatever encoding they are in."""

import codecs
import re
from pathlib import Path

from backend.files.extraction.limits import MAX_TEXT_CHARS

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = bytes(range(0x80, 0x100))
_CONTROL = bytes(set(range(0x20)) - set(b"\t\n\f\r\x1b\x08")) + b"\x7f"
_SAMPLE = 32_768
_MAX_BYTES = 4 * MAX_TEXT_CHARS + 1024  # no encoding takes more than four bytes for a character
# Western text has few letters beyond ASCII; in Japanese, Russian or Greek encodings they are the most of it.
_WESTERN_SHARE = 0.15
_ENOUGH = 12  # such bytes; of fewer, statistics know nothing
_META_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""")


def declared_charset(data: bytes) -> str | None:
    """The charset that an HTML or XML head declares for itself."""
    found = _META_CHARSET.search(data, 0, 4096)
    return found.group(1).decode("ascii") if found else None


def read_text(path: Path) -> str:
    """The text of a file, or as much of the start of a huge one as we would keep."""
    with path.open("rb") as file:
        return decode(file.read(_MAX_BYTES))


def is_text(sample: bytes) -> bool:
    """Whether the start of a file looks like text in some encoding."""
    if not sample or any(sample.startswith(bom) for bom, _ in _BOMS) or _wide(sample):
        return True
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return b"\0" not in sample and control <= len(sample) * 0.01


def decode(data: bytes, declared: str | None = None) -> str:
    """`data` as text. Never fails: bytes that make no sense become U+FFFD.

    Tried in this order: byte order mark, UTF-16 without one, UTF-8, the `declared` charset, what statistics say
    (charset-normalizer) when most letters are not ASCII, UTF-8 with a few errors, Windows-1252.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    if wide := _wide(data[:_SAMPLE]):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if text := _by_name(data, declared):
        return text
    high = len(data) - len(data.translate(None, _HIGH))
    lenient = data.decode("utf-8", "replace")
    errors = lenient.count("�")
    if errors * 20 <= high - errors:
        return lenient
    if high >= _ENOUGH and high > len(data) * _WESTERN_SHARE and (text := _by_statistics(data)):
        return text
    return data.decode("cp1252", "replace")


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    pairs = len(sample) // 2
    if pairs < 4:
        return None
    even, odd = sample[: pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if odd > pairs * 0.6 and even < pairs * 0.05:
        return "utf-16-le"
    if even > pairs * 0.6 and odd < pairs * 0.05:
        return "utf-16-be"
    return None


def _by_name(data: bytes, declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return None
    if name == "iso8859-1":  # what is declared so is Windows-1252 in practice (WHATWG Encoding Standard)
        name = "cp1252"
    if name in ("utf-8", "utf-16", "utf-32", "utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape"):
        return None  # would have decoded above, or are no charset of documents
    try:
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _by_statistics(data: bytes) -> str | None:
    from charset_normalizer import from_bytes  # imported late: most files never need it

    best = from_bytes(data[:_SAMPLE]).best()
    return data.decode(best.encoding, "replace") if best else None
