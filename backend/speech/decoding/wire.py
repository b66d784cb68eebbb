"""Messages between the decoder and its children: fixed headers, so that a child that has gone wrong can send no more.

A request is a header and the file; the answer to it is sound in pieces, then one message of another kind. A child says
`DONE` once before the first request.
"""

import struct
from enum import IntEnum

# Bytes of the file, the rate of the samples that are wanted, and how many bytes of them at most.
REQUEST = struct.Struct(">QIQ")
# Kind and bytes of the body.
ANSWER = struct.Struct(">BI")
# A piece of sound is a second, and as long as a frame may be on top of that.
MAX_BODY_BYTES = 2**20


class Kind(IntEnum):
    """What a message of a child is. `REFUSED` has the reason in it, as UTF-8; only `SOUND` has a body besides."""

    SOUND = 0
    DONE = 1
    REFUSED = 2
    TOO_LONG = 3
