"""Builds the text of a page out of headings, paragraphs and table rows."""

import re
from collections.abc import Iterable

from backend.files.extraction.extracted import HEADER_ROW_LEVEL, Heading, Page
from backend.files.extraction.limits import MAX_TEXT_CHARS

CELL = " | "

# Control characters, soft hyphens, zero-width marks, lone surrogates and non-characters: invisible, and some break
# JSON or a browser.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ud800-\udfff\ufff9-\ufffc\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_NUMBER = re.compile(r"[-+(]?[\d.,:/ ]*\d[\d.,:/ ]*[)%]?")
_MAX_HEADING_CHARS = 300
_MAX_LABEL_CHARS = 40  # of a column's name; longer cells are content


def clean(text: str) -> str:
    """`text` with line ends as "\\n", without invisible characters, hard spaces as spaces."""
    text = _LINE_ENDS.sub("\n", text)
    return _INVISIBLE.sub("", text).replace("\xa0", " ")


def one_line(text: str) -> str:
    """`text` cleaned, on one line, spaces collapsed."""
    if not text.isprintable():  # a cheap test that most cells pass
        text = clean(text)
    return " ".join(text.split())


def looks_like_header(cells: Iterable[str]) -> bool:
    """Whether a table's first row names its columns: two cells or more, all filled, different, short, none a number."""
    filled = [one_line(cell) for cell in cells]
    while filled and not filled[-1]:
        filled.pop()
    return (
        len(filled) >= 2
        and all(filled)
        and len(set(filled)) == len(filled)
        and not any(_NUMBER.fullmatch(cell) or len(cell) > _MAX_LABEL_CHARS for cell in filled)
    )


class PageWriter:
    """Collects one page. Nothing is kept of empty texts; `page()` is None when nothing was written."""

    def __init__(self, number: int | None = None, section: str | None = None) -> None:
        self._number = number
        self._section = one_line(section)[:_MAX_HEADING_CHARS] if section else None
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._open = False  # whether a next line belongs to the block before it

    def __len__(self) -> int:
        return self._length

    @property
    def full(self) -> bool:
        """Whether no file may have more text than this page has already; writing more is of no use."""
        return self._length > MAX_TEXT_CHARS

    def _add(self, text: str, *, joined: bool) -> int:
        """Append `text` as a line of the open block, or as a new block. Returns where it starts."""
        if self._parts:
            separator = "\n" if joined and self._open else "\n\n"
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start

    def heading(self, text: str, level: int) -> None:
        """A heading, on a line of its own."""
        text = one_line(text)
        if not text:
            return
        start = self._add(text, joined=False)
        if len(text) <= _MAX_HEADING_CHARS:  # a whole paragraph in a heading style is a paragraph
            self._headings.append(Heading(start, self._length, max(1, level)))
        self._open = False

    def paragraph(self, text: str) -> None:
        """One or more paragraphs; line breaks inside are kept."""
        text = _BLANK_LINES.sub("\n\n", clean(text)).strip()
        if text:
            self._add(text, joined=False)
        self._open = False

    def line(self, text: str) -> None:
        """A line that belongs to the one before it (list item, verse, field) until `gap` ends the block."""
        text = one_line(text)
        if text:
            self._add(text, joined=True)
            self._open = True

    def row(self, cells: Iterable[str], *, header: bool = False) -> None:
        """A row of a table; of empty cells in a row one is kept. With `header` it is also a heading over the rest."""
        filled: list[str] = []
        for cell in map(one_line, cells):
            if cell or (filled and filled[-1]):
                filled.append(cell)
        while filled and not filled[-1]:
            filled.pop()
        if not filled:
            return
        line = CELL.join(filled)
        start = self._add(line, joined=True)
        self._open = True
        if header and len(line) <= _MAX_HEADING_CHARS:
            self._headings.append(Heading(start, self._length, HEADER_ROW_LEVEL))

    def table(self, rows: Iterable[list[str]], *, find_header: bool = True) -> None:
        """A whole table as a block; the first row is taken as its header when it looks like one."""
        self.gap()
        first = True
        for cells in rows:
            self.row(cells, header=first and find_header and looks_like_header(cells))
            first = False
            if self.full:
                break
        self.gap()

    def gap(self) -> None:
        """End the open block."""
        self._open = False

    def page(self) -> Page | None:
        """What was written."""
        if not self._parts:
            return None
        return Page(self._number, self._section, "".join(self._parts), tuple(self._headings))
