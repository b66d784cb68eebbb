"""The sample server as a child process: started, watched, started again when it dies, and ended with its parent."""

import asyncio
import contextlib
import json
import secrets
import socket
import sys
from pathlib import Path
from typing import Self

import structlog

from backend.errors import Unavailable
from backend.nextcloud.demo.browse import link_path
from backend.nextcloud.demo.dialect import USER
from backend.nextcloud.demo.listening import listening_socket
from backend.nextcloud.demo.samples import SAMPLES
from backend.nextcloud.webdav import WebDavSource

log = structlog.get_logger(__name__)

_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0
# Pauses before it is started again, in seconds; the last one repeats.
_PAUSES = (0.1, 0.5, 2.0, 5.0)
# A server that ran for this long was healthy: the pauses begin anew.
_HEALTHY = 30.0


class DemoServer:
    """The sample server over `storage/files`.

    We hold the listening socket: while a child that died is started again, requests wait instead of being refused.
    The port of the last time is taken again when it is free, so that links kept in conversations go on working.
    """

    def __init__(self, storage: Path, *, samples: Path | None = SAMPLES) -> None:
        self.folder = storage.absolute() / "files"
        self._state = storage.absolute() / "state"
        self._samples = samples
        self._password = secrets.token_urlsafe(24)
        self._link_secret = b""
        self._listener: socket.socket | None = None
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its address, once started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def user_id(self) -> str:
        """The one user that it has."""
        return USER

    @property
    def password(self) -> str:
        """A new one in every process of ours."""
        return self._password

    @property
    def pid(self) -> int | None:
        """The process id of the child, while there is one."""
        return self._process.pid if self._process else None

    def link(self, file_id: int, path: str) -> str:
        """The address that opens this file in a browser."""
        return f"{self.url}{link_path(self._link_secret, file_id)}"

    def source(self) -> WebDavSource:
        """A new source of its files."""
        return WebDavSource(self.url, USER, self._password, link=self.link)

    async def start(self) -> None:
        """Start it and return when it serves. Raises `Unavailable` when it does not come up."""
        port, self._link_secret = await asyncio.to_thread(self._remembered)
        try:
            self._listener = listening_socket(port)
        except (OSError, OverflowError):  # taken, or no port number at all
            self._listener = listening_socket(0)
        self._port = self._listener.getsockname()[1]
        try:
            await self._spawn(self._listener)
        except BaseException:
            await self.stop()
            raise
        await asyncio.to_thread(self._remember)
        self._watch = asyncio.create_task(self._keep_running(self._listener))

    async def stop(self) -> None:
        """End it."""
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        await self._end()
        if self._listener:
            self._listener.close()
            self._listener = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _keep_running(self, listener: socket.socket) -> None:
        clock = asyncio.get_running_loop().time
        failures = 0
        while True:
            started = clock()
            if self._process:
                status = await self._process.wait()
                log.warning("sample server ended, starting it again", status=status)
            failures = 0 if clock() - started > _HEALTHY else failures + 1
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES)) - 1] if failures else 0)
            try:
                await self._spawn(listener)
            except Unavailable as error:
                log.warning("sample server does not start", reason=error.message)

    async def _spawn(self, listener: socket.socket) -> None:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend.nextcloud.demo",
            "--parent",
            *("--folder", str(self.folder)),
            *("--state", str(self._state)),
            *("--socket", str(listener.fileno())),
            *(("--samples", str(self._samples)) if self._samples else ()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(listener.fileno(),),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        given = {"password": self._password, "link_secret": self._link_secret.hex()}
        try:
            process.stdin.write(json.dumps(given).encode() + b"\n")
            line = await asyncio.wait_for(process.stdout.readline(), _START_TIMEOUT)
            if not line:
                raise EOFError
        except (OSError, TimeoutError, EOFError) as error:
            await self._end()
            raise Unavailable("The sample server does not start; it says why on standard error.") from error
        except asyncio.CancelledError:
            await self._end()
            raise

    async def _end(self) -> None:
        """Closing its standard input ends it; if it hangs, a signal does."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _remembered(self) -> tuple[int, bytes]:
        """The port of the last time and the secret in links."""
        try:
            kept = json.loads((self._state / "server.json").read_text())
            return int(kept["port"]), bytes.fromhex(kept["link_secret"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, secrets.token_bytes(16)

    def _remember(self) -> None:
        place = self._state / "server.json"
        place.touch(mode=0o600)
        place.write_text(json.dumps({"port": self._port, "link_secret": self._link_secret.hex()}))
