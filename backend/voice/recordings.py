"""Recordings that clients send: read within limits, whatever their format, and made into what engines hear."""

import re
from collections.abc import AsyncIterator

from backend.errors import BadInput
from backend.speech.decoding.decoder import Decoder, too_long
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE

# The longest recording that is heard in one request (seconds), and the largest (bytes): a minute of 48 kHz stereo WAV
# has 11 MB.
LONGEST_SECONDS = 300
LARGEST_BYTES = 32 * 2**20

# RFC 2586: audio/L16; ours is little-endian and says so as audio/pcm.
_PCM = re.compile(r"audio/pcm\s*(?:;(.*))?", re.IGNORECASE)
_PARAMETER = re.compile(r"(rate|channels)\s*=\s*(\d{1,6})", re.IGNORECASE)


async def body_of(stream: AsyncIterator[bytes]) -> bytes:
    """The whole body of a request. Raises `BadInput` for one that is empty or too large."""
    body = bytearray()
    async for piece in stream:
        body += piece
        if len(body) > LARGEST_BYTES:
            raise BadInput(f"The recording has more than {LARGEST_BYTES // 2**20} MB. Send a shorter one.")
    if not body:
        raise BadInput("The recording is empty.")
    return bytes(body)


async def samples_of(content: bytes, content_type: str, decoder: Decoder) -> bytes:
    """A recording as 16-bit mono at `HEARD_RATE`; `audio/pcm` is that already.

    Raises `BadInput` for what is no recording, holds no sound, or is too long.
    """
    pcm = _PCM.fullmatch(content_type.strip())
    if pcm is None:
        return await decoder.decode(content, seconds=LONGEST_SECONDS)
    said = {name.lower(): int(value) for name, value in _PARAMETER.findall(pcm.group(1) or "")}
    if said.get("rate", HEARD_RATE) != HEARD_RATE or said.get("channels", 1) != 1 or len(content) % BYTES_PER_SAMPLE:
        raise BadInput(f"audio/pcm must be 16-bit little-endian mono at {HEARD_RATE:,} Hz; send other sound as WAV.")
    if len(content) > LONGEST_SECONDS * HEARD_RATE * BYTES_PER_SAMPLE:
        raise too_long(LONGEST_SECONDS)
    return content
