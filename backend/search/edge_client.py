"""The application's end of a vector process: starts it, asks it, starts it again when it dies."""

import asyncio
import itertools
import sys
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from backend.errors import Broken, Unavailable
from backend.search import wire

log = structlog.get_logger(__name__)

T = TypeVar("T")

# Opening a shard of 100,000 points took 1 to 30 seconds, by the load of the machine; larger ones take longer.
_START_TIMEOUT = 120.0

# A process that is told to end flushes first; past this (seconds) it is killed. Its log keeps what was written.
_STOP_TIMEOUT = 30.0

# A request is sent again, to a new process, when its process died. One that kills process after process is given up.
_ATTEMPTS = 3

_READ_SIZE = 1 << 20

NOTHING = msgspec.msgpack.Decoder(type(None))


class _Died(Exception):
    """The process ended before it answered."""


class EdgeClient:
    """One vector process over the shard in `folder`, started by the first request.

    All requests are idempotent, so those in flight when the process dies are sent again to its successor. Raises
    `Unavailable` when no process can be started or a request goes down with three of them, `Broken` when the process
    refuses a request.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self.folder = folder
        self._dimension = dimension
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        self._asking = 0
        self._nobody_asks = asyncio.Event()
        self._nobody_asks.set()

    @property
    def pid(self) -> int | None:
        """The process id of the running vector process."""
        return None if self._process is None else self._process.pid

    async def ask(self, call: wire.Reading | wire.Writing, answer: msgspec.msgpack.Decoder[T]) -> T:
        """Send a request and return its answer."""
        if self._closed:
            raise Unavailable("The vector store is closed.")
        self._asking += 1
        self._nobody_asks.clear()
        try:
            for _ in range(_ATTEMPTS):
                try:
                    return answer.decode(await self._send(call))
                except _Died:
                    log.warning("vectors.died", folder=str(self.folder), call=type(call).__name__)
        finally:
            self._asking -= 1
            if not self._asking:
                self._nobody_asks.set()
        raise Unavailable(f"The vector process over {self.folder} ended {_ATTEMPTS} times over one request.")

    async def close(self) -> None:
        """Take no more requests, wait for those in flight, end the process."""
        self._closed = True
        await self._nobody_asks.wait()
        async with self._starting:
            process, listener = self._process, self._listener
            if process is None or listener is None:
                return
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), _STOP_TIMEOUT)
            except TimeoutError:
                process.kill()
                await process.wait()
            await listener

    async def _send(self, call: wire.Reading | wire.Writing) -> msgspec.Raw:
        process = await self._running()
        number = next(self._numbers)
        answered: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        try:
            if self._listener is None or self._listener.done():
                # It died as soon as it was ready: nobody would hand the answer on.
                raise _Died
            assert process.stdin is not None
            process.stdin.write(wire.frame(wire.Request(number, call)))
            await process.stdin.drain()
            return await answered
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _Died from error
        finally:
            self._waiting.pop(number, None)

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._listener is not None and not self._listener.done() and self._process is not None:
                return self._process
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "backend.search.edge_process", "serve", str(self.folder), str(self._dimension)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            listener = asyncio.create_task(self._listen(process, ready))
            try:
                await asyncio.wait_for(ready, _START_TIMEOUT)
            except (TimeoutError, _Died) as error:
                if process.returncode is None:
                    process.kill()
                await listener
                raise Unavailable(f"The vector process over {self.folder} does not start. The log says why.") from error
            except asyncio.CancelledError:
                process.kill()
                raise
            self._process, self._listener = process, listener
            return process

    async def _listen(self, process: asyncio.subprocess.Process, ready: asyncio.Future[None]) -> None:
        """Hand answers to those who wait, until the process ends."""
        decoder = msgspec.msgpack.Decoder(wire.Response)
        reader = wire.FrameReader()
        assert process.stdout is not None
        try:
            while data := await process.stdout.read(_READ_SIZE):
                for body in reader.feed(data):
                    self._hand_on(decoder.decode(body), ready)
        except (ValueError, msgspec.MsgspecError) as error:
            log.error("vectors.out_of_step", folder=str(self.folder), error=repr(error))
            process.kill()
        await process.wait()
        if not ready.done():
            ready.set_exception(_Died())
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(_Died())

    def _hand_on(self, response: wire.Response, ready: asyncio.Future[None]) -> None:
        if response.number == 0:
            ready.set_result(None)
            return
        answered = self._waiting.get(response.number)
        if answered is None or answered.done():
            return
        if response.error is None:
            answered.set_result(response.answer)
        else:
            answered.set_exception(Broken(f"The vector process refused a request: {response.error}"))
