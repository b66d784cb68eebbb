"""What a CalDAV server answered, read within limits: users name servers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import niquests

# A calendar of ten thousand entries has some 10 MB.
_MOST_BYTES = 64 * 2**20
_MOST_SECONDS = 120.0
_PIECE_BYTES = 2**16


class Endless(Exception):
    """An answer that is larger, slower or packed tighter than any of a calendar: the message says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def read(response: niquests.Response) -> Answer:
    """Read an answer that was asked for with `stream` and without compression, and close it. Raises `Endless`, and what
    niquests raises."""
    until = time.monotonic() + _MOST_SECONDS
    body = bytearray()
    try:
        # A compressed answer may be a thousand times as large as what was counted.
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Endless("is compressed, although nobody asked for that")
        for piece in response.iter_content(_PIECE_BYTES):
            body += piece
            if len(body) > _MOST_BYTES:
                raise Endless(f"has more than {_MOST_BYTES // 2**20} MB")
            if time.monotonic() > until:
                raise Endless(f"takes more than {_MOST_SECONDS:g} s")
    finally:
        response.close()
    return Answer(response.status_code or 0, response.headers, bytes(body))
