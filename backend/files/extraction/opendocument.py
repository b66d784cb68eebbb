"""What the OpenDocument formats share (ODF 1.3 part 3): the package, paragraphs, tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.files.extraction.archive import Archive
from backend.files.extraction.reasons import PASSWORD, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, attribute, child, descendants, local, parse
from backend.files.extraction.writer import PageWriter

# A table may claim that a row or cell is repeated a million times, to reach the edge of the sheet.
MAX_REPEATS = 100
_MAX_COLUMNS = 2_000
_ASIDES = {"note", "annotation", "frame", "custom-shape", "tracked-changes", "ruby-text", "annotation-end"}


@contextmanager
def opened(source: Source) -> Iterator[Archive]:
    """The package. Raises `Unreadable` when its content is encrypted."""
    with Archive(source.path, source.job.limits.unpacked_bytes) as archive:
        manifest = archive.get("META-INF/manifest.xml")
        if manifest is not None and next(descendants(parse(manifest), "encryption-data"), None) is not None:
            raise Unreadable(PASSWORD)
        yield archive


def body(archive: Archive, kind: str) -> Element:
    """The office:text, office:presentation or office:spreadsheet element; the root when it is missing."""
    root = parse(archive.read("content.xml"))
    found = next(descendants(root, kind), None)
    return root if found is None else found


def paragraph_text(element: Element) -> str:
    """The text of a paragraph; notes, comments and frames in it are not part of it."""
    parts: list[str] = []
    _gather(element, parts)
    return "".join(parts)


def _gather(element: Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for inner in element:
        match local(inner):
            case "s":
                count = attribute(inner, "c") or "1"
                parts.append(" " * (min(int(count), 100) if count.isdecimal() else 1))
            case "tab":
                parts.append("\t")
            case "line-break":
                parts.append("\n")
            case name if name and name not in _ASIDES:
                _gather(inner, parts)
        parts.append(inner.tail or "")


def write_blocks(page: PageWriter, parent: Element) -> None:
    """Write the headings, paragraphs, lists, tables and frames in `parent`."""
    for element in parent:
        match local(element):
            case "h":
                level = attribute(element, "outline-level") or "1"
                page.heading(paragraph_text(element), int(level) if level.isdecimal() else 1)
                write_asides(page, element)
            case "p":
                page.paragraph(paragraph_text(element))
                write_asides(page, element)
            case "list":
                page.gap()
                _write_list(page, element)
                page.gap()
            case "table":
                page.table(rows(element))
            case "tracked-changes" | "sequence-decls" | "forms" | "variable-decls" | "user-field-decls":
                pass
            case "table-of-content" | "alphabetical-index" | "illustration-index":
                pass  # repeats the headings
            case name if name:
                write_blocks(page, element)


def write_asides(page: PageWriter, paragraph: Element) -> None:
    """Write the notes, comments, text boxes and picture descriptions anchored in a paragraph."""
    for aside in _asides(paragraph):
        match local(aside):
            case "note":
                if (note := child(aside, "note-body")) is not None:
                    write_blocks(page, note)
            case "annotation":
                page.paragraph("\n".join(paragraph_text(inner) for inner in descendants(aside, "p")))
            case _:
                write_blocks(page, aside)
                for words in descendants(aside, "title", "desc"):
                    page.paragraph(words.text or "")


def _asides(element: Element) -> Iterator[Element]:
    for inner in element:
        if local(inner) in ("note", "annotation", "frame", "custom-shape"):
            yield inner
        elif local(inner):
            yield from _asides(inner)


def _write_list(page: PageWriter, element: Element) -> None:
    for item in descendants(element, "p", "h"):
        page.line(paragraph_text(item))


def rows(table: Element) -> Iterator[list[str]]:
    """The rows of a table as texts of cells; repeated ones are repeated within reason, filler at the edge is not."""
    for row in descendants(table, "table-row"):
        cells = _cells(row)
        repeats = _repeats(row, "number-rows-repeated") if any(cells) else 1
        for _ in range(repeats):
            yield cells


def _cells(row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if local(cell) in ("table-cell", "covered-table-cell") and len(cells) < _MAX_COLUMNS:
            text = " ".join(paragraph_text(paragraph) for paragraph in descendants(cell, "p", "h"))
            cells += [text] * _repeats(cell, "number-columns-repeated")
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _repeats(element: Element, name: str) -> int:
    value = attribute(element, name) or "1"
    return max(1, min(int(value), MAX_REPEATS)) if value.isdecimal() else 1
