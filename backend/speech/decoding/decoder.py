"""The few child processes that decode for everybody: `Decoder`."""

import asyncio

import structlog

from backend.errors import BadInput, Unavailable
from backend.speech.decoding.child import SECONDS, Child, ChildDied, TooLong
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE

log = structlog.get_logger(__name__)

# A child decodes a minute of sound in some tens of milliseconds; two, so that a long file holds nobody up.
CHILDREN = 2
# What libraries leave in memory grows with the files they have met: after so many, a child is replaced.
_RECYCLE_FILES = 500
# Children that have nothing to do for so long (seconds) end.
_IDLE_SECONDS = 300.0


class Decoder:
    """Decodes files in children, which are started when needed and kept for a while. `close` at the end.

    Each file is given `patience` (seconds).
    """

    def __init__(
        self, children: int = CHILDREN, idle_seconds: float = _IDLE_SECONDS, patience: float = SECONDS
    ) -> None:
        self._places = asyncio.Semaphore(children)
        self._idle_seconds = idle_seconds
        self._patience = patience
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._rest: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Process ids of the children that run now."""
        return [child.pid for child in (*self._idle, *self._busy) if child.alive]

    async def decode(self, content: bytes, rate: int = HEARD_RATE, *, seconds: float) -> bytes:
        """The sound of a file (WAV, MP3, Opus, FLAC and others), at most `seconds` long: 16-bit mono at `rate`.

        Raises `BadInput` when it is none, holds no sound or too much of it, or harms the child that decodes it;
        `Unavailable` when no child can be started, or after `close`.
        """
        most = int(seconds * rate) * BYTES_PER_SAMPLE
        async with self._places:
            child = await self._child()
            self._busy.add(child)
            try:
                return await child.decode(content, rate, most, self._patience)
            except TooLong:
                raise too_long(seconds) from None
            except TimeoutError as error:
                raise BadInput("It takes too long to decode the recording. Send a shorter one.") from error
            except ChildDied as death:
                if self._closed:
                    raise _stopping() from None
                log.warning("speech.decoding_child_died", signal=death.signal_number)
                raise BadInput("The recording could not be decoded. It may be damaged; record it again.") from death
            finally:
                self._busy.discard(child)
                await self._give_back(child)

    async def _child(self) -> Child:
        """An idle child, or a new one."""
        if self._closed:
            raise _stopping()
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            await child.end()  # it was killed while it had nothing to do
        try:
            return await Child.start()
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            raise Unavailable(f"Recordings cannot be decoded: no process could be started ({error}).") from error

    async def _give_back(self, child: Child) -> None:
        if self._closed or not child.alive or child.served >= _RECYCLE_FILES:
            await child.end()
            return
        self._idle.append(child)
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(self._idle_seconds, self._end_idle)

    def _end_idle(self) -> None:
        """End the children that have nothing to do."""
        idle, self._idle = self._idle, []
        for child in idle:
            task = asyncio.create_task(child.end(), name="speech: end an idle child that decodes")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End all children, also in the middle of a file."""
        self._closed = True
        if self._rest is not None:
            self._rest.cancel()
        for child in (*self._idle, *self._busy):
            await child.end()
        self._idle.clear()
        await asyncio.gather(*self._ending)


def too_long(seconds: float) -> BadInput:
    """The refusal of a recording that goes on for longer than this."""
    return BadInput(f"The recording is longer than {seconds:g} seconds. Send a shorter one.")


def _stopping() -> Unavailable:
    return Unavailable("Recordings cannot be decoded: VoiceAssist is stopping.")
