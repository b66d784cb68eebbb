"""WAV files of what engines hear, in memory."""

import io

from backend.speech.audio import write_wav
from backend.speech.protocol import HEARD_RATE


def as_wav(samples: bytes) -> bytes:
    """A WAV file of samples as engines hear them."""
    file = io.BytesIO()
    write_wav(file, [samples], HEARD_RATE)
    return file.getvalue()
