"""What goes to the client: numbered, kept for a while so that a line which breaks loses nothing, and bounded."""

import asyncio
from collections import deque

from backend.voice.frames import Frame, Sound, Told
from backend.voice.line import Close, Closing, Line
from backend.voice.wire import ServerEvent

# What was sent is kept for a client that comes back: some eight seconds of sound, or as many bytes of events.
KEPT_BYTES = 400_000
# What waits to be sent. Sound is made at most a few seconds ahead, so only a client that does not read gets here.
WAITING_BYTES = 1_000_000


class Downlink:
    """The queue of one session; it outlives the lines. A client that takes nothing for `reads_within` seconds is too
    slow, and the line is closed (`Closing`)."""

    def __init__(self, reads_within: float) -> None:
        self._reads_within = reads_within
        self.sent = 0  # n of the last frame
        self._waiting: deque[Frame] = deque()
        self._kept: deque[tuple[int, Frame]] = deque()
        self._waiting_bytes = 0
        self._kept_bytes = 0
        self._news = asyncio.Event()

    def tell(self, event: ServerEvent) -> None:
        """Queue an event."""
        self.put(Told.of(event))

    def put(self, frame: Frame) -> None:
        """Queue a frame."""
        self._waiting.append(frame)
        self._waiting_bytes += frame.size
        self._news.set()

    def interrupt(self) -> None:
        """Forget what an interruption drops and has not been sent."""
        self._waiting = deque(frame for frame in self._waiting if not frame.dropped_by_interruption)
        self._waiting_bytes = sum(frame.size for frame in self._waiting)

    def missed(self, after: int) -> bool:
        """Whether something behind number `after` is no longer kept."""
        oldest = self._kept[0][0] if self._kept else self.sent + 1
        return after + 1 < oldest

    async def resume(self, line: Line, after: int) -> None:
        """Send again what a client did not get: all that is kept behind number `after`."""
        for n, frame in [(n, frame) for n, frame in self._kept if n > after]:
            await self._send(line, n, frame)

    async def serve(self, line: Line) -> None:
        """Send what comes, in order, until cancelled. Raises `LineLost`."""
        while True:
            while self._waiting:
                frame = self._waiting.popleft()
                self._waiting_bytes -= frame.size
                self.sent += 1
                # Kept first: whether a frame that was being sent when the line broke arrived, the client says.
                self._keep(self.sent, frame)
                await self._send(line, self.sent, frame)
            self._news.clear()
            await self._news.wait()

    async def send_now(self, line: Line, event: ServerEvent) -> None:
        """Send what concerns this line only, before all that waits. Raises `LineLost`, `Closing`."""
        self.sent += 1
        await self._send(line, self.sent, Told.of(event))

    def _keep(self, n: int, frame: Frame) -> None:
        self._kept.append((n, frame))
        self._kept_bytes += frame.size
        while self._kept_bytes > KEPT_BYTES:
            self._kept_bytes -= self._kept.popleft()[1].size

    async def _send(self, line: Line, n: int, frame: Frame) -> None:
        if self._waiting_bytes > WAITING_BYTES:
            raise Closing(Close.TOO_SLOW, "The client reads too slowly.")
        try:
            async with asyncio.timeout(self._reads_within):
                if isinstance(frame, Sound):
                    await line.send_audio(n, frame)
                else:
                    await line.send_event(n, frame.body)
        except TimeoutError:
            raise Closing(Close.TOO_SLOW, "The client does not read.") from None
