"""Rich Text Format (specification 1.9.1): text, headings by outline level, tables, footnotes."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import DAMAGED, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?"  # control word with parameter
    rb"|\\'([0-9a-fA-F]{2})"  # byte of the code page
    rb"|\\([^a-zA-Z'])"  # control symbol
    rb"|([{}])"
    rb"|[\r\n]+"
    rb"|([^\\{}\r\n]+)"
)
_SKIPPED = {
    *(b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"objdata", b"themedata", b"colorschememapping"),
    *(b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"datastore", b"latentstyles", b"fldinst"),
    *(b"xmlnstbl", b"mmathPr", b"pgdsctbl", b"revtbl", b"filetbl", b"bkmkstart", b"bkmkend", b"nonshppict", b"panose"),
    *(b"falt", b"listpicture", b"userprops", b"wgrffmtfilter", b"operator", b"objclass", b"objname", b"sp", b"ftnsep"),
    *(b"ftnsepc", b"aftnsep", b"aftnsepc", b"pntext", b"listtext", b"atnid", b"atrfstart", b"atrfend", b"htmltag"),
}
# Destinations behind "\*" whose text belongs to the document all the same.
_KEPT_IGNORABLE = {b"shptxt", b"shpinst", b"annotation", b"atnauthor", b"footnote", b"shppict"}
_SIGNS = {
    b"tab": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
    b"emspace": " ",
    b"enspace": " ",
    b"line": "\n",
}
_PARAGRAPH_ENDS = {b"par", b"sect", b"page", b"column"}
_BODY_LEVEL = 9  # \outlinelevel of text that is no heading
_MAX_GROUP_DEPTH = 2_000


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits and gives back."""

    skip: bool = False
    fallback_chars: int = 1  # how many characters follow a \\u for readers without Unicode
    codec: str = "cp1252"
    hidden: bool = False


def read(source: Source) -> Iterator[Page]:
    """One page."""
    page = PageWriter()
    balanced = _Rtf(page).write(source.path.read_bytes())
    written = page.page()
    if written is not None:
        yield written
    if not balanced:
        raise Unreadable(DAMAGED)


def rtf_text(data: bytes) -> str:
    """The text of RTF, without its structure."""
    page = PageWriter()
    _Rtf(page).write(data)
    written = page.page()
    return written.text if written is not None else ""


class _Rtf:
    """Reads tokens and writes paragraphs and rows."""

    def __init__(self, page: PageWriter) -> None:
        self._page = page
        self._state = _State()
        self._stack: list[_State] = []
        self._text: list[str] = []
        self._bytes = bytearray()  # code page bytes whose multi-byte characters are not complete yet
        self._pending_skip = 0  # fallback characters still to be left out
        self._cells: list[str] = []
        self._in_table = False
        self._level = _BODY_LEVEL
        self._surrogate = 0  # first half of a character beyond the basic plane
        self._star = False  # the group began with \*
        self._default_codec = "cp1252"
        self._style_levels: dict[int, int] = {}
        self._fonts: dict[int, str] = {}

    def write(self, data: bytes) -> bool:
        """Write the document. Returns whether every group was closed, as it is unless the file was cut off."""
        self._read_tables(data)
        position = 0
        while position < len(data):
            token = _TOKEN.match(data, position)
            if token is None:
                position += 1
                continue
            position = token.end()
            word, parameter, byte, symbol, brace, text = token.groups()
            if text is not None:
                self._plain(text)
            elif word is not None:
                position = self._word(word, int(parameter) if parameter else None, data, position)
            elif byte is not None:
                self._byte(int(byte, 16))
            elif brace == b"{":
                if len(self._stack) >= _MAX_GROUP_DEPTH:
                    break
                self._stack.append(self._state)
                self._star = False
            elif brace == b"}":
                self._flush_bytes()
                if self._stack:
                    self._state = self._stack.pop()
            elif symbol is not None:
                self._symbol(symbol)
        self._end_paragraph()
        self._end_row()
        return not self._stack

    def _read_tables(self, data: bytes) -> None:
        """Learn which paragraph styles are headings and which fonts have which code page."""
        for match in re.finditer(rb"\{\\s(\d{1,5})[^{}]*?\\outlinelevel(\d)", data[: 2**20]):
            self._style_levels[int(match.group(1))] = int(match.group(2))
        for match in re.finditer(rb"\{\\s(\d{1,5})[^{};]*? heading ([1-9])[;, ]", data[: 2**20], re.IGNORECASE):
            self._style_levels.setdefault(int(match.group(1)), int(match.group(2)) - 1)
        for match in re.finditer(rb"\{\\f(\d{1,5})[^{}]*?\\fcharset(\d{1,3})", data[: 2**20]):
            if codec := _CHARSETS.get(int(match.group(2))):
                self._fonts[int(match.group(1))] = codec

    def _plain(self, text: bytes) -> None:
        if self._state.skip or self._state.hidden:
            return
        if self._pending_skip:
            dropped = min(self._pending_skip, len(text))
            self._pending_skip -= dropped
            text = text[dropped:]
        self._bytes += text

    def _byte(self, value: int) -> None:
        if self._pending_skip:
            self._pending_skip -= 1
        elif not self._state.skip and not self._state.hidden:
            self._bytes.append(value)

    def _flush_bytes(self) -> None:
        if self._bytes:
            self._text.append(self._bytes.decode(self._state.codec, "replace"))
            self._bytes.clear()

    def _add(self, text: str) -> None:
        if not self._state.skip and not self._state.hidden:
            self._flush_bytes()
            self._text.append(text)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._star = True
        elif symbol in (b"\\", b"{", b"}"):
            self._plain(symbol)
        elif symbol == b"~":
            self._add(" ")
        elif symbol == b"_":
            self._add("-")
        elif symbol in (b"\n", b"\r"):
            self._end_paragraph()

    def _word(self, word: bytes, parameter: int | None, data: bytes, position: int) -> int:
        """Act on a control word; returns where to read on."""
        star, self._star = self._star, False
        if word in _SKIPPED or (star and word not in _KEPT_IGNORABLE):
            self._flush_bytes()
            self._state = replace(self._state, skip=True)
        elif word == b"bin":
            return min(len(data), position + max(0, parameter or 0))
        elif self._state.skip:
            pass
        elif word == b"u" and parameter is not None:
            self._unicode(parameter)
        elif word in _SIGNS:
            self._add(_SIGNS[word])
        elif word in _PARAGRAPH_ENDS:
            self._end_paragraph()
        else:
            self._format(word, parameter)
        return position

    def _format(self, word: bytes, parameter: int | None) -> None:
        match word:
            case b"uc":
                self._state = replace(self._state, fallback_chars=max(0, parameter or 0))
            case b"v":
                self._flush_bytes()
                self._state = replace(self._state, hidden=parameter != 0)
            case b"plain":
                self._flush_bytes()
                self._state = replace(self._state, hidden=False, codec=self._default_codec)
            case b"f":
                self._flush_bytes()
                self._state = replace(self._state, codec=self._fonts.get(parameter or 0, self._default_codec))
            case b"ansicpg":
                self._default_codec = _codec(parameter)
                self._state = replace(self._state, codec=self._default_codec)
            case b"mac" if not self._stack[1:]:
                self._default_codec = "mac_roman"
                self._state = replace(self._state, codec="mac_roman")
            case b"pard":
                self._level = _BODY_LEVEL
                self._in_table = False
            case b"intbl":
                self._in_table = True
            case b"s":
                self._level = self._style_levels.get(parameter or 0, _BODY_LEVEL)
            case b"outlinelevel":
                self._level = parameter if parameter is not None else _BODY_LEVEL
            case b"cell" | b"nestcell":
                self._flush_bytes()
                self._cells.append("".join(self._text))
                self._text.clear()
            case b"row" | b"nestrow":
                self._end_row()

    def _unicode(self, value: int) -> None:
        code = value + 0x10000 if value < 0 else value
        if 0xD800 <= code <= 0xDBFF:
            self._surrogate = code
        elif 0xDC00 <= code <= 0xDFFF:
            high, self._surrogate = self._surrogate, 0
            if high:
                self._add(chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)))
        elif 0 <= code <= 0x10FFFF:
            self._add(chr(code))
        self._pending_skip = self._state.fallback_chars

    def _end_paragraph(self) -> None:
        self._flush_bytes()
        text = "".join(self._text)
        if self._in_table:
            self._text.append(" ")  # a paragraph inside a cell
            return
        self._text.clear()
        self._page.gap()
        if self._level < _BODY_LEVEL:
            self._page.heading(text, self._level + 1)
        else:
            self._page.paragraph(text)

    def _end_row(self) -> None:
        if self._cells:
            self._page.row(self._cells)
        self._cells.clear()
        rest = "".join(self._text).strip()
        self._text.clear()
        if rest:
            self._page.paragraph(rest)


def _codec(page: int | None) -> str:
    name = {65001: "utf-8", 10000: "mac_roman"}.get(page or 1252, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


_CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
