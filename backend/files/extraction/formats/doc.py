"""Word 97–2003 documents ([MS-DOC]), read from their piece table; older ones by antiword or catdoc."""

import bisect
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import olefile

from backend.files.extraction.decode import decode
from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import DAMAGED, PASSWORD, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

_WORD_97 = 0x00C1  # nFib of the first version with the layout below
_FLAG_ENCRYPTED = 0x0100
_FLAG_TABLE_1 = 0x0200
_FLAGS_AT, _CLX_AT, _PARAGRAPHS_AT = 0x0A, 0x01A2, 0x0102
_COUNTS_AT = 0x4C  # characters of main text, footnotes, headers, macros, comments, endnotes, text boxes
_COUNTS = 8
_COMPRESSED = 0x40000000
_SECTOR = 512
_HEADING_STYLES = range(1, 10)  # style indexes 1 to 9 are always Heading 1 to 9
_OLD_WORD = "an old Word document, which needs antiword or catdoc, and neither is installed"
_TOOL_SECONDS = 30

# Field codes between 0x13 and 0x14 are instructions; what a reader sees stands between 0x14 and 0x15.
_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))")
_FIELD_MARKS = re.compile("[\x13-\x15]")
_PARAGRAPH = re.compile("([^\r\x07\x0c]*)([\r\x07\x0c]|$)")
_CELL_END = "\x07"
_HYPHENS = str.maketrans({"\x1e": "-", "\x1f": "", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text: characters `start` to `end` lie in the stream from byte `offset`."""

    start: int
    end: int
    offset: int
    width: int  # bytes per character


def read(source: Source) -> Iterator[Page]:
    """One page. Text outside the main text (notes, headers, comments, text boxes) follows it."""
    with olefile.OleFileIO(source.path) as ole:
        stream = ole.openstream("WordDocument").read()
        if len(stream) < _SECTOR:
            raise Unreadable(DAMAGED)
        version, flags = struct.unpack_from("<H", stream, 2)[0], struct.unpack_from("<H", stream, _FLAGS_AT)[0]
        if flags & _FLAG_ENCRYPTED:
            raise Unreadable(PASSWORD)
        table_name = "1Table" if flags & _FLAG_TABLE_1 else "0Table"
        if version < _WORD_97:
            yield from _by_tool(source)
            return
        if not ole.exists(table_name):
            raise Unreadable(DAMAGED)
        table = ole.openstream(table_name).read()
    page = PageWriter()
    whole = _write(page, stream, table)
    if (written := page.page()) is not None:
        yield written
    if not whole:
        raise Unreadable(DAMAGED)


def _write(page: PageWriter, stream: bytes, table: bytes) -> bool:
    """Write the text; returns whether all of the text that the document announces was there."""
    pieces = _pieces(stream, table)
    headings = _HeadingFinder(stream, table)
    announced = sum(max(0, count) for count in struct.unpack_from(f"<{_COUNTS}i", stream, _COUNTS_AT))
    text = "".join(
        stream[piece.offset : piece.offset + (piece.end - piece.start) * piece.width].decode(
            "cp1252" if piece.width == 1 else "utf-16-le", "replace"
        )
        for piece in pieces
    )
    starts = [piece.start for piece in pieces]
    cells: list[str] = []
    for match in _PARAGRAPH.finditer(text):
        paragraph, mark = match.groups()
        if mark == _CELL_END:
            _write_cell(page, cells, paragraph)
            continue
        page.row(cells)
        cells.clear()
        _write_paragraph(page, paragraph, headings.level(pieces, starts, match.start()))
    page.row(cells)
    return bool(len(text) >= announced)


def _write_cell(page: PageWriter, cells: list[str], paragraph: str) -> None:
    """Gather a cell. The mark that ends a row is an empty cell after the last one."""
    if paragraph or not cells:
        cells.append(_visible(paragraph))
        return
    page.row(cells)
    cells.clear()


def _write_paragraph(page: PageWriter, paragraph: str, level: int | None) -> None:
    text = _visible(paragraph)
    if level is not None:
        page.heading(text, level)
    else:
        page.paragraph(text)


def _visible(text: str) -> str:
    """The text without field codes and with plain hyphens and line breaks."""
    before = None
    while before != text and "\x13" in text:
        before, text = text, _FIELD_CODE.sub("", text)
    return _FIELD_MARKS.sub("", text).translate(_HYPHENS)


def _pieces(stream: bytes, table: bytes) -> list[_Piece]:
    """The piece table in order ([MS-DOC] 2.8.35, 2.9.38). Pieces outside the stream are left out."""
    offset, length = struct.unpack_from("<II", stream, _CLX_AT)
    clx = table[offset : offset + length]
    position = 0
    while position + 3 <= len(clx) and clx[position] == 1:  # formatting that does not concern us
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if position + 5 > len(clx) or clx[position] != 2:
        raise Unreadable(DAMAGED)
    size = struct.unpack_from("<I", clx, position + 1)[0]
    plc = clx[position + 5 : position + 5 + size]
    count = (len(plc) - 4) // 12
    if count < 1:
        raise Unreadable(DAMAGED)
    bounds = struct.unpack_from(f"<{count + 1}I", plc)
    pieces = []
    total = 0
    for index in range(count):
        start, end = bounds[index], bounds[index + 1]
        coded = struct.unpack_from("<I", plc, (count + 1) * 4 + index * 8 + 2)[0]
        width = 1 if coded & _COMPRESSED else 2
        at = (coded & ~_COMPRESSED & 0xFFFFFFFF) // (2 if width == 1 else 1)
        total += max(0, end - start) * width
        if end > start and at < len(stream) and total <= 2 * len(stream):  # pieces that overlap could multiply the text
            pieces.append(_Piece(start, end, at, width))
    return pieces


class _HeadingFinder:
    """Knows which paragraphs are headings, from the paragraph properties ([MS-DOC] 2.8.6, 2.9.175)."""

    def __init__(self, stream: bytes, table: bytes) -> None:
        self._runs: list[tuple[int, int, int]] = []  # first byte, byte after the last, level
        offset, length = struct.unpack_from("<II", stream, _PARAGRAPHS_AT)
        plc = table[offset : offset + length]
        count = (len(plc) - 4) // 8
        for index in range(max(0, count)):
            page_number = struct.unpack_from("<I", plc, (count + 1) * 4 + index * 4)[0] & 0x3FFFFF
            self._read_page(stream[page_number * _SECTOR : (page_number + 1) * _SECTOR])
        self._runs.sort()
        self._starts = [run[0] for run in self._runs]

    def _read_page(self, page: bytes) -> None:
        if len(page) < _SECTOR:
            return
        count = page[_SECTOR - 1]
        if (count + 1) * 4 + count * 13 > _SECTOR:
            return
        bounds = struct.unpack_from(f"<{count + 1}I", page)
        for index in range(count):
            at = page[(count + 1) * 4 + index * 13] * 2
            if at == 0:
                continue
            at += 2 if page[at] == 0 else 1
            if at + 2 > _SECTOR:
                continue
            style = struct.unpack_from("<H", page, at)[0]
            if style in _HEADING_STYLES:
                self._runs.append((bounds[index], bounds[index + 1], style))

    def level(self, pieces: list[_Piece], starts: list[int], position: int) -> int | None:
        """The heading level of the paragraph that starts at this character; None for body text."""
        index = bisect.bisect_right(starts, position) - 1
        if index < 0 or not self._runs:
            return None
        piece = pieces[index]
        byte = piece.offset + (position - piece.start) * piece.width
        run = bisect.bisect_right(self._starts, byte) - 1
        return self._runs[run][2] if run >= 0 and byte < self._runs[run][1] else None


def _by_tool(source: Source) -> Iterator[Page]:
    """Word 6 and 95, whose layout differs, by the programs that know it."""
    commands = [("antiword", ["-m", "UTF-8", "-w", "0"]), ("catdoc", ["-d", "utf-8", "-w"])]
    installed = [[path, *options] for name, options in commands if (path := shutil.which(name))]
    if not installed:
        raise Unreadable(_OLD_WORD)
    for command in installed:
        try:
            answer = subprocess.run(  # noqa: S603 - no shell; the path is ours
                [*command, str(source.path)],
                capture_output=True,
                timeout=_TOOL_SECONDS,
                check=False,
                cwd=source.job.scratch,
            )
        except subprocess.TimeoutExpired:
            continue
        page = PageWriter()
        page.paragraph(decode(answer.stdout))
        if answer.returncode == 0 and (written := page.page()) is not None:
            yield written
            return
    raise Unreadable(DAMAGED)
