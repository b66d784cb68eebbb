"""Messages between the pool and its children: JSON with its length before it.

Never pickle: a child that has parsed hostile data must not be able to run code in the process that reads its answer.
"""

import json
import struct
from typing import BinaryIO

LENGTH = struct.Struct(">I")
# Twenty million characters of four bytes, and their headings.
MAX_MESSAGE_BYTES = 128 * 2**20

Message = dict[str, object]


def encode(message: Message) -> bytes:
    """A message as it travels."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is larger than {MAX_MESSAGE_BYTES}")
    return LENGTH.pack(len(body)) + body


def decode(body: bytes) -> Message:
    """The message in `body`; `ValueError` when it is none."""
    try:
        message = json.loads(body)
    except RecursionError as error:
        raise ValueError("a message is nested too deeply") from error
    if not isinstance(message, dict):
        raise ValueError("a message is not an object")
    return message


def read(stream: BinaryIO) -> Message | None:
    """The next message of a blocking stream, or None when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(head)[0])
    return decode(body)
