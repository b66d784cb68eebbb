"""Clients of a spoken session: what all know, and the one over a real WebSocket."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.sounds import Sound, pcm, silence

_FRAME = 640
_PATIENCE = 20.0


class Listener:
    """What a client is told. `events` are all that came, without acknowledgements."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self._news = asyncio.Event()

    @property
    def kinds(self) -> list[str]:
        """The types of the events that came."""
        return [event["type"] for event in self.events]

    async def until(self, condition: Callable[[], bool], seconds: float = _PATIENCE) -> None:
        """Wait for something to have come."""
        async with asyncio.timeout(seconds):
            while not condition():
                assert self.closed is None or condition(), (self.closed, self.kinds)
                self._news.clear()
                await self._news.wait()

    async def event(self, kind: str, number: int = 1, **fields: Any) -> dict[str, Any]:
        """Wait for the event of this type, the `number`th, with these fields."""

        def found() -> list[dict[str, Any]]:
            return [
                event
                for event in self.events
                if event["type"] == kind and all(event.get(name) == value for name, value in fields.items())
            ]

        try:
            await self.until(lambda: len(found()) >= number)
        except TimeoutError:
            raise AssertionError(f"no {kind} {fields}: {self.events}") from None
        return found()[number - 1]


class Client(Listener):
    """Speaks and listens over a WebSocket. `times` are when each event came (by the loop's clock), `sound` the samples
    by speech, `sounded` when the first of each came."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__()
        self.socket = socket
        self.times: list[float] = []
        self.sounded: dict[int, float] = {}
        self.sound: dict[int, bytearray] = {}
        self.numbers: list[int] = []
        self.acknowledged = 0
        self.seq = 0
        self._reading = asyncio.create_task(self._read())

    @property
    def after(self) -> int:
        """The number of the last frame that came."""
        return self.numbers[-1] if self.numbers else 0

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a message."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def start(self, **fields: Any) -> dict[str, Any]:
        """Begin a session; gives `session.ready`."""
        await self.send("session.start", **{"mode": "hands_free", **fields})
        return await self.event("session.ready")

    async def hear(self, sound: Sound, pace: float = 0.0) -> None:
        """Speak into the microphone: at once, or at `pace` times real time."""
        data = pcm(np.concatenate([sound, silence(0.02)]))
        for start in range(0, len(data) - _FRAME + 1, _FRAME):
            self.seq += 1
            await self.socket.send(struct.pack("<I", self.seq) + data[start : start + _FRAME])
            if pace:
                await asyncio.sleep(0.02 / pace)

    async def say(self, sound: Sound, pace: float = 0.0) -> None:
        """Say something, and be quiet for long enough."""
        await self.hear(np.concatenate([silence(0.3), sound, silence(1.5)]), pace)

    async def gone(self) -> tuple[int, str]:
        """Wait for the server to close; code and reason."""
        async with asyncio.timeout(_PATIENCE):
            await asyncio.wait([self._reading])
        assert self.closed is not None
        return self.closed

    async def lose(self) -> None:
        """The line is cut, without a goodbye."""
        self.socket.transport.abort()
        await asyncio.wait([self._reading])

    async def close(self) -> None:
        """Say goodbye."""
        await self.socket.close()
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for message in self.socket:
                now = asyncio.get_running_loop().time()
                if isinstance(message, bytes):
                    n, speech, offset = struct.unpack_from("<III", message)
                    heard = self.sound.setdefault(speech, bytearray())
                    assert offset * 2 == len(heard), "no sound is missing, and none comes twice"
                    heard += message[12:]
                    self.sounded.setdefault(speech, now)
                else:
                    told = json.loads(message)
                    n = told["n"]
                    if told["event"]["type"] == "audio.ack":
                        self.acknowledged = told["event"]["seq"]
                    else:
                        self.events.append(told["event"])
                        self.times.append(now)
                assert not self.numbers or n > self.numbers[-1], "numbers only grow"
                self.numbers.append(n)
                self._news.set()
        self.closed = (self.socket.close_code or 1006, self.socket.close_reason or "")
        self._news.set()


@asynccontextmanager
async def connected(url: str, user: str = "ida", **more: Any) -> AsyncIterator[Client]:
    """A client of the session at `url`, signed in as `user`."""
    address = url.replace("http", "ws", 1) + "/api/v1/voice/session"
    headers = {"X-User": user, **more.pop("headers", {})}
    async with connect(address, additional_headers=headers, proxy=None, compression=None, **more) as socket:
        client = Client(socket)
        yield client
        await client.close()
