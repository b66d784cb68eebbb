"""XML of any kind, feeds included: titles as headings, short leaves as "name: value", the rest as paragraphs."""

import re
from collections.abc import Iterator

from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.html import write_html
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, local, parse, text_of
from backend.files.extraction.writer import PageWriter, one_line

_TITLES = {"title", "head", "heading", "caption"}
_PROSE = {"p", "para", "li", "item", "description", "summary", "content", "encoded", "text", "note", "body"}
# Attributes that hold words for people (clinical documents, SVG, OPML), not identifiers or layout.
_WORDS = ("displayName", "label", "title", "alt", "value")
_MARKUP = re.compile(r"</?(?:p|a|div|span|br|ul|ol|li|b|strong|em|i|h[1-6]|table|img|figure)\b[^>]*>", re.IGNORECASE)
_MAX_VALUE_CHARS = 200


def read(source: Source) -> Iterator[Page]:
    """One page for the whole document."""
    page = PageWriter()
    _write(page, parse(source.path.read_bytes()), 1)
    if (written := page.page()) is not None:
        yield written


def _write(page: PageWriter, element: Element, depth: int) -> None:
    name = local(element)
    if not name:
        return
    _write_attributes(page, element)
    inner = [child for child in element if local(child)]
    own = (element.text or "").strip()
    mixed = bool(own) or any((child.tail or "").strip() for child in inner)
    if not inner or (mixed and _is_inline(inner)):
        _write_leaf(page, name, text_of(element), depth)
        return
    page.gap()
    if own:
        page.paragraph(own)
    for child in inner:
        _write(page, child, depth + 1)
        if tail := (child.tail or "").strip():
            page.paragraph(tail)
    page.gap()


def _is_inline(inner: list[Element]) -> bool:
    """Whether the elements inside a text are emphasis and links rather than blocks with structure."""
    return not any(len(child) > 3 or local(child) in _PROSE for child in inner)


def _write_attributes(page: PageWriter, element: Element) -> None:
    for key in _WORDS:
        value = element.get(key)
        if value and any(letter.isalpha() for letter in value):
            page.line(f"{local(element)}: {value}")


def _write_leaf(page: PageWriter, name: str, text: str, depth: int) -> None:
    if _MARKUP.search(text):  # feeds carry HTML as escaped text
        page.gap()
        write_html(page, text)
        return
    flat = one_line(text)
    if name.lower() in _TITLES and len(flat) <= _MAX_VALUE_CHARS:
        page.heading(flat, max(1, min(depth - 1, 6)))
    elif name.lower() in _PROSE or len(flat) > _MAX_VALUE_CHARS:
        page.paragraph(text)
    elif flat:
        page.line(f"{name}: {flat}")
