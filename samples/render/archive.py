"""Zip files that are the same bytes on every build."""

import io
import re
import zipfile

# The earliest time a zip entry can hold; LibreOffice and Microsoft Office write the same in reproducible builds.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_FIXED = rb"\g<1>2026-11-01T08:00:00Z\g<2>"


def pack(entries: list[tuple[str, bytes]], *, stored: frozenset[str] = frozenset({"mimetype"})) -> bytes:
    """A zip of `entries` in the given order; those named in `stored` are not compressed (EPUB and ODF ask for it)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def repack(content: bytes) -> bytes:
    """An office file without the time of its making, neither in the zip nor in its document properties."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    return pack([(name, _STAMP.sub(_FIXED, data) if name == "docProps/core.xml" else data) for name, data in entries])
