"""A recording of any length, cut into windows at quiet moments, and what was heard in them put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.speech.limits import seconds
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, Transcript, Word

# Whisper hears thirty seconds at once; a window is as long as that at most, and its end is looked for in its last part.
_WINDOW = 30 * HEARD_RATE
_LOOKED_AT = 8 * HEARD_RATE
# The quietest moment of this length is between words, more often than not within a pause.
_MOMENT = HEARD_RATE // 10
# Below this (of 32,768) there is nothing to hear: the noise of a switched-off microphone.
_SILENT = 48


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a recording that begins at `begin` (seconds)."""

    begin: float
    samples: bytes

    @property
    def end(self) -> float:
        """Where it ends (seconds)."""
        return self.begin + seconds(len(self.samples))

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to hear."""
        heard = np.frombuffer(self.samples, dtype="<i2")
        return heard.size == 0 or int(np.abs(heard.astype(np.int32)).max()) < _SILENT


class Windows:
    """Cuts samples as they come. It holds one window and the piece that was added last."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._taken = 0

    def add(self, samples: bytes) -> Iterator[Window]:
        """The windows that are full now."""
        self._waiting += samples
        while len(self._waiting) >= _WINDOW * BYTES_PER_SAMPLE:
            yield self._take(_quiet_moment(bytes(self._waiting[: _WINDOW * BYTES_PER_SAMPLE])))

    def rest(self) -> Iterator[Window]:
        """What is left at the end, if anything is."""
        if size := len(self._waiting) - len(self._waiting) % BYTES_PER_SAMPLE:
            yield self._take(size)

    def _take(self, size: int) -> Window:
        window = Window(seconds(self._taken), bytes(self._waiting[:size]))
        del self._waiting[:size]
        self._taken += size
        return window


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard between two moments (seconds); the samples themselves are not kept."""

    begin: float
    end: float
    transcript: Transcript


def joined(heard: Sequence[Heard], language: str) -> Transcript:
    """One transcript of all windows. The text of one whose engine gives no times stands as one word."""
    words: list[Word] = []
    for part in heard:
        if part.transcript.words:
            words += [
                replace(word, start=part.begin + word.start, end=part.begin + word.end)
                for word in part.transcript.words
            ]
        elif part.transcript.text:
            words.append(Word(part.transcript.text, part.begin, part.end))
    return Transcript(
        " ".join(part.transcript.text for part in heard if part.transcript.text),
        ", ".join(dict.fromkeys(part.transcript.engine for part in heard)),
        heard[0].transcript.language if heard else language or "en",
        tuple(words),
    )


def _quiet_moment(window: bytes) -> int:
    """Where to cut (bytes): the middle of the quietest moment of the last part."""
    heard = np.frombuffer(window, dtype="<i2")[-_LOOKED_AT:].astype(np.float32)
    moments = heard[: heard.size - heard.size % _MOMENT].reshape(-1, _MOMENT)
    quietest = int(np.square(moments).mean(axis=1).argmin())
    return (_WINDOW - _LOOKED_AT + quietest * _MOMENT + _MOMENT // 2) * BYTES_PER_SAMPLE
