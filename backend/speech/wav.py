"""WAV files of what engines hear."""

import io
import wave

from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE


def as_wav(samples: bytes) -> bytes:
    """A WAV file of samples as engines hear them."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(BYTES_PER_SAMPLE)
        written.setframerate(HEARD_RATE)
        written.writeframes(samples)
    return file.getvalue()
