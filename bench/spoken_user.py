"""A user of the bench of voice: a microphone that is always on, and a watch. Part of `bench.voice`."""

import asyncio
import struct
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed

from backend.speech.protocol import HEARD_RATE
from tests import sounds
from tests.integration.voice.client import Client, connected
from tests.sounds import Sound

FRAME_SECONDS = 0.02
_FRAME_BYTES = 2 * round(FRAME_SECONDS * HEARD_RATE)
# What comes out of a room is repeated after so many seconds.
_ROOM_SECONDS = 5.0
# The longest wait for an answer on a busy machine.
_PATIENCE = 30.0

# Times in seconds, by stage.
Stages = dict[str, list[float]]


def room(db: float) -> bytes:
    """What a microphone hears when nobody speaks, at this level (dB relative to full scale)."""
    return sounds.pcm(sounds.at_level(sounds.noise("pink", _ROOM_SECONDS), db))


class SpokenUser:
    """Speaks in real time and notes in `stages` how long the other side took."""

    def __init__(self, client: Client, quiet: bytes, stages: Stages | None = None) -> None:
        self.client = client
        self.stages: Stages = defaultdict(list) if stages is None else stages
        self._quiet = quiet
        self._said: deque[tuple[bytes, asyncio.Future[tuple[float, float]]]] = deque()
        self._playing = asyncio.create_task(self._play())

    async def start(self) -> None:
        """Begin the session."""
        began = _now()
        await self.client.start(zone="Europe/Berlin")
        self.stages["session ready"].append(_now() - began)

    async def say(self, sound: Sound) -> tuple[float, float]:
        """Say it; when its first and its last sample had been recorded."""
        future: asyncio.Future[tuple[float, float]] = asyncio.get_running_loop().create_future()
        self._said.append((sounds.pcm(sound), future))
        return await future

    async def ask(self, sound: Sound) -> bool:
        """Say it, and wait for the first sound of the answer; False when it did not become one turn."""
        client, place = self.client, len(self.client.events)
        began, ended = await self.say(sound)
        try:
            begin = await self._after(place, "speech.started")
            end = await self._after(begin, "speech.ended")
            heard = await self._after(end, "transcript.done")
            if client.events[heard]["turn_id"] is None or client.times[heard] < ended:
                return False
            turn_id = client.events[heard]["turn_id"]
            token = await self._after(heard, "answer.delta", turn_id=turn_id)
            started = await self._after(heard, "audio.started", turn_id=turn_id)
            speech = client.events[started]["speech"]
            await client.until(lambda: speech in client.sounded, _PATIENCE)
        except TimeoutError:
            return False
        self._note("speech start detected", client.times[begin] - began)
        self._note("end of turn detected", client.times[end] - ended)
        self._note("final transcript", client.times[heard] - ended)
        self._note("first answer token", client.times[token] - ended)
        self._note("first audio sample", client.sounded[speech] - ended)
        return True

    async def interrupt(self, sound: Sound) -> str:
        """Say it over an answer: `stopped` or `resumed`, or what else came of it."""
        client, place = self.client, len(self.client.events)
        began, _ = await self.say(sound)
        try:
            paused = await self._after(place, "audio.paused")
            decided = await self._after(paused, "audio.stopped", "audio.resumed")
            await self._after(decided, "transcript.done")
        except TimeoutError:
            return "nothing"
        self._note("speaking over it to audio.paused", client.times[paused] - began)
        kind = str(client.events[decided]["type"]).removeprefix("audio.")
        self._note(f"speaking over it to audio.{kind}", client.times[decided] - began)
        return kind

    async def quieten(self) -> None:
        """Stop what is being answered, and wait until the other side listens."""
        place = len(self.client.events)
        await self.client.send("interrupt")
        await self.client.send("ping", id=str(place))
        await self._after(place, "pong", id=str(place))
        await self.listened_to()

    @property
    def heard(self) -> list[str]:
        """The last two things that were understood."""
        return [event["text"] for event in self.client.events if event["type"] == "transcript.done"][-2:]

    async def listened_to(self) -> bool:
        """Wait until nothing is answered or said any more; False when that takes longer than a reading may."""

        def listening() -> bool:
            states = (event["state"] for event in reversed(self.client.events) if event["type"] == "session.state")
            return next(states, "") == "listening"

        try:
            await self.client.until(listening, _PATIENCE)
        except TimeoutError:
            return False
        return True

    async def leave(self) -> None:
        """Switch the microphone off."""
        self._playing.cancel()
        await asyncio.wait([self._playing])

    def _note(self, stage: str, seconds: float) -> None:
        self.stages[stage].append(seconds)

    async def _after(self, place: int, *kinds: str, **fields: Any) -> int:
        """Where the first event of one of these types, with these fields, is from `place` on; waits for it."""
        client, found = self.client, [-1]

        def there() -> bool:
            for number in range(place, len(client.events)):
                event = client.events[number]
                if event["type"] in kinds and all(event.get(name) == value for name, value in fields.items()):
                    found[0] = number
                    return True
            return False

        await client.until(there, _PATIENCE)
        return found[0]

    async def _play(self) -> None:
        """Send a frame every 20 ms by the clock: what is said, or what the room is like."""
        start, frames = _now(), 0
        while True:
            if self._said:
                samples, future = self._said.popleft()
                samples += bytes(-len(samples) % _FRAME_BYTES)
            else:
                place = frames * _FRAME_BYTES % (len(self._quiet) - _FRAME_BYTES)
                samples, future = self._quiet[place : place + _FRAME_BYTES], None
            first = start + frames * FRAME_SECONDS
            for place in range(0, len(samples), _FRAME_BYTES):
                await asyncio.sleep(max(0.0, start + (frames + 1) * FRAME_SECONDS - _now()))
                self.client.seq += 1
                frame = struct.pack("<I", self.client.seq) + samples[place : place + _FRAME_BYTES]
                try:
                    await self.client.socket.send(frame)
                except ConnectionClosed:
                    return
                frames += 1
            if future is not None:
                future.set_result((first, start + frames * FRAME_SECONDS))


@asynccontextmanager
async def spoken_user(
    address: str, quiet: bytes, stages: Stages | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[SpokenUser]:
    """A user with a session."""
    async with connected(address, headers=headers or {}) as client:
        user = SpokenUser(client, quiet, stages)
        try:
            await user.start()
            yield user
        finally:
            await user.leave()


def _now() -> float:
    return asyncio.get_running_loop().time()
