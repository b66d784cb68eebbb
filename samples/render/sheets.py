"""Excel workbooks, and what counts as a number in a cell."""

import io
import re

from openpyxl import Workbook
from openpyxl.styles import Font

from samples.render.archive import repack
from samples.render.blocks import Block, Table, sections

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WIDEST_COLUMN = 48


def number(text: str) -> int | float | None:
    """The value of a cell that is a plain number, else None ("2026-11-02" and "LH-001" are text)."""
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def xlsx(title: str, blocks: list[Block]) -> bytes:
    """A workbook: each level 1 heading is a sheet, the table below it its cells.

    Raises:
        ValueError: a sheet holds something else than a table.
    """
    book = Workbook()
    book.properties.title = title
    book.properties.creator = "Lindenhof Practice"
    book.remove(book.active)
    for section in sections(blocks):
        sheet = book.create_sheet(section.title)
        for block in section.blocks:
            if not isinstance(block, Table):
                raise ValueError(f"sheet {section.title!r} holds something else than a table")
            sheet.append(list(block.header))
            for row in block.rows:
                sheet.append([_value(text) for text in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in sheet.columns:
            width = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(width + 2, _WIDEST_COLUMN)
    buffer = io.BytesIO()
    book.save(buffer)
    return repack(buffer.getvalue())


def _value(text: str) -> int | float | str | None:
    value = number(text)
    return value if value is not None else text or None
