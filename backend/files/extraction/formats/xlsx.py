"""Excel workbooks (SpreadsheetML, ECMA-376 part 1 §18): every sheet as a table, values as shown.

Rows are read as a stream: a sheet may have a million of them, or claim cells at its farthest corner.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from lxml import etree

from backend.files.extraction.archive import Archive
from backend.files.extraction.cells import BUILT_IN_FORMATS, is_date_format, shown
from backend.files.extraction.extracted import Page
from backend.files.extraction.ooxml import Relationship, chart_words, main_part, related, relationships
from backend.files.extraction.reasons import DAMAGED, ENTITIES, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, attribute, child, children, descendants, parse, text_of
from backend.files.extraction.writer import PageWriter, looks_like_header

_HEAD_BYTES = 65_536
_EPOCH_1900 = datetime(1899, 12, 30)  # so that serial 61 is 1 March 1900; Excel counts a 29 February 1900
_EPOCH_1904 = datetime(1904, 1, 1)
_COLUMN = re.compile(r"[A-Z]{1,3}")
_MAX_GAP = 1  # empty cells kept between two filled ones: the row shows one anyway


@dataclass(frozen=True, slots=True)
class _Book:
    """What the cells of all sheets refer to."""

    strings: list[str]
    formats: list[str]  # number format by style index
    epoch: datetime


def read(source: Source) -> Iterator[Page]:
    """One page per sheet with its name as section and heading; its comments, text boxes and charts follow its cells."""
    with Archive(source.path, source.job.limits.unpacked_bytes) as archive:
        name = main_part(archive, "xl/workbook.xml")
        workbook = parse(archive.read(name))
        links = relationships(archive, name)
        book = _Book(_shared_strings(archive, links), _formats(archive, links), _epoch(workbook))
        targets = {link.id: link.target for link in links if link.kind in ("worksheet", "chartsheet", "dialogsheet")}
        damaged = []
        for sheet in descendants(workbook, "sheet"):
            title, part = sheet.get("name", ""), targets.get(attribute(sheet, "id") or "")
            page = PageWriter(section=title)
            page.heading(title, 1)
            if part is None or not _write_rows(page, archive, part, book):
                damaged.append(title)
            if part is not None:
                _write_drawings(page, archive, part)
            if (written := page.page()) is not None and len(page) > len(title):
                yield written
        if damaged:
            raise Unreadable(f"{DAMAGED}: not all rows of {', '.join(damaged[:5])} could be read")


def _write_rows(page: PageWriter, archive: Archive, part: str, book: _Book) -> bool:
    """Write the rows of a sheet; returns whether all of them could be read."""
    if b"<!ENTITY" in archive.head(part, _HEAD_BYTES):
        raise Unreadable(ENTITIES)
    first, before = True, 0
    try:
        with archive.open(part) as stream:
            for _, row in etree.iterparse(stream, tag="{*}row", resolve_entities=False, no_network=True):
                number = row.get("r", "")
                number = int(number) if number.isdecimal() else before + 1
                cells = _cells(row, book)
                row.clear()
                while row.getprevious() is not None:  # rows that are done would fill the memory
                    del row.getparent()[0]
                if not any(cells):
                    continue
                if number > before + 1:
                    page.gap()
                page.row(cells, header=first and looks_like_header(cells))
                first, before = False, number
                if page.full:
                    break
    except MemoryError:
        raise
    except Exception:  # lxml, zipfile and zlib each have errors of their own; the rows before the damage are kept
        return False
    page.gap()
    return True


def _cells(row: Element, book: _Book) -> list[str]:
    """The cells of a row as texts, at their places."""
    cells: list[str] = []
    place = 0
    for cell in children(row, "c"):
        place = _column(cell.get("r", ""), place)
        text = _value(cell, book)
        if text:
            cells += [""] * min(place - 1 - len(cells), _MAX_GAP)
            cells.append(text)
    return cells


def _column(reference: str, before: int) -> int:
    """The number of the column in a reference like "AB12", counted from 1; the next one when there is none."""
    match = _COLUMN.match(reference)
    if match is None:
        return before + 1
    number = 0
    for letter in match.group():
        number = number * 26 + ord(letter) - 64
    return number


def _value(cell: Element, book: _Book) -> str:
    """What a cell shows (§18.3.1.4): of a formula its last result."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _string(cell)
    value = child(cell, "v")
    raw = (value.text or "").strip() if value is not None else ""
    if not raw or kind in ("str", "e", "d"):
        return raw
    if kind == "b":
        return shown(raw == "1", None)
    if kind == "s":
        return book.strings[int(raw)] if raw.isdecimal() and int(raw) < len(book.strings) else ""
    return _number(raw, cell.get("s", "0"), book)


def _number(raw: str, style: str, book: _Book) -> str:
    try:
        number = float(raw)
    except ValueError:
        return raw
    index = int(style) if style.isdecimal() else 0
    number_format = book.formats[index] if index < len(book.formats) else "General"
    if is_date_format(number_format):
        try:
            return shown(_moment(number, number_format, book.epoch), None)
        except (OverflowError, ValueError):
            return raw
    return shown(int(number) if number.is_integer() and "e" not in raw.lower() else number, number_format)


def _moment(number: float, number_format: str, epoch: datetime) -> datetime | time | timedelta:
    """A serial number as date, time of day or duration, to the second."""
    duration = timedelta(seconds=round(number * 86_400))
    if re.search(r"\[[hms]+\]", number_format, re.IGNORECASE):
        return duration
    moment = epoch + duration
    return moment.time() if 0 <= number < 1 else moment


def _string(element: Element) -> str:
    """The text of a string item without its pronunciation (rPh)."""
    if child(element, "rPh") is None:
        return "".join(part.text or "" for part in descendants(element, "t"))
    return "".join(part.text or "" for part in descendants(element, "t") if part.getparent().tag[-3:] != "rPh")


def _shared_strings(archive: Archive, links: list[Relationship]) -> list[str]:
    return [
        _string(item) for _, strings in related(archive, links, "sharedStrings") for item in children(strings, "si")
    ]


def _formats(archive: Archive, links: list[Relationship]) -> list[str]:
    """The number format of each cell style, by its index."""
    for _, styles in related(archive, links, "styles"):
        codes = dict(BUILT_IN_FORMATS)
        for entry in descendants(styles, "numFmt"):
            codes[entry.get("numFmtId", "")] = entry.get("formatCode", "General")
        used = child(styles, "cellXfs")
        if used is not None:
            return [codes.get(entry.get("numFmtId", "0"), "General") for entry in children(used, "xf")]
    return []


def _epoch(workbook: Element) -> datetime:
    properties = child(workbook, "workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    return _EPOCH_1904 if is_1904 else _EPOCH_1900


def _write_drawings(page: PageWriter, archive: Archive, part: str) -> None:
    """Write comments, text boxes and charts of a sheet."""
    links = relationships(archive, part)
    for _, comments in related(archive, links, "comments"):
        for comment in descendants(comments, "comment"):
            page.paragraph(f"{comment.get('ref', '')}: {text_of(comment)}")
    for name, drawing in related(archive, links, "drawing"):
        for body in descendants(drawing, "txBody"):
            page.paragraph("\n".join(text_of(paragraph) for paragraph in descendants(body, "p")))
        for _, chart in related(archive, relationships(archive, name), "chart"):
            page.gap()
            for words in chart_words(chart):
                page.line(words)
            page.gap()
