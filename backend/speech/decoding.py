"""Sound in a file's format, as an engine that speaks gave it, made into samples."""

import io

from backend.errors import BadInput, Unavailable
from backend.speech.audio import decode


def decoded(content: bytes, rate: int, *, most: int) -> bytes:
    """The samples of a whole sound file (WAV, MP3, Opus, FLAC and others): 16-bit mono at `rate`.

    Raises `Unavailable` when it is none, holds no sound, or more than `most` bytes of samples. It blocks.
    """
    samples = bytearray()
    try:
        for piece in decode(io.BytesIO(content), rate):
            samples += piece
            if len(samples) > most:
                raise Unavailable("The engine that speaks did not come to an end.")
    except BadInput as error:
        raise Unavailable("The engine that speaks answered with a file that cannot be read.") from error
    return bytes(samples)
