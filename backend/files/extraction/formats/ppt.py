"""PowerPoint 97–2003 presentations ([MS-PPT]): the slides' outline, their text boxes and notes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import olefile

from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import DAMAGED, FRAGMENTS, PASSWORD, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter, one_line

# Record types.
_SLIDE_ATOM = 0x03EF
_SLIDE_PERSIST = 0x03F3
_TEXT_HEADER = 0x0F9F
_TEXT_CHARS = 0x0FA0
_TEXT_BYTES = 0x0FA8
_SLIDE_LIST = 0x0FF0
_USER_EDIT = 0x0FF5
_PERSIST_DIRECTORY = 0x1772

_CONTAINER = 0xF
_HEADER = 8
_LIST_OF_SLIDES, _LIST_OF_NOTES = 0, 2
_TITLE_KINDS = (0, 6)
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_MAX_DEPTH = 30
_MAX_EDITS = 1_000


@dataclass(frozen=True, slots=True)
class _Record:
    instance: int
    kind: int
    is_container: bool
    start: int  # of the content
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A slide or page of notes in the document's lists."""

    persist_id: int
    slide_id: int
    texts: tuple[tuple[bool, str], ...]  # whether it is a title, and the text


def read(source: Source) -> Iterator[Page]:
    """One page per slide; its title is its section and heading."""
    with olefile.OleFileIO(source.path) as ole:
        folder = "PP97_DUALSTORAGE/" if ole.exists("PP97_DUALSTORAGE/PowerPoint Document") else ""
        data = ole.openstream(f"{folder}PowerPoint Document").read()
        user = ole.openstream(f"{folder}Current User").read() if ole.exists(f"{folder}Current User") else b""
    if len(user) >= 20 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_TOKEN:
        raise Unreadable(PASSWORD)
    try:
        offsets, document = _persisted(data, struct.unpack_from("<I", user, 16)[0])
        slides, notes = _lists(data, offsets[document])
    except (struct.error, KeyError):
        yield from _all_text(data)
        return
    for number, entry in enumerate(slides, start=1):
        if (page := _slide(data, offsets, entry, notes, number)) is not None:
            yield page


def _slide(data: bytes, offsets: dict[int, int], entry: _Entry, notes: dict[int, _Entry], number: int) -> Page | None:
    body = offsets.get(entry.persist_id)
    texts = list(entry.texts)
    notes_entry = None
    if body is not None:
        inside = list(_walk(data, body, body + _HEADER + _length(data, body)))
        texts += _texts(data, inside)
        for record in inside:
            if record.kind == _SLIDE_ATOM and record.end - record.start >= 20:
                notes_entry = notes.get(struct.unpack_from("<I", data, record.start + 16)[0])
    title = next((one_line(text) for is_title, text in texts if is_title), "")
    page = PageWriter(number, title or None)
    page.heading(title, 1)
    for is_title, text in texts:
        if not (is_title and one_line(text) == title):
            _write(page, text)
    if notes_entry is not None and (at := offsets.get(notes_entry.persist_id)) is not None:
        for _, text in (*notes_entry.texts, *_texts(data, _walk(data, at, at + _HEADER + _length(data, at)))):
            _write(page, text)
    return page.page()


def _write(page: PageWriter, text: str) -> None:
    page.gap()
    for line in text.replace("\x0b", "\r").split("\r"):
        if line != "*":  # where the slide's number goes
            page.line(line)
    page.gap()


def _persisted(data: bytes, edit: int) -> tuple[dict[int, int], int]:
    """Offsets of the current objects by persist id, and the document's id, from the newest edit back to the first."""
    offsets: dict[int, int] = {}
    document = struct.unpack_from("<I", data, edit + _HEADER + 16)[0]
    for _ in range(_MAX_EDITS):
        if struct.unpack_from("<H", data, edit + 2)[0] != _USER_EDIT:
            break
        before, directory = struct.unpack_from("<II", data, edit + _HEADER + 8)
        for identifier, offset in _directory(data, directory):
            offsets.setdefault(identifier, offset)
        if before == 0 or before >= edit:
            break
        edit = before
    return offsets, document


def _directory(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    if struct.unpack_from("<H", data, at + 2)[0] != _PERSIST_DIRECTORY:
        return
    position, end = at + _HEADER, min(len(data), at + _HEADER + _length(data, at))
    while position + 4 <= end:
        packed = struct.unpack_from("<I", data, position)[0]
        first, count = packed & 0xFFFFF, packed >> 20
        position += 4
        for index in range(min(count, (end - position) // 4)):
            yield first + index, struct.unpack_from("<I", data, position + index * 4)[0]
        position += count * 4


def _lists(data: bytes, document: int) -> tuple[list[_Entry], dict[int, _Entry]]:
    """The slides in order, and the notes by their id."""
    slides: list[_Entry] = []
    notes: dict[int, _Entry] = {}
    for record in _records(data, document + _HEADER, document + _HEADER + _length(data, document)):
        if record.kind != _SLIDE_LIST:
            continue
        entries = list(_entries(data, record))
        if record.instance == _LIST_OF_SLIDES:
            slides += entries
        elif record.instance == _LIST_OF_NOTES:
            notes |= {entry.slide_id: entry for entry in entries}
    return slides, notes


def _entries(data: bytes, slide_list: _Record) -> Iterator[_Entry]:
    current: tuple[int, int] | None = None
    inside: list[_Record] = []
    for record in _records(data, slide_list.start, slide_list.end):
        if record.kind != _SLIDE_PERSIST:
            inside.append(record)
            continue
        if current is not None:
            yield _Entry(*current, tuple(_texts(data, inside)))
        current = (
            struct.unpack_from("<I", data, record.start)[0],
            struct.unpack_from("<I", data, record.start + 12)[0],
        )
        inside = []
    if current is not None:
        yield _Entry(*current, tuple(_texts(data, inside)))


def _texts(data: bytes, records: Iterator[_Record] | list[_Record]) -> list[tuple[bool, str]]:
    texts = []
    is_title = False
    for record in records:
        content = data[record.start : record.end]
        if record.kind == _TEXT_HEADER and len(content) >= 4:
            is_title = struct.unpack_from("<I", content)[0] in _TITLE_KINDS
        elif record.kind == _TEXT_CHARS:
            texts.append((is_title, content.decode("utf-16-le", "replace")))
        elif record.kind == _TEXT_BYTES:
            texts.append((is_title, content.decode("latin-1")))
    return [(title, text) for title, text in texts if text.strip()]


def _all_text(data: bytes) -> Iterator[Page]:
    """Whatever text a damaged file holds, in the order of the stream."""
    page = PageWriter()
    for _, text in _texts(data, _walk(data, 0, len(data))):
        _write(page, text)
    if (written := page.page()) is not None:
        yield written
    raise Unreadable(FRAGMENTS if written is not None else DAMAGED)


def _length(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at + 4)[0])


def _records(data: bytes, start: int, end: int) -> Iterator[_Record]:
    """The records between two offsets, not those inside them."""
    end = min(end, len(data))
    while start + _HEADER <= end:
        first, kind, length = struct.unpack_from("<HHI", data, start)
        content = start + _HEADER
        yield _Record(first >> 4, kind, first & 0xF == _CONTAINER, content, min(end, content + length))
        start = content + length


def _walk(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[_Record]:
    """All records between two offsets, with those inside containers."""
    for record in _records(data, start, end):
        yield record
        if record.is_container and depth < _MAX_DEPTH:
            yield from _walk(data, record.start, record.end, depth + 1)
