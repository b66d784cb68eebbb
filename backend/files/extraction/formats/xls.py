"""Excel 97–2003 workbooks (BIFF): every sheet as a table, values as shown."""

import io
from collections.abc import Iterator
from typing import Any

import xlrd

from backend.files.extraction.cells import is_date_format, shown
from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import DAMAGED, PASSWORD, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter, looks_like_header


def read(source: Source) -> Iterator[Page]:
    """One page per sheet, with its name as section and heading."""
    book = _open(source)
    try:
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)
            page = PageWriter(section=name)
            page.heading(name, 1)
            _write_sheet(page, book, sheet)
            book.unload_sheet(name)
            if (written := page.page()) is not None and len(page) > len(name):
                yield written
    finally:
        book.release_resources()


def _open(source: Source) -> Any:
    try:
        return xlrd.open_workbook(source.path, formatting_info=True, on_demand=True, logfile=io.StringIO())
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # xlrd meets damage with errors of many kinds
        if "encrypted" in str(error).lower() or "password" in str(error).lower():
            raise Unreadable(PASSWORD) from error
        raise Unreadable(DAMAGED) from error


def _write_sheet(page: PageWriter, book: Any, sheet: Any) -> None:
    first = True
    for number in range(sheet.nrows):
        cells = [_shown(book, cell) for cell in sheet.row(number)]
        if not any(cells):
            page.gap()
            continue
        page.row(cells, header=first and looks_like_header(cells))
        first = False
        if page.full:
            break
    page.gap()
    for note in sheet.cell_note_map.values():
        page.paragraph(note.text)


def _shown(book: Any, cell: Any) -> str:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value), None)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERR"))
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return ""
    number_format = _format(book, cell)
    if cell.ctype == xlrd.XL_CELL_DATE or is_date_format(number_format):
        try:
            return shown(xlrd.xldate_as_datetime(cell.value, book.datemode), None)
        except (ValueError, OverflowError):
            return shown(cell.value, None)
    return shown(cell.value, number_format)


def _format(book: Any, cell: Any) -> str:
    try:
        return str(book.format_map[book.xf_list[cell.xf_index].format_key].format_str)
    except (IndexError, KeyError, TypeError):
        return "General"
