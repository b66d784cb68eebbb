"""Writes the old Office formats for tests: compound files ([MS-CFB]) as Word, PowerPoint, Excel and Outlook do."""

import itertools
import struct
from dataclasses import dataclass, field
from pathlib import Path

SECTOR, MINI_SECTOR, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR, NOTHING = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


@dataclass
class _Entry:
    name: str
    kind: int  # 1 storage, 2 stream, 5 root
    data: bytes = b""
    children: list["_Entry"] = field(default_factory=list)
    number: int = 0
    start: int = END
    right: int = NOTHING  # the next entry of the same storage


def write_compound(path: Path, streams: dict[str, bytes]) -> Path:
    """Write streams, named by paths with "/", as a compound file of version 3."""
    root = _Entry("Root Entry", 5)
    for name, data in streams.items():
        *folders, leaf = name.split("/")
        parent = root
        for folder in folders:
            found = next((entry for entry in parent.children if entry.name == folder), None)
            if found is None:
                found = _Entry(folder, 1)
                parent.children.append(found)
            parent = found
        parent.children.append(_Entry(leaf, 2, data))
    entries = _numbered(root)
    sectors: list[bytes] = []
    chain: list[int] = []

    def store(data: bytes) -> int:
        if not data:
            return END
        first = len(sectors)
        count = -(-len(data) // SECTOR)
        sectors.extend(data[at * SECTOR : (at + 1) * SECTOR].ljust(SECTOR, b"\0") for at in range(count))
        chain.extend([*range(first + 1, first + count), END])
        return first

    mini, mini_chain = bytearray(), []
    for entry in entries:
        if entry.kind != 2 or not entry.data:
            continue
        if len(entry.data) >= CUTOFF:
            entry.start = store(entry.data)
            continue
        entry.start = len(mini) // MINI_SECTOR
        count = -(-len(entry.data) // MINI_SECTOR)
        mini += entry.data.ljust(count * MINI_SECTOR, b"\0")
        mini_chain += [*range(entry.start + 1, entry.start + count), END]
    root.data = bytes(mini)
    root.start = store(root.data)
    mini_fat = store(struct.pack(f"<{len(mini_chain)}I", *mini_chain)) if mini_chain else END
    directory = store(b"".join(_directory_entry(entry) for entry in entries))
    fat_count = 1
    while (len(chain) + fat_count) * 4 > fat_count * SECTOR:
        fat_count += 1
    fat_start = len(sectors)
    table = [*chain, *[FAT_SECTOR] * fat_count]
    table += [FREE] * (fat_count * SECTOR // 4 - len(table))
    fat = struct.pack(f"<{len(table)}I", *table)
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, fat_count, directory, 0, CUTOFF, mini_fat, 1 if mini_chain else 0, END, 0),
        fat_start,
    )
    header += struct.pack(f"<{fat_count - 1}I", *range(fat_start + 1, fat_start + fat_count))
    path.write_bytes(header.ljust(SECTOR, b"\xff") + b"".join(sectors) + fat)
    return path


def _numbered(root: _Entry) -> list[_Entry]:
    entries = [root]
    queue = [root]
    while queue:
        entry = queue.pop(0)
        for child in entry.children:
            child.number = len(entries)
            entries.append(child)
            queue.append(child)
        for first, second in itertools.pairwise(entry.children):
            first.right = second.number
    return entries


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    child = entry.children[0].number if entry.children else NOTHING
    size = len(entry.data)
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name,
        len(name) + 2,
        entry.kind,
        1,
        NOTHING,
        entry.right,
        child,
        *(b"", 0, 0, 0, entry.start if entry.kind != 1 else 0, size),
    )


def write_doc(path: Path, paragraphs: list[tuple[str, int]], *, encrypted: bool = False, announce: int = 0) -> Path:
    """A Word 97 document of paragraphs with their style (0 is body text, 1 to 9 are headings)."""
    text = "".join(f"{paragraph}\r" for paragraph, _ in paragraphs)
    start = 2048
    stream = bytearray(start + len(text) * 2 + 512)
    flags = 0x0200 | (0x0100 if encrypted else 0)
    struct.pack_into("<HH", stream, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", stream, 0x0A, flags)
    struct.pack_into("<i", stream, 0x4C, len(text) + announce)
    stream[start : start + len(text) * 2] = text.encode("utf-16-le")
    properties_page = -(-(start + len(text) * 2) // 512)
    stream += bytes((properties_page + 1) * 512 - len(stream))
    bounds = [start]
    for paragraph, _ in paragraphs:
        bounds.append(bounds[-1] + (len(paragraph) + 1) * 2)
    count = len(paragraphs)
    page = bytearray(512)
    struct.pack_into(f"<{count + 1}I", page, 0, *bounds)
    at = 480
    for index, (_, style) in enumerate(paragraphs):
        page[(count + 1) * 4 + index * 13] = at // 2
        struct.pack_into("<BH", page, at, 2, style)
        at -= 4
    page[511] = count
    stream[properties_page * 512 : (properties_page + 1) * 512] = page
    clx = b"\x02" + struct.pack("<I", 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, start, 0)
    plc = struct.pack("<III", bounds[0], bounds[-1], properties_page)
    struct.pack_into("<II", stream, 0x01A2, 0, len(clx))
    struct.pack_into("<II", stream, 0x0102, len(clx), len(plc))
    return write_compound(path, {"WordDocument": bytes(stream), "1Table": clx + plc})


def record(kind: int, content: bytes, *, instance: int = 0, container: bool = False) -> bytes:
    """A PowerPoint record."""
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(content)) + content


def write_ppt(path: Path, slides: list[tuple[str, str]], *, encrypted: bool = False, broken: bool = False) -> Path:
    """A PowerPoint 97 presentation of slides with a title, and a text box with the other text."""
    stream = b""
    offsets = []
    for _, body in slides:
        offsets.append(len(stream))
        text = record(0x0F9F, struct.pack("<I", 4)) + record(0x0FA8, body.encode("latin-1"))
        stream += record(0x03EE, record(0x03EF, bytes(24)) + record(0xF00D, text, container=True), container=True)
    listed = b"".join(
        record(0x03F3, struct.pack("<IIIII", number, 0, 0, 255 + number, 0))
        + record(0x0F9F, struct.pack("<I", 0))
        + record(0x0FA0, title.encode("utf-16-le"))
        for number, (title, _) in enumerate(slides, start=2)
    )
    document = len(stream)
    stream += record(0x03E8, record(0x0FF0, listed, container=True), container=True)
    directory = len(stream)
    ids = struct.pack(f"<I{len(slides) + 1}I", (len(slides) + 1) << 20 | 1, document, *offsets)
    stream += record(0x1772, ids)
    edit = len(stream)
    stream += record(0x0FF5, struct.pack("<IIIIIII", 0, 0, 0, directory, 1, 0, 0))
    token = 0xF3D1C4DF if encrypted else 0xE391C05F
    user = record(0x0FF6, struct.pack("<III", 20, token, 0xFFFFFF if broken else edit))
    return write_compound(path, {"PowerPoint Document": stream, "Current User": user})


def write_msg(path: Path, body: str, attachments: dict[str, bytes]) -> Path:
    """An Outlook message with sender, recipient, a time and attachments."""

    def text(value: str) -> bytes:
        return value.encode("utf-16-le")

    # 2024-03-04 10:30 UTC in units of 100 ns since 1601
    ticks = 133_540_146_000_000_000
    time = struct.pack("<HHIQ", 0x0040, 0x0039, 6, ticks)
    streams = {
        "__properties_version1.0": bytes(32) + time,
        "__substg1.0_0037001F": text("Referral of a patient"),
        "__substg1.0_0C1A001F": text("Ann Nurse"),
        "__substg1.0_5D01001F": text("ann@clinic.example"),
        "__substg1.0_0E04001F": text("Bob"),
        "__substg1.0_1000001F": text(body),
        "__recip_version1.0_#00000000/__substg1.0_3001001F": text("Bob Doctor"),
        "__recip_version1.0_#00000000/__substg1.0_39FE001F": text("bob@clinic.example"),
    }
    for number, (name, data) in enumerate(attachments.items()):
        folder = f"__attach_version1.0_#{number:08X}"
        streams[f"{folder}/__substg1.0_3707001F"] = text(name)
        streams[f"{folder}/__substg1.0_37010102"] = data
    return write_compound(path, streams)


def write_xls(path: Path, rows: list[list[str | float]]) -> Path:
    """An Excel 97 workbook with one sheet, "Doses"."""

    def biff(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def begin(kind: int) -> bytes:
        return biff(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    cells = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                cells += biff(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += biff(0x0203, place + struct.pack("<d", value))
    name = b"Doses"
    head = begin(0x0005) + biff(0x0042, struct.pack("<H", 1200))
    bound = 4 + 4 + 2 + 2 + len(name)
    offset = len(head) + bound + 4
    head += biff(0x0085, struct.pack("<IHBB", offset, 0, len(name), 0) + name) + biff(0x000A, b"")
    return write_compound(path, {"Workbook": head + begin(0x0010) + cells + biff(0x000A, b"")})
