"""What is said between the application and a vector process: frames of MessagePack over a pipe.

A frame is its length (4 bytes, little endian) and a `Request` or `Response`. Many requests may be in flight; answers
carry the request's number and come in any order. Dense vectors are float32 in little endian.
"""

import struct
from collections.abc import Iterator

import msgspec

_LENGTH = struct.Struct("<I")

# Larger frames are a fault, not data: 500 points with text and vectors stay below 5 MB.
MAX_FRAME = 64 * 1024 * 1024


class WirePoint(msgspec.Struct, array_like=True):
    """A point to be written."""

    id: str
    dense: bytes | None
    indices: tuple[int, ...]
    values: tuple[float, ...]
    payload: dict[str, object]


class WireWhere(msgspec.Struct, array_like=True):
    """`store.Where`."""

    path_ids: tuple[tuple[int, ...], ...] = ()
    file_ids: tuple[int, ...] = ()
    mimes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    modified_from: int | None = None
    modified_to: int | None = None


class Upsert(msgspec.Struct, tag=True):
    points: list[WirePoint]


class Update(msgspec.Struct, tag=True):
    changes: dict[str, dict[str, object]]


class UpdateSparse(msgspec.Struct, tag=True):
    vectors: dict[str, tuple[tuple[int, ...], tuple[float, ...]]]


class Delete(msgspec.Struct, tag=True):
    ids: list[str]


class DeleteWhere(msgspec.Struct, tag=True):
    where: WireWhere


class Get(msgspec.Struct, tag=True):
    ids: list[str]
    fields: list[str] | None


class Scroll(msgspec.Struct, tag=True):
    where: WireWhere
    limit: int
    after: str | None
    fields: list[str] | None


class Search(msgspec.Struct, tag=True):
    dense: bytes | None
    indices: tuple[int, ...]
    values: tuple[float, ...]
    where: WireWhere
    limit: int
    exact: bool


class Count(msgspec.Struct, tag=True):
    where: WireWhere


class Tally(msgspec.Struct, tag=True):
    field: str


class Flush(msgspec.Struct, tag=True):
    """Write everything to disk, so that the folder can be copied."""


class Stats(msgspec.Struct, tag=True):
    """Ask how many points there are, deleted ones aside."""


Reading = Get | Scroll | Search | Count | Tally | Stats
Writing = Upsert | Update | UpdateSparse | Delete | DeleteWhere | Flush


READING = (Get, Scroll, Search, Count, Tally, Stats)


class Request(msgspec.Struct, array_like=True):
    number: int
    call: Reading | Writing


class Response(msgspec.Struct, array_like=True):
    """`answer` is the MessagePack of the call's answer; `error` says why there is none."""

    number: int
    answer: msgspec.Raw = msgspec.Raw(b"\xc0")
    error: str | None = None


# Answers by call: Get and Scroll give records, Search gives hits.
Records = list[tuple[str, dict[str, object]]]
Page = tuple[Records, str | None]
Hits = list[tuple[str, float, float]]


def frame(message: Request | Response) -> bytes:
    """The bytes that carry a message."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Cuts a stream of bytes into the bodies of frames. Raises `ValueError` on a frame that cannot be one."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are complete with `data`."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer)
            if size > MAX_FRAME:
                raise ValueError(f"a frame of {size} bytes: the stream is out of step")
            end = _LENGTH.size + size
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            yield body
