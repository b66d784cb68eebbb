"""Recordings: their sound is decoded here, where a hostile file does no harm. What is said in it, others hear."""

from collections.abc import Iterator

from backend.errors import BadInput
from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import NOT_TRANSCRIBED, Unreadable, too_long_to_hear
from backend.files.extraction.source import Source
from backend.speech.audio import decode
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE


def read(source: Source) -> Iterator[Page]:
    """No pages: the sound as engines hear it (16-bit mono at `HEARD_RATE`) goes to the job's `sound`, if it has one.

    Recordings inside other files are not decoded. Raises `Unreadable` always: with `NOT_TRANSCRIBED` when all is well.
    """
    job = source.job
    if job.sound is not None and source.depth == 0:
        left = int(job.limits.sound_seconds * HEARD_RATE) * BYTES_PER_SAMPLE
        try:
            with job.sound.open("wb") as file:
                for piece in decode(source.path):
                    left -= len(piece)
                    if left < 0:
                        raise Unreadable(too_long_to_hear(job.limits.sound_seconds))
                    file.write(piece)
        except BadInput as error:
            raise Unreadable(error.message) from error
    raise Unreadable(NOT_TRANSCRIBED)
