"""What is said, as an audio track in real time: silence where nothing is said."""

import asyncio
from collections import deque
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE
from backend.voice.frames import Sound
from backend.voice.wire import Playback

# A packet of Opus.
_FRAME_SECONDS = 0.02
_FRAME_SAMPLES = round(SPOKEN_RATE * _FRAME_SECONDS)
_FRAME_BYTES = _FRAME_SAMPLES * BYTES_PER_SAMPLE
# How far it is, is told as often as a page tells it: every 200 ms.
_FRAMES_PER_REPORT = 10


class SpokenTrack(MediaStreamTrack):  # type: ignore[misc,unused-ignore]  # Any, where the extra is not installed
    """Plays what is put into it. `report` is told how much of a speech has been sent, for the client cannot know."""

    kind = "audio"

    def __init__(self, report: Callable[[Playback], None]) -> None:
        super().__init__()
        self._report = report
        self._queue: deque[Sound] = deque()
        self._taken = 0  # bytes of the first one
        self._ends: dict[int, int] = {}  # samples of speeches that are complete
        self._held = False
        self._began: float | None = None
        self._frames = 0

    def put(self, sound: Sound) -> None:
        """Play this next."""
        self._queue.append(sound)

    def end(self, speech: int, samples: int) -> None:
        """All of a speech, so many samples, has been put."""
        if any(sound.speech == speech for sound in self._queue):
            self._ends[speech] = samples
        else:
            self._report(Playback(speech=speech, samples=samples, ended=True))

    def hold(self) -> None:
        """Be silent and keep what is to be played."""
        self._held = True
        if self._queue:
            self._report(self._position())

    def go_on(self) -> None:
        """Play on."""
        self._held = False

    def drop(self) -> None:
        """Forget what is to be played."""
        self._queue.clear()
        self._ends.clear()
        self._taken = 0
        self._held = False

    async def recv(self) -> AudioFrame:
        """The next 20 ms when it is their time; aiortc asks, resamples to 48 kHz, encodes and sends."""
        if self.readyState != "live":
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        await asyncio.sleep(max(0.0, self._began + self._frames * _FRAME_SECONDS - now))
        samples = np.frombuffer(self._next(), np.int16).reshape(1, -1)
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SPOKEN_RATE
        frame.time_base = Fraction(1, SPOKEN_RATE)
        frame.pts = self._frames * _FRAME_SAMPLES
        self._frames += 1
        return frame

    def _next(self) -> bytes:
        taken = bytearray()
        while self._queue and not self._held and len(taken) < _FRAME_BYTES:
            sound = self._queue[0]
            part = sound.samples[self._taken : self._taken + _FRAME_BYTES - len(taken)]
            taken += part
            self._taken += len(part)
            if self._taken == len(sound.samples):
                self._over(sound)
        if taken and self._queue and self._frames % _FRAMES_PER_REPORT == 0:
            self._report(self._position())
        return bytes(taken.ljust(_FRAME_BYTES, b"\0"))

    def _over(self, sound: Sound) -> None:
        self._queue.popleft()
        self._taken = 0
        played = sound.offset + len(sound.samples) // BYTES_PER_SAMPLE
        if self._ends.get(sound.speech) == played:
            del self._ends[sound.speech]
            self._report(Playback(speech=sound.speech, samples=played, ended=True))

    def _position(self) -> Playback:
        sound = self._queue[0]
        return Playback(speech=sound.speech, samples=sound.offset + self._taken // BYTES_PER_SAMPLE)
