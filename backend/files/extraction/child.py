"""One child process as the pool sees it: started, asked, timed, ended."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backend.files.extraction import wire
from backend.files.extraction.extracted import Page, page_from
from backend.files.extraction.limits import Limits

_WORKER = "backend.files.extraction.worker"
_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 30.0  # on a machine that is busy with other things
# Parsed beside the event loop from this size on, so that a long document does not hold up requests.
_LARGE_MESSAGE = 256 * 1024
_OCR_GRACE = 5.0  # seconds that a page may take beyond tesseract's own limit, to be drawn and sent


class ChildDied(Exception):
    """The child ended or stopped making sense in the middle of a file."""

    def __init__(self, signal_number: int | None) -> None:
        super().__init__(f"signal {signal_number}")
        self.signal_number = signal_number


class OutOfTime(Exception):
    """The file took longer than allowed; the child has been ended."""


@dataclass(slots=True)
class Answer:
    """What a child has said about a file so far; kept when it dies halfway."""

    format: str = "unknown"
    pages: list[Page] = field(default_factory=list)
    reason: str | None = None
    error: str | None = None


class Child:
    """A running child. `resident` is its memory in bytes after the last file, `served` the number of files."""

    def __init__(self, process: asyncio.subprocess.Process, scratch: Path, clock: Callable[[], float]) -> None:
        self._process = process
        self._scratch = scratch
        self._clock = clock
        self.resident = 0
        self.served = 0
        self.idle_since = clock()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.returncode is None

    @classmethod
    async def start(cls, limits: Limits, clock: Callable[[], float] = time.monotonic) -> "Child":
        """Start a child in a session of its own, so that it can be ended with the programs that it started.

        Raises `OSError`, `EOFError` or `TimeoutError` when it does not come up.
        """
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="voiceassist-extract-"))
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", _WORKER, str(limits.memory_bytes)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                cwd=scratch,
                env=_environment(scratch),
            )
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            raise
        child = cls(process, scratch, clock)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await child._receive()
        except BaseException:
            await child.end()
            raise
        return child

    async def read(
        self, path: Path, name: str, mime: str | None, limits: Limits, answer: Answer, sound: Path | None = None
    ) -> None:
        """Have the file read; fills `answer` as its parts arrive.

        `path` and `sound` must be absolute. Raises `ChildDied` or `OutOfTime`; the child has ended then.
        """
        request: wire.Message = {
            "path": str(path),
            "name": name,
            "mime": mime,
            "scratch": str(self._scratch),
            "sound": str(sound) if sound else None,
            "limits": limits.message(),
        }
        try:
            await self._send(wire.encode(request))
            await self._collect(limits, answer)
        except TimeoutError as error:
            await self.end()
            raise OutOfTime from error
        except (OSError, EOFError, ValueError) as error:  # EOFError covers asyncio.IncompleteReadError
            await self.end()
            code = self._process.returncode
            raise ChildDied(-code if code is not None and code < 0 else None) from error
        except BaseException:  # cancelled: what it still sends would be taken for the next file's answer
            await self.end()
            raise
        self.served += 1
        self.idle_since = self._clock()

    async def _collect(self, limits: Limits, answer: Answer) -> None:
        """Take messages until the file is done, with one clock for reading and one for text recognition."""
        reading_left, ocr_left = limits.seconds, limits.seconds * limits.ocr_factor
        in_ocr = False
        while True:
            allowed = min(ocr_left, limits.ocr_page_seconds + _OCR_GRACE) if in_ocr else reading_left
            began = self._clock()
            # Not wait_for, which in Python 3.11 may swallow a cancellation that arrives together with a message.
            async with asyncio.timeout(max(0.0, allowed)):
                message = await self._receive()
            spent = self._clock() - began
            if in_ocr:
                ocr_left -= spent
            else:
                reading_left -= spent
            in_ocr = "ocr" in message
            if "page" in message:
                answer.pages.append(page_from(message["page"]))
            elif "format" in message:
                answer.format = str(message["format"])
            elif "done" in message:
                reason, error, resident = (message.get(key) for key in ("reason", "error", "resident"))
                answer.reason = reason if isinstance(reason, str) else None
                answer.error = error if isinstance(error, str) else None
                self.resident = resident if isinstance(resident, int) else 0
                return

    async def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    async def _receive(self) -> wire.Message:
        assert self._process.stdout is not None
        (length,) = wire.LENGTH.unpack(await self._process.stdout.readexactly(wire.LENGTH.size))
        if length > wire.MAX_MESSAGE_BYTES:
            raise ValueError(f"a message of {length} bytes is larger than allowed")
        body = await self._process.stdout.readexactly(length)
        if length > _LARGE_MESSAGE:
            return await asyncio.to_thread(wire.decode, body)
        return wire.decode(body)

    async def end(self) -> None:
        """End the child and what it started, and remove its scratch folder. May be called twice."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
        await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)


def _environment(scratch: Path) -> dict[str, str]:
    """A child's environment: no secrets, only what it needs to find programs and to stay small."""
    inherited = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    return inherited | {
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "TMPDIR": str(scratch),
        "MALLOC_ARENA_MAX": "1",  # each arena takes 64 MB of the address space that is limited
    }
