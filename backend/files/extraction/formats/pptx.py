"""PowerPoint presentations (PresentationML): shapes in reading order, tables, charts, diagrams, notes, comments."""

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
from backend.files.extraction.reasons import DAMAGED, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, attribute, child, children, descendants, local, parse
from backend.files.extraction.writer import PageWriter, one_line

_TITLES = {"title", "ctrTitle"}
# Placeholders that repeat on every slide.
_FURNITURE = {"sldNum", "dt", "ftr", "hdr", "sldImg"}


def read(source: Source) -> Iterator[Page]:
    """One page per slide; its title is its section and heading."""
    with Archive(source.path, source.job.limits.unpacked_bytes) as archive:
        name = main_part(archive, "ppt/presentation.xml")
        targets = {link.id: link.target for link in relationships(archive, name) if link.kind == "slide"}
        damaged = 0
        for number, part in enumerate(_slide_parts(parse(archive.read(name)), targets), start=1):
            data = archive.get(part)
            page = None
            if data is not None:
                try:
                    page = _slide(archive, part, data, number)
                except Unreadable:
                    data = None
            damaged += data is None
            if page is not None:
                yield page
        if damaged:
            raise Unreadable(f"{damaged} slides are {DAMAGED}")


def _slide_parts(presentation: Element, targets: dict[str, str]) -> list[str]:
    """The slides' parts in the order of the show; in the order of the links when the list is missing."""
    listed = [
        targets[identifier]
        for entry in descendants(presentation, "sldId")
        for key, identifier in entry.attrib.items()
        if key.endswith("}id") and identifier in targets
    ]
    return listed or list(targets.values())


def _slide(archive: Archive, part: str, data: bytes, number: int) -> Page | None:
    slide = without_fallbacks(parse(data))
    shapes = next(descendants(slide, "spTree"), None)
    links = relationships(archive, part)
    title = next((shape for shape in descendants(slide, "sp") if _placeholder(shape) in _TITLES), None)
    heading = one_line(" ".join(_paragraphs(title))) if title is not None else ""
    page = PageWriter(number, heading or None)
    page.heading(heading, 1)
    if shapes is not None:
        _write_shapes(page, shapes, archive, links, title)
    for _, notes in related(archive, links, "notesSlide"):
        for shape in descendants(notes, "sp"):
            if _placeholder(shape) not in _FURNITURE:
                _write_paragraphs(page, shape)
    for _, comments in related(archive, links, "comments"):
        for text in descendants(comments, "text", "t"):
            page.paragraph(text.text or "")
    return page.page()


def _write_shapes(
    page: PageWriter, group: Element, archive: Archive, links: list[Relationship], title: Element | None
) -> None:
    """Write the shapes of a group from top to bottom, groups inside it as a whole."""
    for shape in sorted(group, key=_position):
        match local(shape):
            case "sp" if shape is not title and _placeholder(shape) not in _FURNITURE:
                _write_paragraphs(page, shape)
            case "grpSp":
                _write_shapes(page, shape, archive, links, title)
            case "pic":
                for properties in descendants(shape, "cNvPr"):
                    page.paragraph(alternative_text(properties))
            case "graphicFrame":
                _write_frame(page, shape, archive, links)
            case "AlternateContent":
                for choice in children(shape, "Choice"):
                    _write_shapes(page, choice, archive, links, title)


def _position(shape: Element) -> tuple[int, int]:
    """Top and left of a shape in EMU; placeholders without a place of their own come first, in file order."""
    offset = next(descendants(shape, "off"), None)
    if offset is None:
        return (-1, -1)
    try:
        return (int(offset.get("y", "0")), int(offset.get("x", "0")))
    except ValueError:
        return (-1, -1)


def _write_frame(page: PageWriter, frame: Element, archive: Archive, links: list[Relationship]) -> None:
    """A table, chart or diagram."""
    for table in descendants(frame, "tbl"):
        page.table([" ".join(_paragraphs(cell)) for cell in children(row, "tc")] for row in children(table, "tr"))
    for properties in descendants(frame, "cNvPr"):
        page.paragraph(alternative_text(properties))
    references = {attribute(item, "id") or attribute(item, "dm") for item in descendants(frame, "chart", "relIds")}
    for link in links:
        if link.id in references and (data := archive.get(link.target)) is not None:
            root = parse(data)
            page.gap()
            for words in chart_words(root) if link.kind == "chart" else _paragraphs(root):
                page.line(words)
            page.gap()


def _write_paragraphs(page: PageWriter, shape: Element) -> None:
    """The paragraphs of a shape: one block of lines."""
    page.gap()
    for text in _paragraphs(shape):
        page.line(text)
    page.gap()


def _paragraphs(element: Element) -> Iterator[str]:
    for paragraph in descendants(element, "p"):
        parts = (
            " " if local(item) in ("br", "tab") else item.text or ""
            for item in descendants(paragraph, "t", "br", "tab")
        )
        if text := "".join(parts).strip():
            yield text


def _placeholder(shape: Element) -> str | None:
    """The kind of placeholder that a shape fills; None when it is none."""
    properties = next((item for item in shape if local(item).startswith("nvSpPr")), None)
    if properties is None or (inner := child(properties, "nvPr")) is None:
        return None
    placeholder = child(inner, "ph")
    return placeholder.get("type", "body") if placeholder is not None else None
