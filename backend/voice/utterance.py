"""One utterance being heard: sound goes in at once, text comes out when the engine has it."""

import asyncio
from collections.abc import Awaitable, Callable

from backend.errors import Unavailable
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, Listening, Recognition, Transcript
from backend.voice.engines import Hears

# A short one is kept for a second look (seconds): what may be a backchannel lasts no longer.
_KEPT_SECONDS = 4.0
# What is looked at begins so long before speech and ends so long after it (seconds).
_AROUND_SECONDS = 0.2
# An engine that has said nothing for so long (seconds) has stalled, and nobody waits longer for an answer.
STALLED_SECONDS = 10.0


class Utterance:
    """Feeds an engine in a task of its own, so that a slow one holds up nothing else.

    `began` is when, by the clock of the session, and `at` in seconds of its microphone's audio; `spoken_for` how much
    of it is voice (seconds), as its microphone counts. `over_speech`: something was being said, or read back, when it
    began. `interrupting`: it began over an answer that was being made or said; `contested`: and it is not yet clear
    whether it ends that. An utterance ends with `finish` or `abandon`.
    """

    def __init__(
        self,
        hears: Hears,
        listening: Callable[[], Awaitable[Listening]],
        began: float,
        at: float,
        on_text: Callable[[str], None],
        *,
        over_speech: bool,
        contested: bool,
    ) -> None:
        self.began = began
        self.at = at
        self.over_speech = over_speech
        self.contested = self.interrupting = contested
        self.text = ""
        self.spoken_for = 0.0
        self.bytes = 0
        self.speech = b""
        self._on_text = on_text
        self._kept = bytearray()
        self._waiting = bytearray()
        self._more = asyncio.Event()
        self._ended = False
        self._task = asyncio.create_task(self._run(hears, listening), name="voice: utterance")
        # Why it failed is told by `finish`; when nobody asks, nobody wants to know.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return self.bytes / BYTES_PER_SAMPLE / HEARD_RATE

    def feed(self, samples: bytes) -> None:
        """Hear more."""
        self.bytes += len(samples)
        if len(self._kept) < _bytes(_KEPT_SECONDS):
            self._kept += samples
        if not self._task.done():
            self._waiting += samples
            self._more.set()

    def is_over(self, at: float, now: float) -> None:
        """Speech ended `at` seconds into the audio, of which there were `now` seconds: `speech` is what it was.

        Empty for a long one.
        """
        first = now - self.seconds
        begin, end = max(0.0, self.at - first - _AROUND_SECONDS), at - first + _AROUND_SECONDS
        if self.bytes == len(self._kept):
            self.speech = bytes(self._kept[_bytes(begin) : _bytes(end)])
        self._kept.clear()

    async def finish(self) -> Transcript:
        """There is no more: what was said. Raises `Unavailable`, also for an engine that stalls."""
        self._ended = True
        self._more.set()
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                return await self._task
        except TimeoutError:
            raise Unavailable("The speech recognition does not answer. Say it again, or type it.") from None

    def abandon(self) -> None:
        """Nobody wants to know any more."""
        self._task.cancel()

    async def _run(self, hears: Hears, listening: Callable[[], Awaitable[Listening]]) -> Transcript:
        recognition: Recognition | None = None
        try:
            recognition = await hears.listen(await listening())
            while True:
                await self._more.wait()
                self._more.clear()
                samples, self._waiting = bytes(self._waiting), bytearray()
                if samples and (text := await recognition.feed(samples)) is not None:
                    self.text = text
                    self._on_text(text)
                if self._ended and not self._waiting:
                    finished, recognition = recognition, None
                    return await finished.finish()
        finally:
            if recognition is not None:
                await recognition.abandon()


def _bytes(seconds: float) -> int:
    return round(seconds * HEARD_RATE) * BYTES_PER_SAMPLE
