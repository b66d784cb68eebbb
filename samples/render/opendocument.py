"""OpenDocument text and spreadsheets."""

import io

from odf.opendocument import OpenDocument, OpenDocumentSpreadsheet, OpenDocumentText
from odf.style import Style, TextProperties
from odf.table import Table as Grid
from odf.table import TableCell, TableColumn, TableRow
from odf.text import H, List, ListItem, P

from samples.render.archive import repack
from samples.render.blocks import Block, Heading, Items, Note, Paragraph, Table, sections
from samples.render.sheets import number

_SIZES = {1: "20pt", 2: "14pt"}


def odt(title: str, blocks: list[Block]) -> bytes:
    """A text document with headings, lists and tables."""
    document = OpenDocumentText()
    styles = {level: _heading_style(document, level, size) for level, size in _SIZES.items()}
    for index, block in enumerate(blocks):
        match block:
            case Heading(level=level, text=text):
                document.text.addElement(H(outlinelevel=level, stylename=styles[level], text=text))
            case Paragraph(text=text) | Note(text=text):
                document.text.addElement(P(text=text))
            case Items(items=items, numbered=True):
                for item in items:
                    document.text.addElement(P(text=item))
            case Items(items=items):
                bullets = List()
                for item in items:
                    entry = ListItem()
                    entry.addElement(P(text=item))
                    bullets.addElement(entry)
                document.text.addElement(bullets)
            case Table(header=header, rows=rows):
                document.text.addElement(_grid(f"{title} {index}", header, rows))
    return _bytes(document)


def ods(blocks: list[Block]) -> bytes:
    """A spreadsheet: each level 1 heading is a sheet, the table below it its cells."""
    document = OpenDocumentSpreadsheet()
    for section in sections(blocks):
        for block in section.blocks:
            if not isinstance(block, Table):
                raise ValueError(f"sheet {section.title!r} holds something else than a table")
            document.spreadsheet.addElement(_grid(section.title, block.header, block.rows))
    return _bytes(document)


def _heading_style(document: OpenDocument, level: int, size: str) -> Style:
    style = Style(name=f"Heading {level}", family="paragraph")
    style.addElement(TextProperties(fontsize=size, fontweight="bold"))
    document.styles.addElement(style)
    return style


def _grid(name: str, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Grid:
    grid = Grid(name=name)
    grid.addElement(TableColumn(numbercolumnsrepeated=len(header)))
    for row in (header, *rows):
        line = TableRow()
        for text in row:
            value = number(text)
            cell = TableCell() if value is None else TableCell(valuetype="float", value=value)
            cell.addElement(P(text=text))
            line.addElement(cell)
        grid.addElement(line)
    return grid


def _bytes(document: OpenDocument) -> bytes:
    buffer = io.BytesIO()
    document.write(buffer)
    return repack(buffer.getvalue())
