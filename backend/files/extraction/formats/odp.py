"""OpenDocument presentations."""

from collections.abc import Iterator

from backend.files.extraction.extracted import Page
from backend.files.extraction.opendocument import body, opened, paragraph_text, rows, write_blocks
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, attribute, children, descendants, local
from backend.files.extraction.writer import PageWriter, one_line

_FURNITURE = {"page-number", "date-time", "footer", "header"}


def read(source: Source) -> Iterator[Page]:
    """One page per slide with its title as section and heading; the notes come last."""
    with opened(source) as archive:
        for number, slide in enumerate(children(body(archive, "presentation"), "page"), start=1):
            if (page := _slide(slide, number)) is not None:
                yield page


def _slide(slide: Element, number: int) -> Page | None:
    title = next((frame for frame in children(slide, "frame") if attribute(frame, "class") == "title"), None)
    words = [] if title is None else [one_line(paragraph_text(paragraph)) for paragraph in descendants(title, "p", "h")]
    heading = " ".join(word for word in words if word)
    page = PageWriter(number, heading or None)
    page.heading(heading, 1)
    notes = []
    for shape in slide:
        if local(shape) == "notes":
            notes.append(shape)
        elif local(shape) and shape is not title:
            _write_shape(page, shape)
    for note in notes:
        for shape in note:
            _write_shape(page, shape)
    return page.page()


def _write_shape(page: PageWriter, shape: Element) -> None:
    if not local(shape) or attribute(shape, "class") in _FURNITURE:
        return
    if local(shape) == "g":
        for inner in shape:
            _write_shape(page, inner)
        return
    page.gap()
    tables = list(descendants(shape, "table"))
    for table in tables:
        page.table(rows(table))
    if not tables:
        write_blocks(page, shape)
    for words in (*children(shape, "title"), *children(shape, "desc")):
        page.paragraph(words.text or "")
