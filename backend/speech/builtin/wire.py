"""Messages between the recogniser and its children: MessagePack with its length before it, one answer a request."""

import struct
from typing import BinaryIO

import msgspec

LENGTH = struct.Struct(">I")
# Far more than a vocabulary or a piece of sound.
MAX_MESSAGE_BYTES = 16 * 2**20


class Make(msgspec.Struct, tag=True, frozen=True):
    """Make the language model of these names and phrases in `folder`; what all share in `base`, where it is missing."""

    base: str
    folder: str
    names: list[str]
    phrases: list[str]


class Warm(msgspec.Struct, tag=True, frozen=True):
    """Have a decoder ready for the model in `folder`, or for the general one if it is empty."""

    folder: str


class Begin(msgspec.Struct, tag=True, frozen=True):
    """An utterance begins, by the model in `folder` as in `Warm`.

    `cepstral_mean` tells how the speaker's microphone sounds, if it is known.
    """

    utterance: int
    folder: str
    cepstral_mean: str = ""


class Hear(msgspec.Struct, tag=True, frozen=True):
    """More of an utterance. The answer has a text when it has changed."""

    utterance: int
    samples: bytes


class Finish(msgspec.Struct, tag=True, frozen=True):
    """The utterance is over: the answer has all of it."""

    utterance: int


class Abandon(msgspec.Struct, tag=True, frozen=True):
    """Nobody wants the utterance any more."""

    utterance: int


Request = Make | Warm | Begin | Hear | Finish | Abandon


class HeardWord(msgspec.Struct, array_like=True, frozen=True):
    """A word with its time in seconds."""

    text: str
    start: float
    end: float
    confidence: float


class Answer(msgspec.Struct, frozen=True):
    """What came of a request. `error` names the kind of failure; messages of libraries could hold what was said."""

    text: str | None = None
    words: list[HeardWord] = []
    cepstral_mean: str = ""
    error: str = ""


def write(stream: BinaryIO, message: Answer) -> None:
    """Send a message over a blocking stream."""
    stream.write(framed(message))
    stream.flush()


def framed(message: Request | Answer) -> bytes:
    """A message as it travels."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def read(stream: BinaryIO) -> bytes | None:
    """The body of the next message of a blocking stream, or None when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(head)[0])
