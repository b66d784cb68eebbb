"""Sound: recordings of any common format as the samples that engines hear, and WAV files.

Decoding is done by FFmpeg's libraries (PyAV). They are robust, but they read what strangers made: what users send and
servers answer is decoded in a bounded child process (`decoding.Decoder`, the extractor). Everything here blocks.
"""

import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from backend.errors import BadInput
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE
from backend.speech.resampling import samples_of, to_mono

# Containers of recordings. FFmpeg knows many more, among them playlists that name other files and addresses.
FORMATS = "aac,ac3,aiff,amr,asf,au,caf,flac,matroska,mov,mp3,ogg,w64,wav,wv"
# Rates at which speech can be recorded; what lies outside is a damaged header, and resampling it takes memory.
_RATES = range(4_000, 384_001)
# Packets in a row that cannot be decoded, after which a recording is given up.
_MOST_DAMAGED = 100
# A second: large enough to be worth a call, small enough to be held a hundred times.
_PIECE_BYTES = HEARD_RATE * BYTES_PER_SAMPLE


def decode(source: Path | BinaryIO, rate: int = HEARD_RATE) -> Iterator[bytes]:
    """The sound of a recording, 16-bit mono at `rate`, in pieces of about a second; memory does not grow with length.

    `source` must be seekable. A recording that breaks off gives what is there. Raises `BadInput` when there is no sound
    that can be decoded.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                yield from decode(file, rate)
        except OSError as error:
            raise BadInput(f"The recording cannot be read: {error.strerror or 'it is no file'}.") from error
        return
    pending = bytearray()
    began = False
    for samples in _decoded(source, rate):
        pending += samples
        if len(pending) >= _PIECE_BYTES:
            began = True
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)
    elif not began:
        raise BadInput("The recording holds no sound. Record it again, or choose another file.")


def _decoded(file: BinaryIO, rate: int) -> Iterator[bytes]:
    try:
        container = av.open(file, "r", options={"format_whitelist": FORMATS, "protocol_whitelist": "none"})
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise _unreadable() from error
    with container:
        if not container.streams.audio:
            raise BadInput("The file holds no sound, only other things. Choose a recording.")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise _unreadable()
        if stream.rate not in _RATES:
            raise BadInput(f"The recording claims a rate of {stream.rate} samples a second. It may be damaged.")
        resampler = to_mono(rate)
        damaged = 0
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
                damaged = 0
            except StopIteration:
                break
            except (av.FFmpegError, ValueError, EOFError):
                damaged += 1
                if damaged >= _MOST_DAMAGED:
                    break
                continue
            for frame in frames:
                yield _resampled(resampler, frame)
        yield _resampled(resampler, None)


def _resampled(resampler: AudioResampler, frame: AudioFrame | None) -> bytes:
    if frame is not None:
        frame.pts = None  # gaps and jumps of a damaged recording are no sound
    try:
        return samples_of(resampler.resample(frame))
    except (av.FFmpegError, ValueError) as error:
        raise BadInput("The recording changes its kind of sound midway. It may be damaged.") from error


def _unreadable() -> BadInput:
    return BadInput(
        "The file is no recording that can be decoded, or it is damaged. WAV, MP3, M4A, Ogg, WebM and FLAC are known."
    )


def write_wav(target: Path | BinaryIO, pieces: Iterable[bytes], rate: int) -> int:
    """Write 16-bit mono samples as a WAV file; how many samples were written."""
    written = 0
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(BYTES_PER_SAMPLE)
        file.setframerate(rate)
        for piece in pieces:
            file.writeframesraw(piece)
            written += len(piece) // BYTES_PER_SAMPLE
    return written
