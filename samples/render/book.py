"""Electronic books (EPUB 3.3, https://www.w3.org/TR/epub-33/)."""

from html import escape
from zlib import crc32

from samples.render.archive import pack
from samples.render.blocks import Block, sections
from samples.render.office import html

_CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""

_PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:lindenhof:{identity}</dc:identifier><dc:title>{title}</dc:title><dc:language>en</dc:language>
<meta property="dcterms:modified">2026-05-01T08:00:00Z</meta>
</metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{manifest}</manifest>
<spine>{spine}</spine>
</package>"""

_NAV = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Contents</title></head><body><nav epub:type="toc"><ol>{items}</ol></nav></body></html>"""


def epub(title: str, blocks: list[Block]) -> bytes:
    """A book: each level 1 heading begins a chapter in a file of its own."""
    chapters = [
        (f"chapter{number}.xhtml", section.title, _xhtml(section.title, section.blocks))
        for number, section in enumerate(sections(blocks), 1)
    ]
    manifest = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, (name, _, _) in enumerate(chapters, 1)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(1, len(chapters) + 1))
    items = "".join(f'<li><a href="{name}">{escape(text)}</a></li>' for name, text, _ in chapters)
    package = _PACKAGE.format(
        identity=f"{crc32(title.encode()):08x}", title=escape(title), manifest=manifest, spine=spine
    )
    return pack(
        [
            ("mimetype", b"application/epub+zip"),
            ("META-INF/container.xml", _CONTAINER.encode()),
            ("content.opf", package.encode()),
            ("nav.xhtml", _NAV.format(items=items).encode()),
            *((name, content.encode()) for name, _, content in chapters),
        ]
    )


def _xhtml(title: str, blocks: list[Block]) -> str:
    head = '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en">'
    page = html(title, blocks).replace('<!DOCTYPE html><html lang="en">', head).replace('<meta charset="utf-8">', "")
    return page.replace("<body>", f"<body><h1>{escape(title)}</h1>")
