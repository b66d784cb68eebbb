"""The compression that Outlook uses for RTF bodies ([MS-OXRTFCP])."""

import struct

_COMPRESSED = 0x75465A4C
_STORED = 0x414C454D
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_HEADER = 16


def decompress(data: bytes) -> bytes:
    """The RTF in `data`; empty when it is not compressed RTF. Damage ends the result early."""
    if len(data) < _HEADER:
        return b""
    _, raw_size, kind, _ = struct.unpack_from("<IIII", data)
    if kind == _STORED:
        return data[_HEADER : _HEADER + raw_size]
    if kind != _COMPRESSED:
        return b""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    position = _HEADER
    while position < len(data):
        control = data[position]
        position += 1
        for bit in range(8):
            if control >> bit & 1:
                if position + 1 >= len(data):
                    return bytes(out)
                token = data[position] << 8 | data[position + 1]
                position += 2
                offset, length = token >> 4, (token & 0xF) + 2
                if offset == write:  # the end mark
                    return bytes(out)
                copied = (window[(offset + step) % _WINDOW] for step in range(length))
                for value in copied:
                    out.append(value)
                    window[write] = value
                    write = (write + 1) % _WINDOW
            else:
                if position >= len(data):
                    return bytes(out)
                out.append(data[position])
                window[write] = data[position]
                write = (write + 1) % _WINDOW
                position += 1
    return bytes(out)
