"""Sound in a file's format, made into samples."""

import io
from itertools import chain

import av

from backend.errors import Unavailable


def decoded(content: bytes, rate: int, *, most: int) -> bytes:
    """The samples of a whole sound file (WAV, MP3, Opus, FLAC and others): 16-bit mono at `rate`.

    Raises `Unavailable` when it is none, holds no sound, or more than `most` bytes of samples. It blocks.
    """
    samples = bytearray()
    try:
        with av.open(io.BytesIO(content), "r") as container:
            if container.streams.audio:
                resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
                for frame in chain(container.decode(audio=0), (None,)):
                    for piece in resampler.resample(frame):
                        samples += piece.to_ndarray().tobytes()
                    if len(samples) > most:
                        raise Unavailable("The engine that speaks did not come to an end.")
    except av.FFmpegError as error:
        raise Unavailable("The engine that speaks answered with a file that cannot be read.") from error
    if not samples:
        raise Unavailable("The engine that speaks answered with a file without sound.")
    return bytes(samples)
