"""One speech: clauses in, sound out as it is made, and never far ahead of what is played."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from backend.errors import VoiceAssistError
from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE, Voice
from backend.voice.downlink import Downlink
from backend.voice.engines import Speaks
from backend.voice.frames import Sound
from backend.voice.playback import Playback
from backend.voice.script import Saying
from backend.voice.wire import AudioEnded, AudioMark, AudioPaused, AudioResumed, AudioStarted, AudioStopped, Notice

# Sound is made so far ahead of its playing (seconds): enough for a busy machine, little to throw away.
AHEAD_SECONDS = 2.0
_FRAME_BYTES = round(SPOKEN_RATE * 0.04) * BYTES_PER_SAMPLE
# How often to look whether there is room again (seconds).
_LOOK_SECONDS = 0.05
# A speech that was sent and whose end no client reports is over so long (seconds) after its sound must have ended.
_GRACE_SECONDS = 5.0
# How fast people read aloud (characters a second): how long a clause will be whose sound is not all made yet.
_READING_PACE = 14.0


@dataclass(slots=True)
class _Said:
    """A clause that is being, or was, sent. `end` is known when all of its sound is made."""

    text: str
    spoken: str
    start: int
    end: int | None = None


class Speech:
    """What is said in one go. `turn_id` is None for what the session itself has to say.

    `began` is called when its first sound is sent.
    """

    def __init__(
        self,
        number: int,
        turn_id: str | None,
        speaks: Speaks,
        voice: Voice,
        user_id: str,
        downlink: Downlink,
        clock: Callable[[], float],
        began: Callable[[], None],
    ) -> None:
        self.number = number
        self.turn_id = turn_id
        self.playback = Playback(clock)
        self.held = False
        self.stopped = False
        self.finished = asyncio.Event()
        self._speaks = speaks
        self._voice = voice
        self._user_id = user_id
        self._downlink = downlink
        self._clock = clock
        self._began = began
        self._over_at: float | None = None
        self._clauses: asyncio.Queue[Saying | None] = asyncio.Queue()
        self._said: list[_Said] = []
        self._moving = asyncio.Event()
        self._moving.set()
        self._task = asyncio.create_task(self._run(), name=f"voice: speech {number}")

    @property
    def sounding(self) -> bool:
        """Whether something of it was sent and it is not over."""
        return bool(self.playback.sent) and not self.finished.is_set()

    def add(self, clause: Saying) -> None:
        """Say this next."""
        self._clauses.put_nowait(clause)

    def end(self) -> None:
        """Nothing more is to be said."""
        self._clauses.put_nowait(None)

    def hold(self) -> None:
        """Somebody began to speak: be quiet at once, until `go_on` or `stop`."""
        if self.held or not self.sounding:
            return
        self.held = True
        self._moving.clear()
        self.playback.hold()
        self._downlink.tell(AudioPaused(speech=self.number))

    def go_on(self) -> None:
        """It was nothing."""
        if not self.held:
            return
        self.held = False
        self.playback.go_on()
        self._moving.set()
        self._downlink.tell(AudioResumed(speech=self.number))

    def played(self, samples: int, ended: bool) -> None:
        """The client says how much of it has been played."""
        if not self.stopped:
            self.playback.report(samples, ended)

    def line_lost(self) -> None:
        """Nobody hears it for the moment."""
        self._moving.clear()
        self.playback.hold()

    def line_found(self) -> None:
        """The client is back."""
        if not self.held:
            self.playback.go_on()
            self._moving.set()

    async def stop(self, reason: str) -> None:
        """Say no more. `reason` as in `audio.stopped`."""
        if self.finished.is_set():
            return
        self.stopped = True
        self.playback.hold()
        if self.playback.sent:
            self._downlink.interrupt()
            self._downlink.tell(AudioStopped.model_validate({"speech": self.number, "reason": reason}))
        await self.close()

    async def close(self) -> None:
        """End without a word."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def heard(self) -> list[str]:
        """The clauses that were played, of the last one only the words that were."""
        position = self.playback.position
        heard = []
        for said in self._said:
            end = self._end_of(said)
            if position >= end:
                heard.append(said.text)
            else:
                share = max(position - said.start, 0) / max(end - said.start, 1)
                heard.append(_words(said.text, share))
                break
        return [text for text in heard if text]

    def audible(self) -> Iterator[tuple[str, float, float]]:
        """What of it can be heard in the room: words, when they begin by the clock, and for how many seconds."""
        position = self.playback.position
        now = self._clock() if self._over_at is None else self._over_at
        for said in self._said:
            if self._over_at is None or said.start < position:
                length = self._end_of(said) - said.start
                yield said.spoken, now + (said.start - position) / SPOKEN_RATE, length / SPOKEN_RATE

    def _end_of(self, said: _Said) -> int:
        """Where a clause ends (samples), as far as can be known."""
        if said.end is not None:
            return said.end
        return max(said.start + round(len(said.spoken) / _READING_PACE * SPOKEN_RATE), self.playback.sent)

    async def _run(self) -> None:
        try:
            while (clause := await self._clauses.get()) is not None:
                await self._say(clause)
            if self.playback.sent:
                self._downlink.tell(AudioEnded(speech=self.number, samples=self.playback.sent))
                await self._played()
        except VoiceAssistError as error:
            self._downlink.tell(Notice(code=error.code, message=error.message))
            if self.playback.sent:
                self._downlink.tell(AudioStopped(speech=self.number, reason="failed"))
        finally:
            self._over_at = self._clock()
            self.finished.set()

    async def _say(self, clause: Saying) -> None:
        said = _Said(clause.text, clause.spoken, self.playback.sent)
        async with aclosing(self._frames(clause.spoken)) as frames:
            async for samples in frames:
                await self._room()
                if not self._said or self._said[-1] is not said:
                    self._begin(said)
                self._downlink.put(Sound(self.number, self.playback.sent, samples))
                first = not self.playback.sent
                self.playback.send(len(samples) // BYTES_PER_SAMPLE)
                if first:
                    self._began()
        said.end = self.playback.sent

    def _begin(self, said: _Said) -> None:
        if self._said:
            self._downlink.tell(AudioMark(speech=self.number, offset=said.start, text=said.text))
        else:
            self._downlink.tell(AudioStarted(speech=self.number, turn_id=self.turn_id, text=said.text))
        self._said.append(said)

    async def _frames(self, spoken: str) -> AsyncGenerator[bytes, None]:
        """The sound of a clause in frames of 40 ms."""
        left = bytearray()
        async with aclosing(self._speaks.speak(spoken, self._voice, self._user_id)) as pieces:
            async for piece in pieces:
                left += piece
                while len(left) >= _FRAME_BYTES:
                    yield bytes(left[:_FRAME_BYTES])
                    del left[:_FRAME_BYTES]
        if even := len(left) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE:
            yield bytes(left[:even])

    async def _room(self) -> None:
        """Wait until there is little enough ahead."""
        await self._moving.wait()
        while self.playback.ahead >= AHEAD_SECONDS:
            await asyncio.sleep(_LOOK_SECONDS)
            await self._moving.wait()

    async def _played(self) -> None:
        """Wait until all of it was played."""
        quiet = 0.0
        while not self.playback.ended and self.playback.ahead > 0 and quiet < _GRACE_SECONDS:
            before = self.playback.position
            await asyncio.sleep(_LOOK_SECONDS)
            await self._moving.wait()
            quiet = 0.0 if self.playback.position != before else quiet + _LOOK_SECONDS


def _words(text: str, share: float) -> str:
    """The whole words of the first `share` (0 to 1) of a text."""
    cut = round(len(text) * share)
    if cut >= len(text):
        return text
    space = text.rfind(" ", 0, cut + 1)
    return text[:space] if space > 0 else ""
