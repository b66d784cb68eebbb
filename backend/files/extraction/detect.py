"""What a file is: by its content first, and by its name only among kinds of text."""

import mimetypes
import re
import zipfile
from enum import StrEnum
from pathlib import Path, PurePosixPath

from backend.files.extraction.decode import decode, is_text
from backend.files.extraction.reasons import DAMAGED, PASSWORD, Unreadable, not_a_document


class Format(StrEnum):
    """What we can read."""

    TXT = "txt"
    MD = "md"
    RST = "rst"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    DOC = "doc"
    ODT = "odt"
    RTF = "rtf"
    PPTX = "pptx"
    PPT = "ppt"
    ODP = "odp"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    XML = "xml"
    EPUB = "epub"
    EML = "eml"
    MSG = "msg"
    ICS = "ics"
    VCF = "vcf"
    IPYNB = "ipynb"
    IMAGE = "image"
    TIFF = "tiff"
    ZIP = "zip"
    AUDIO = "audio"


_SAMPLE = 16_384
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"{\\rtf", Format.RTF),
    (b"\x89PNG\r\n\x1a\n", Format.IMAGE),
    (b"\xff\xd8\xff", Format.IMAGE),
    (b"GIF8", Format.IMAGE),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"\x09\x08\x10\x00\x00\x06", Format.XLS),  # BIFF streams without a compound file around them
    (b"\x09\x08\x08\x00\x00\x05", Format.XLS),
    (b"\x09\x04\x06\x00\x00\x00", Format.XLS),
    (b"\x09\x02\x06\x00\x00\x00", Format.XLS),
)
# Kinds of binary files that people keep among documents, so that the reason can name them.
_OTHER_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "application/gzip"),
    (b"\x1f\x9d", "application/x-compress"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
)
# Names of recordings, among them of containers that hold other things as well.
_SOUND_NAMES = frozenset(
    {".aac", ".aif", ".aiff", ".amr", ".caf", ".flac", ".m4a", ".m4b", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav"}
    | {".weba", ".webm"}
)
_SOUND_MAGIC = (b"ID3", b"OggS", b"fLaC", b"#!AMR")
# A frame header of MPEG layer III, or of AAC (ADTS): eleven or twelve bits for synchronisation, then the layer.
_MP3_FRAME = (0xE6, 0xE2)
_AAC_FRAME = (0xF6, 0xF0)
_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": Format.ODT,
    "application/vnd.oasis.opendocument.presentation": Format.ODP,
    "application/vnd.oasis.opendocument.spreadsheet": Format.ODS,
    "application/epub+zip": Format.EPUB,
}
_OOXML_MAIN = (
    ("word/", Format.DOCX),
    ("xl/", Format.XLSX),
    ("ppt/", Format.PPTX),
)
_OLE_STREAMS = (
    ("WordDocument", Format.DOC),
    ("Workbook", Format.XLS),
    ("Book", Format.XLS),
    ("PowerPoint Document", Format.PPT),
    ("PP97_DUALSTORAGE/PowerPoint Document", Format.PPT),
    ("__properties_version1.0", Format.MSG),
)
_TEXT_NAMES = {
    ".md": Format.MD,
    ".markdown": Format.MD,
    ".rst": Format.RST,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".tab": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".eml": Format.EML,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".json": Format.JSON,
    ".ipynb": Format.IPYNB,
    ".xml": Format.XML,
    ".ics": Format.ICS,
    ".vcf": Format.VCF,
}
_TEXT_MIMES = {
    "text/markdown": Format.MD,
    "text/x-rst": Format.RST,
    "text/csv": Format.CSV,
    "text/tab-separated-values": Format.CSV,
    "text/html": Format.HTML,
    "application/xhtml+xml": Format.HTML,
    "message/rfc822": Format.EML,
    "application/json": Format.JSON,
    "application/x-ipynb+json": Format.IPYNB,
    "application/xml": Format.XML,
    "text/xml": Format.XML,
    "text/calendar": Format.ICS,
    "text/vcard": Format.VCF,
}
_MAIL_HEADER = re.compile(
    r"^(?:From|To|Cc|Bcc|Subject|Date|Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Content-Type|Reply-To|"
    r"Sender|DKIM-Signature|ARC-[A-Za-z-]+|X-[A-Za-z0-9-]+|Content-Transfer-Encoding)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"[!-9;-~]+[ \t]*:")
_MAIL_SURE = re.compile(r"^(?:From|To|Date|Received|Message-ID|MIME-Version|Return-Path)[ \t]*:", re.I | re.M)
_HTML_START = re.compile(r"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|div|meta)\b", re.I | re.S)
_XML_ROOT_HTML = re.compile(r"<(?:\w+:)?html[\s>]", re.IGNORECASE)


def detect(path: Path, name: str, mime: str | None) -> Format:
    """The format of the file at `path`; `name` and `mime` say what it claims to be.

    Raises `Unreadable` with the reason when it is none that we read, or is encrypted as a whole.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    for magic, found in _MAGIC:
        if sample.startswith(magic):
            return found
    if sample.startswith(b"PK\x03\x04") or sample.startswith(b"PK\x05\x06"):
        return _zip_format(path, name)
    if sample.startswith(_OLE):
        return _ole_format(path)
    if b"%PDF-" in sample[:1024]:
        return Format.PDF
    if sample[:4] == b"RIFF" and sample[8:12] == b"WEBP":
        return Format.IMAGE
    if sample.startswith(b"BM") and not is_text(sample):
        return Format.IMAGE
    if not is_text(sample) and _is_sound(sample, name, mime):
        return Format.AUDIO
    for magic, other in _OTHER_MAGIC:
        if sample.startswith(magic) and not is_text(sample):
            raise Unreadable(not_a_document(other))
    if not is_text(sample):
        raise Unreadable(_damaged_or_unknown(name, mime))
    return _text_format(decode(sample), name, mime)


def _is_sound(sample: bytes, name: str, mime: str | None) -> bool:
    """Whether it is a recording; what else may be in the same kind of container, its name or type has to tell."""
    if sample[:4] in (b"RIFF", b"RF64"):
        return sample[8:12] == b"WAVE"
    if sample.startswith(b"FORM"):
        return sample[8:12] in (b"AIFF", b"AIFC")
    named = PurePosixPath(name.lower()).suffix in _SOUND_NAMES or (mime or "").startswith("audio/")
    if sample[4:8] == b"ftyp":
        return named or sample[8:11] in (b"M4A", b"M4B")
    if sample.startswith((b"\x1aE\xdf\xa3", b"caff")):
        return named
    if sample.startswith(_SOUND_MAGIC):
        return True
    frame = len(sample) > 1 and sample[0] == 0xFF
    return frame and any(sample[1] & mask == bits for mask, bits in (_MP3_FRAME, _AAC_FRAME))


def _damaged_or_unknown(name: str, mime: str | None) -> str:
    """Why bytes that fit no format are not read: a file that claims a format of ours has been damaged."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix.lstrip(".") in set(Format) or suffix in _TEXT_NAMES or suffix in _SOUND_NAMES:
        return f"{DAMAGED}: its content is not what {suffix} files hold"
    guess = mime if mime and mime != "application/octet-stream" else mimetypes.guess_type(name)[0]
    return not_a_document(guess or "application/octet-stream")


def _zip_format(path: Path, name: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype").decode("ascii", "replace").strip()
                found = _OPEN_DOCUMENT.get(kind.removesuffix("-template"))
                if found:
                    return found
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"{DAMAGED}: the file is cut off or its table of contents is broken") from error
    folded = [member.lower().lstrip("/") for member in names]
    if "[content_types].xml" in folded or "_rels/.rels" in folded:
        if "xl/workbook.bin" in folded:
            raise Unreadable(not_a_document("application/vnd.ms-excel.sheet.binary.macroEnabled.12"))
        for prefix, found in _OOXML_MAIN:
            if any(member.startswith(prefix) for member in folded):
                return found
        suffix = PurePosixPath(name.lower()).suffix
        for found in (Format.DOCX, Format.XLSX, Format.PPTX):
            if suffix == f".{found}":
                return found
    if "meta-inf/container.xml" in folded:
        return Format.EPUB
    return Format.ZIP


def _ole_format(path: Path) -> Format:
    import olefile  # imported late: only old Office files and Outlook messages need it

    try:
        with olefile.OleFileIO(path) as ole:
            if ole.exists("EncryptedPackage"):
                raise Unreadable(PASSWORD)
            for stream, found in _OLE_STREAMS:
                if ole.exists(stream):
                    return found
    except Unreadable:
        raise
    except Exception as error:  # olefile meets damage with errors of many kinds
        raise Unreadable(DAMAGED) from error
    raise Unreadable(not_a_document("application/x-ole-storage"))


def _text_format(text: str, name: str, mime: str | None) -> Format:
    start = text.lstrip("\ufeff \t\r\n")
    upper = start[:64].upper()
    if upper.startswith("BEGIN:VCALENDAR"):
        return Format.ICS
    if upper.startswith("BEGIN:VCARD"):
        return Format.VCF
    suffix = PurePosixPath(name.lower()).suffix
    named = _TEXT_NAMES.get(suffix) or _TEXT_MIMES.get((mime or "").partition(";")[0].strip().lower())
    if start.startswith("<?xml"):
        return Format.HTML if _XML_ROOT_HTML.search(start[:2048]) else Format.XML
    if _HTML_START.match(start) and named is not Format.MD:
        return Format.HTML
    if named is not Format.MD and named is not Format.RST and _is_mail(start):
        return Format.EML
    if named in (Format.JSON, Format.IPYNB) or (named in (None, Format.JSONL) and start[:1] in ("{", "[")):
        return _json_format(start, named)
    if named in (Format.ICS, Format.VCF):
        return Format.TXT  # it does not start as one
    if named is None and suffix in (".xls", ".xlsx") and "\t" in start.partition("\n")[0]:
        return Format.CSV  # many programs "export to Excel" this way
    if named is None and start.startswith("<") and suffix in (".rss", ".atom", ".svg", ".opml", ".fodt", ".kml"):
        return Format.XML
    return named or Format.TXT


def _is_mail(start: str) -> bool:
    """Whether a text starts with the header of a mail (RFC 5322): fields only, two that mails have, one telling."""
    head = start.replace("\r\n", "\n").partition("\n\n")[0]
    lines = [line for line in head.split("\n")[:40] if line and not line.startswith((" ", "\t"))]
    if lines and lines[0].startswith("From ") and ":" in lines[0]:
        lines = lines[1:]  # the separator of an mbox
    fields = sum(1 for line in lines if _FIELD.match(line))
    return (
        fields >= 2
        and fields >= 0.8 * len(lines)
        and len(_MAIL_HEADER.findall(head)) >= 2
        and _MAIL_SURE.search(head) is not None
    )


def _json_format(start: str, named: Format | None) -> Format:
    if named is Format.IPYNB or ('"cells"' in start and '"nbformat' in start):
        return Format.IPYNB
    lines = start.split("\n", 2)
    if named is None and not re.match(r"[\[{]\s*(?:[\"{\[\]}]|-?\d[\d.eE+-]*\s*[,\]]|true|false|null)", start):
        return Format.TXT
    several = len(lines) > 1 and lines[0].rstrip().endswith("}") and lines[1].startswith("{")
    if named is Format.JSONL or several:
        return Format.JSONL
    return Format.JSON
