"""OpenDocument spreadsheets: every sheet as a table, values as the file shows them."""

from collections.abc import Iterator

from backend.files.extraction.extracted import Page
from backend.files.extraction.opendocument import body, opened, paragraph_text, rows
from backend.files.extraction.source import Source
from backend.files.extraction.tree import attribute, children, descendants
from backend.files.extraction.writer import PageWriter, looks_like_header


def read(source: Source) -> Iterator[Page]:
    """One page per sheet, with its name as section and heading."""
    with opened(source) as archive:
        for sheet in children(body(archive, "spreadsheet"), "table"):
            name = attribute(sheet, "name") or "Sheet"
            page = PageWriter(section=name)
            page.heading(name, 1)
            first = True
            for cells in rows(sheet):
                if page.full:
                    break
                if cells:
                    page.row(cells, header=first and looks_like_header(cells))
                    first = False
                else:
                    page.gap()
            for shapes in children(sheet, "shapes"):
                for paragraph in descendants(shapes, "p"):
                    page.paragraph(paragraph_text(paragraph))
            if (written := page.page()) is not None and len(page) > len(name):
                yield written
