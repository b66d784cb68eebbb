"""Files that are made to cost more than they weigh: each ends in time, within the memory, and with a reason.

The positive control of each kind is the same file with honest content, in `test_the_same_kinds_of_files_are_read`.
"""

import asyncio
import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from backend.files.extraction.extracted import Extracted
from backend.files.extraction.limits import Limits
from backend.files.extraction.pool import Extractor

SECONDS = 20.0
MEMORY = 384 * 2**20
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CELLS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
_TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LAUGHS = f'<!DOCTYPE x [<!ENTITY l0 "haha">{LAUGHS}]>'


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    limits = Limits(seconds=SECONDS, memory_bytes=MEMORY, unpacked_bytes=64 * 2**20, ocr_page_seconds=5)
    async with Extractor(limits, workers=1) as pool:
        yield pool


async def extract(extractor: Extractor, folder: Path, name: str, content: bytes) -> Extracted:
    path = folder / name
    await asyncio.to_thread(path.write_bytes, content)
    return await extractor.extract(path, name, None)


def packed(*members: tuple[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def word(body: str, before: str = "") -> tuple[str, str]:
    return "word/document.xml", f'{before}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(body: str, before: str = "", *more: tuple[str, bytes | str]) -> bytes:
    return packed(("[Content_Types].xml", "<Types/>"), word(body, before), *more)


def xlsx(row: str, before: str = "") -> bytes:
    sheet = f'{before}<worksheet xmlns="{_CELLS}"><sheetData>{row}</sheetData></worksheet>'
    book = (
        f'<workbook xmlns="{_CELLS}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    )
    return packed(
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", links),
        ("xl/worksheets/sheet1.xml", sheet),
    )


def odt(text: str, before: str = "") -> bytes:
    content = f"<office:document-content {_OFFICE} {_TEXT}><office:body><office:text>{text}</office:text></office:body>"
    return packed(
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", f"{before}{content}</office:document-content>"),
    )


def epub(chapter: bytes) -> bytes:
    opf = '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    return packed(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", '<c><rootfiles><rootfile full-path="p.opf"/></rootfiles></c>'),
        ("p.opf", opf),
        ("a.xhtml", chapter),
    )


def pdf(content: bytes, filters: str = "/FlateDecode") -> bytes:
    """One page whose content stream is `content` as it stands."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(content)} /Filter {filters} >>\nstream\n".encode() + content + b"\nendstream",
    ]
    whole = b"%PDF-1.5\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return whole + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF"


def overlapping() -> bytes:
    """A zip whose directory names one member many times over (Fifield, "A better zip bomb", 2019)."""
    single = packed(("a.txt", b"words " * 200_000))
    directory = single.index(b"PK\x01\x02")
    end = single.index(b"PK\x05\x06")
    entry, count = single[directory:end], 2_000
    entries = b"".join(entry.replace(b"a.txt", b"%05d" % n) for n in range(count))
    return (
        single[:directory]
        + entries
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(entries), directory, 0)
    )


def png(width: int, height: int) -> bytes:
    """A picture of one colour: a line of it weighs nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = zlib.compressobj(9)
    data = b"".join(lines.compress(bytes(width // 8 + 1)) for _ in range(height)) + lines.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff(pictures: int) -> bytes:
    """A TIFF of pictures with 81 million points each, which weigh nothing."""
    buffer = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(
        buffer,
        "TIFF",
        compression="group4",
        save_all=True,
        append_images=[Image.new("1", (9_000, 9_000))] * (pictures - 1),
    )
    return buffer.getvalue()


def rtf_packed(depth: int) -> bytes:
    return b"{\\rtf1 " + b"{" * depth + b"deep" + b"}" * depth + b"}"


ZEROS = bytes(40 * 2**20)
MANY = [(f"{n}.txt", b"x" * (8 * 2**20)) for n in range(12)]
REFUSED = "decompression bomb"

BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip, packed too tight": ("a.zip", lambda: packed(("a.txt", ZEROS)), REFUSED),
    "zip, too much in all": ("a.zip", lambda: packed(*MANY), REFUSED),
    "zip, too many members": ("a.zip", lambda: packed(*((f"{n}", b"") for n in range(20_001))), REFUSED),
    "zip, members that overlap": ("a.zip", overlapping, REFUSED),
    "zip, packed in a zip": ("a.zip", lambda: packed(("b.zip", packed(("c.zip", packed(*MANY))))), REFUSED),
    "docx, packed too tight": ("a.docx", lambda: docx("", "", ("word/media/a", ZEROS)), REFUSED),
    "xlsx, packed too tight": ("a.xlsx", lambda: xlsx("<row/>" + " " * len(ZEROS)), REFUSED),
    "odt, packed too tight": ("a.odt", lambda: odt(" " * len(ZEROS)), REFUSED),
    "epub, packed too tight": ("a.epub", lambda: epub(ZEROS), REFUSED),
    "xml, entities": ("a.xml", lambda: f'<?xml version="1.0"?>{LAUGHS}<x>&l11;</x>'.encode(), "entity declarations"),
    "xml, entities in UTF-16": (
        "a.xml",
        lambda: f'<?xml version="1.0" encoding="utf-16"?>{LAUGHS}<x>&l11;</x>'.encode("utf-16"),
        "entity declarations",
    ),
    "xml, entities in an attribute": (
        "a.xml",
        lambda: f'<?xml version="1.0"?>{LAUGHS}<x title="&l11;">words</x>'.encode(),
        "entity declarations|damaged",
    ),
    "xml, one long entity often": (
        "a.xml",
        lambda: f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l "{"ha" * 50_000}">]><x>{"&l;" * 50_000}</x>'.encode(),
        "entity declarations",
    ),
    "docx, entities": ("a.docx", lambda: docx(paragraph("&l11;"), LAUGHS), "entity declarations"),
    "odt, entities": ("a.odt", lambda: odt("<text:p>&l11;</text:p>", LAUGHS), "entity declarations"),
    "xlsx, entities": (
        "a.xlsx",
        lambda: xlsx('<row><c t="inlineStr"><is><t>&l11;</t></is></c></row>', LAUGHS),
        "no text|damaged|entity",
    ),
    "xml, deep": ("a.xml", lambda: b'<?xml version="1.0"?>' + b"<a>" * 200_000 + b"x", "too deeply nested"),
    "docx, deep": ("a.docx", lambda: docx("<w:p>" * 100_000), "too deeply nested"),
    "html, deep": ("a.html", lambda: b"<html><body>" + b"<div>" * 500_000 + b"x", "deeply nested|no text|damaged"),
    "rtf, deep": ("a.rtf", lambda: rtf_packed(1_000_000), "deeply nested|damaged"),
    "json, deep": ("a.json", lambda: b"[" * 2_000_000, ""),
    "pdf, packed too tight": (
        "a.pdf",
        lambda: pdf(zlib.compress(bytes(512 * 2**20), 9)),
        "memory|damaged|longer than|no text",
    ),
    "pdf, packed twice": (
        "a.pdf",
        lambda: pdf(zlib.compress(zlib.compress(bytes(512 * 2**20), 9), 9), filters="[/FlateDecode /FlateDecode]"),
        "memory|damaged|longer than|no text",
    ),
    "picture, too many points": ("a.png", lambda: png(60_000, 60_000), "more than 100 million pixels"),
    "picture, several large ones": ("a.tif", lambda: tiff(2), "no text|longer than"),
}


@pytest.mark.parametrize("kind", BOMBS)
async def test_a_bomb_ends_in_time_and_with_a_reason(extractor: Extractor, tmp_path: Path, kind: str) -> None:
    name, make, reason = BOMBS[kind]
    content = await asyncio.to_thread(make)
    result = await extract(extractor, tmp_path, name, content)
    assert result.seconds < SECONDS + 5
    told = result.reason or ""
    assert any(part in told for part in reason.split("|")), told
    assert sum(len(page.text) for page in result.pages) < 3_000_000
    assert (await extract(extractor, tmp_path, "after.txt", b"The next file.")).ok


async def test_the_same_kinds_of_files_are_read(extractor: Extractor, tmp_path: Path) -> None:
    words = "Words of it."
    drawn = zlib.compress(b"BT /F 24 Tf 72 700 Td (Words of it.) Tj ET")
    honest = {
        "a.zip": packed(("a.txt", words)),
        "a.docx": docx(paragraph(words)),
        "a.xlsx": xlsx(f'<row><c t="inlineStr"><is><t>{words}</t></is></c></row>'),
        "a.odt": odt(f"<text:p>{words}</text:p>"),
        "a.epub": epub(f"<html><body><p>{words}</p></body></html>".encode()),
        "a.xml": f'<?xml version="1.0"?><!DOCTYPE x><x>{words}</x>'.encode(),
        "b.xml": f'<?xml version="1.0" encoding="utf-16"?><x>{words}</x>'.encode("utf-16"),
        "a.html": f"<html><body>{'<div>' * 50}{words}".encode(),
        "a.rtf": b"{\\rtf1 {{" + words.encode() + b"}}}",
        "a.json": b'{"a": "Words of it."}',
        "a.pdf": pdf(drawn),
        "b.pdf": pdf(zlib.compress(drawn), filters="[/FlateDecode /FlateDecode]"),
    }
    for name, content in honest.items():
        result = await extract(extractor, tmp_path, name, content)
        assert words in "".join(page.text for page in result.pages), (name, result.reason)
        assert result.reason is None, name


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE x [<!ENTITY l11 SYSTEM "{file}">]>',
        '<!DOCTYPE x SYSTEM "{file}">',
        '<!DOCTYPE x [<!ENTITY % d SYSTEM "{file}"> %d;]>',
    ],
)
async def test_xml_brings_in_no_other_file(extractor: Extractor, tmp_path: Path, before: str) -> None:
    secret = tmp_path / "secret.dtd"
    secret.write_text('<!ENTITY l11 "the secret of another user">', encoding="ascii")
    declared = before.replace("{file}", secret.as_uri())
    for name, content in {
        "a.xml": f'<?xml version="1.0"?>{declared}<x>words &l11;</x>'.encode(),
        "a.docx": docx(paragraph("words &l11;"), declared),
        "a.odt": odt("<text:p>words &l11;</text:p>", declared),
        "a.xlsx": xlsx('<row><c t="inlineStr"><is><t>words &l11;</t></is></c></row>', declared),
    }.items():
        result = await extract(extractor, tmp_path, name, content)
        assert "secret" not in "".join(page.text for page in result.pages), name
