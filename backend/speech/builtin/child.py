"""One child process as the recogniser sees it: started, asked, ended."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import msgspec

from backend.errors import Unavailable
from backend.speech.builtin import wire

_WORKER = "backend.speech.builtin.worker"
_ROOT = Path(__file__).resolve().parents[3]
# On a machine that is busy with other things.
_START_SECONDS = 30.0
# A piece of sound takes a tenth of a second, a vocabulary of thousands of names some. Beyond this a child hangs.
_ANSWER_SECONDS = 60.0
_MAKE_SECONDS = 300.0

_answers = msgspec.msgpack.Decoder(wire.Answer)


class Child:
    """A running child. `utterances` is how many are being heard in it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._line = asyncio.Lock()
        self._asking: set[asyncio.Task[wire.Answer]] = set()
        self.utterances = 0

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
        """Start a child. Raises `Unavailable` when it does not come up."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", _WORKER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env={"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            )
        except OSError as error:
            raise Unavailable(f"The built-in speech recognition could not be started ({error}).") from error
        child = cls(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child._receive()
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            await child.end()
            raise Unavailable("The built-in speech recognition did not start.") from error
        except BaseException:
            await child.end()
            raise
        return child

    async def ask(self, request: wire.Request) -> wire.Answer:
        """Have something done. Raises `Unavailable` when the child has died, hangs or failed.

        Who is cancelled while waiting leaves the child usable: nothing was asked yet, or the answer is taken for them.
        """
        await self._line.acquire()
        task = asyncio.create_task(self._ask(request), name="speech: a request to the recognition")
        self._asking.add(task)
        task.add_done_callback(self._asked)
        answer = await asyncio.shield(task)
        if answer.error:
            raise Unavailable(f"The built-in speech recognition failed ({answer.error}).")
        return answer

    def _asked(self, task: asyncio.Task[wire.Answer]) -> None:
        self._line.release()
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone

    async def _ask(self, request: wire.Request) -> wire.Answer:
        try:
            if not self.alive:
                raise EOFError
            async with asyncio.timeout(_MAKE_SECONDS if isinstance(request, wire.Make) else _ANSWER_SECONDS):
                assert self._process.stdin is not None
                self._process.stdin.write(wire.framed(request))
                await self._process.stdin.drain()
                return await self._receive()
        except (OSError, EOFError, TimeoutError, ValueError) as error:  # a msgspec error is a ValueError
            await self.end()
            raise Unavailable("The built-in speech recognition broke off. Please say it again.") from error

    async def _receive(self) -> wire.Answer:
        assert self._process.stdout is not None
        (length,) = wire.LENGTH.unpack(await self._process.stdout.readexactly(wire.LENGTH.size))
        if length > wire.MAX_MESSAGE_BYTES:
            raise ValueError(f"a message of {length} bytes is larger than allowed")
        return _answers.decode(await self._process.stdout.readexactly(length))

    async def end(self) -> None:
        """End the child. May be called twice."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
