"""EPUB books: one page per chapter of the spine (EPUB 3.3, Open Packaging Format 2.0)."""

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from backend.files.extraction.archive import Archive
from backend.files.extraction.decode import declared_charset, decode
from backend.files.extraction.extracted import HEADER_ROW_LEVEL, Page
from backend.files.extraction.formats.html import write_html
from backend.files.extraction.reasons import DAMAGED, PASSWORD, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, descendants, parse, text_of
from backend.files.extraction.writer import PageWriter, one_line

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_METADATA = (
    ("creator", "Authors"),
    ("contributor", "Contributors"),
    ("publisher", "Publisher"),
    ("date", "Date"),
    ("language", "Language"),
    ("subject", "Subject"),
    ("description", "Description"),
)


def read(source: Source) -> Iterator[Page]:
    """First what the book says about itself, then its chapters."""
    with Archive(source.path, source.job.limits.unpacked_bytes) as archive:
        package_name = _package_name(archive)
        package = parse(archive.read(package_name))
        if (about := _about(package)) is not None:
            yield about
        damaged = 0
        for name in _spine(package, posixpath.dirname(package_name)):
            data = archive.get(name)
            if data is None:
                damaged += 1
                continue
            page = PageWriter()
            write_html(page, decode(data, declared_charset(data)))
            if (written := page.page()) is not None:
                yield _titled(written)
        if damaged:
            raise Unreadable(PASSWORD if _ENCRYPTION in archive else f"{damaged} chapters are {DAMAGED}")


def _titled(page: Page) -> Page:
    """The chapter, with its first heading as section."""
    first = next((heading for heading in page.headings if heading.level < HEADER_ROW_LEVEL), None)
    return page if first is None else replace(page, section=page.text[first.start : first.end])


def _package_name(archive: Archive) -> str:
    container = parse(archive.read(_CONTAINER))
    for rootfile in descendants(container, "rootfile"):
        if path := rootfile.get("full-path"):
            return unquote(path)
    raise Unreadable(DAMAGED)


def _about(package: Element) -> Page | None:
    page = PageWriter()
    for title in list(descendants(package, "title"))[:1]:
        page.heading(text_of(title), 1)
    for name, label in _METADATA:
        values = [one_line(text_of(element)) for element in descendants(package, name)]
        if values := [value for value in values if value]:
            page.line(f"{label}: {', '.join(values)}")
    return page.page()


def _spine(package: Element, folder: str) -> Iterator[str]:
    """The names of the chapters' files, in reading order."""
    items = {item.get("id"): item.get("href") for item in descendants(package, "item")}
    for reference in descendants(package, "itemref"):
        href = items.get(reference.get("idref"))
        if href:
            yield posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))
