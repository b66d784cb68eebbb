"""One child process as the decoder sees it: started, given a file, timed, ended."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

from backend.errors import BadInput
from backend.speech.decoding.wire import ANSWER, MAX_BODY_BYTES, REQUEST, Kind

_WORKER = "backend.speech.decoding.worker"
_ROOT = Path(__file__).resolve().parents[3]
# On a machine that is busy with other things.
_START_SECONDS = 30.0
# Address space: Python and FFmpeg take 150 MB of it, the largest file 32, and decoding anything honest a few more.
_MEMORY_BYTES = 512 * 2**20
# What a file is given to be decoded in; five minutes of Opus took two seconds on a machine that was busy.
SECONDS = 20.0
# Written at a time, so that no second copy of a file waits in the pipe's buffer.
_PIECE_BYTES = 256 * 1024


class ChildDied(Exception):
    """The child ended or stopped making sense in the middle of a file."""

    def __init__(self, signal_number: int | None) -> None:
        super().__init__(f"signal {signal_number}")
        self.signal_number = signal_number


class TooLong(Exception):
    """There is more sound in the file than is wanted."""


class Child:
    """A running child. `served` is how many files it has decoded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.served = 0

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.returncode is None

    @classmethod
    async def start(cls) -> "Child":
        """Start a child. Raises `OSError`, `EOFError`, `TimeoutError` or `ValueError` when it does not come up."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", _WORKER, str(_MEMORY_BYTES), str(round(SECONDS))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={
                "PYTHONPATH": str(_ROOT),
                "LANG": "C.UTF-8",
                "MALLOC_ARENA_MAX": "1",  # each arena takes 64 MB of the address space that is limited
            },
        )
        child = cls(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child._receive()
        except BaseException:
            await child.end()
            raise
        return child

    async def decode(self, content: bytes, rate: int, most: int, seconds: float) -> bytes:
        """The sound of a file, at most `most` bytes of it, within so many `seconds`.

        Raises `BadInput` and `TooLong`, after which the child goes on; `ChildDied` and `TimeoutError`, when it is over.
        """
        try:
            async with asyncio.timeout(seconds):
                sound = await self._decode(content, rate, most)
        except (BadInput, TooLong):
            self.served += 1
            raise
        except TimeoutError:
            await self.end()
            raise
        except (OSError, EOFError, ValueError) as error:
            await self.end()
            code = self._process.returncode
            raise ChildDied(-code if code is not None and code < 0 else None) from error
        except BaseException:  # cancelled: what it still sends would be taken for the next file's sound
            await self.end()
            raise
        self.served += 1
        return sound

    async def _decode(self, content: bytes, rate: int, most: int) -> bytes:
        assert self._process.stdin is not None
        self._process.stdin.write(REQUEST.pack(len(content), rate, most))
        view = memoryview(content)
        for start in range(0, len(content), _PIECE_BYTES):
            self._process.stdin.write(view[start : start + _PIECE_BYTES])
            await self._process.stdin.drain()
        sound = bytearray()
        while True:
            kind, body = await self._receive()
            match kind:
                case Kind.SOUND:
                    sound += body
                    if len(sound) > most:
                        raise ValueError("more sound than was asked for")
                case Kind.DONE:
                    return bytes(sound)
                case Kind.REFUSED:
                    raise BadInput(body.decode("utf-8", "replace"))
                case Kind.TOO_LONG:
                    raise TooLong

    async def _receive(self) -> tuple[Kind, bytes]:
        assert self._process.stdout is not None
        kind, size = ANSWER.unpack(await self._process.stdout.readexactly(ANSWER.size))
        if size > MAX_BODY_BYTES:
            raise ValueError(f"a message of {size} bytes is larger than allowed")
        return Kind(kind), await self._process.stdout.readexactly(size)

    async def end(self) -> None:
        """End the child. May be called twice."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
