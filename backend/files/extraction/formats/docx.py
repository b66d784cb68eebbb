"""Word documents (WordprocessingML): body, tables, text boxes, notes, comments, headers and footers."""

import re
from collections.abc import Iterator

from backend.files.extraction.archive import Archive
from backend.files.extraction.extracted import Page
from backend.files.extraction.ooxml import (
    Relationship,
    alternative_text,
    chart_words,
    main_part,
    related,
    relationships,
    without_fallbacks,
)
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, attribute, child, children, descendants, local, parse
from backend.files.extraction.writer import PageWriter, one_line

_HEADING_STYLE = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_NO_HEADING_LEVEL = 9  # w:outlineLvl of body text
# Elements whose text is not part of the document as it stands.
_NOT_TEXT = {
    "del",
    "moveFrom",
    "instrText",
    "delText",
    "pPr",
    "rPr",
    "tblPr",
    "sectPr",
    "sdtPr",
    "fldData",
    "txbxContent",
}
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-", "ptab": "\t"}
_SEPARATOR_NOTES = {"separator", "continuationSeparator", "continuationNotice"}


def read(source: Source) -> Iterator[Page]:
    """One page: Word files do not say where their pages end."""
    with Archive(source.path, source.job.limits.unpacked_bytes) as archive:
        name = main_part(archive, "word/document.xml")
        links = relationships(archive, name)
        page = PageWriter()
        writer = _Writer(page, archive, links, _heading_styles(archive, links))
        for _, header in related(archive, links, "header"):
            writer.once(without_fallbacks(header))
        body = child(without_fallbacks(parse(archive.read(name))), "body")
        if body is not None:
            writer.blocks(body)
        for kind, item in (("footnotes", "footnote"), ("endnotes", "endnote"), ("comments", "comment")):
            for _, notes in related(archive, links, kind):
                for note in children(notes, item):
                    if attribute(note, "type") not in _SEPARATOR_NOTES:
                        writer.blocks(note)
        for _, footer in related(archive, links, "footer"):
            writer.once(without_fallbacks(footer))
        if (written := page.page()) is not None:
            yield written


def _heading_styles(archive: Archive, links: list[Relationship]) -> dict[str, int]:
    """Heading level (from 1) by style id, inherited along w:basedOn."""
    levels: dict[str, int] = {}
    based_on: dict[str, str] = {}
    for _, styles in related(archive, links, "styles"):
        for style in children(styles, "style"):
            identifier = attribute(style, "styleId") or ""
            name = child(style, "name")
            title = (attribute(name, "val") or "") if name is not None else ""
            outline = next(descendants(style, "outlineLvl"), None)
            if match := _HEADING_STYLE.match(title):
                levels[identifier] = int(match.group(1))
            elif title.lower() == "title":
                levels[identifier] = 1
            elif outline is not None:
                _add_level(levels, identifier, attribute(outline, "val"))
            elif (base := child(style, "basedOn")) is not None:
                based_on[identifier] = attribute(base, "val") or ""
    for identifier in based_on:
        base, seen = based_on[identifier], {identifier}
        while base in based_on and base not in seen:
            seen.add(base)
            base = based_on[base]
        if base in levels:
            levels[identifier] = levels[base]
    return levels


def _add_level(levels: dict[str, int], identifier: str, outline: str | None) -> None:
    if outline is not None and outline.isdecimal() and int(outline) < _NO_HEADING_LEVEL:
        levels[identifier] = int(outline) + 1


class _Writer:
    """Writes the block elements of one part after another."""

    def __init__(
        self, page: PageWriter, archive: Archive, links: list[Relationship], heading_styles: dict[str, int]
    ) -> None:
        self._page = page
        self._archive = archive
        self._links = links
        self._heading_styles = heading_styles
        self._seen: set[str] = set()

    def once(self, part: Element) -> None:
        """Write a header or footer, unless another section had the same one."""
        for paragraph in descendants(part, "p"):
            text = one_line(_inline_text(paragraph))
            if text and text not in self._seen and not text.isdecimal():
                self._seen.add(text)
                self._page.paragraph(text)

    def blocks(self, parent: Element) -> None:
        """Write the paragraphs and tables in `parent`, through content controls and tracked insertions."""
        for element in parent:
            match local(element):
                case "p":
                    self._paragraph(element)
                case "tbl":
                    self._table(element)
                case "sdt" | "sdtContent" | "ins" | "moveTo" | "customXml" | "smartTag":
                    self.blocks(element)

    def _paragraph(self, paragraph: Element) -> None:
        text = _inline_text(paragraph)
        properties = child(paragraph, "pPr")
        level = self._level(properties)
        if level is not None:
            self._page.heading(text, level)
        elif properties is not None and child(properties, "numPr") is not None:
            self._page.line(text)
        else:
            self._page.paragraph(text)
        for box in descendants(paragraph, "txbxContent"):
            self.blocks(box)
        self._drawings(paragraph)

    def _level(self, properties: Element | None) -> int | None:
        if properties is None:
            return None
        outline = child(properties, "outlineLvl")
        if outline is not None:
            value = attribute(outline, "val") or ""
            return int(value) + 1 if value.isdecimal() and int(value) < _NO_HEADING_LEVEL else None
        style = child(properties, "pStyle")
        return self._heading_styles.get(attribute(style, "val") or "") if style is not None else None

    def _table(self, table: Element) -> None:
        self._page.table([_cell_text(cell) for cell in _cells(row)] for row in _rows(table))
        for box in descendants(table, "txbxContent"):
            self.blocks(box)

    def _drawings(self, paragraph: Element) -> None:
        """Write what pictures are said to show, and the words of charts and diagrams."""
        for properties in descendants(paragraph, "docPr"):
            self._page.paragraph(alternative_text(properties))
        for reference in descendants(paragraph, "chart", "relIds"):
            identifier = attribute(reference, "id") or attribute(reference, "dm")
            for link in self._links:
                if link.id == identifier and (data := self._archive.get(link.target)) is not None:
                    root = parse(data)
                    words = chart_words(root) if link.kind == "chart" else _diagram_words(root)
                    self._page.gap()
                    for line in words:
                        self._page.line(line)
                    self._page.gap()


def _diagram_words(root: Element) -> Iterator[str]:
    for paragraph in descendants(root, "p"):
        yield "".join(element.text or "" for element in descendants(paragraph, "t"))


def _rows(table: Element) -> Iterator[Element]:
    for element in table:
        match local(element):
            case "tr":
                yield element
            case "sdt" | "sdtContent" | "ins" | "customXml":
                yield from _rows(element)


def _cells(row: Element) -> Iterator[Element]:
    for element in row:
        match local(element):
            case "tc":
                yield element
            case "sdt" | "sdtContent" | "ins" | "customXml":
                yield from _cells(element)


def _cell_text(cell: Element) -> str:
    """The paragraphs of a cell, tables inside it included."""
    return " ".join(filter(None, (_inline_text(paragraph) for paragraph in descendants(cell, "p"))))


def _inline_text(paragraph: Element) -> str:
    """The text of a paragraph: runs, links, fields' results, equations; not deleted text, not text boxes."""
    parts: list[str] = []
    _gather(paragraph, parts)
    return "".join(parts)


def _gather(element: Element, parts: list[str]) -> None:
    for inner in element:
        name = local(inner)
        if name == "t":  # w:t, and m:t of equations
            parts.append(inner.text or "")
        elif name in _BREAKS:
            parts.append(_BREAKS[name])
        elif name == "sym":
            parts.append(_symbol(inner))
        elif name and name not in _NOT_TEXT:
            _gather(inner, parts)


def _symbol(element: Element) -> str:
    """A sign of a symbol font: check boxes are the ones that matter."""
    boxes = {"F0FE": "☒", "F0FD": "☒", "F0A8": "☐", "F06F": "☐", "F0FC": "✓", "F0B7": "•"}
    return boxes.get((attribute(element, "char") or "").upper(), "")
