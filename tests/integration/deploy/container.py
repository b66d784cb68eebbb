"""The container's entry point without a container: `deploy/start.sh` as a user without rights, over a scratch folder.

A test run by root gives up root's capabilities for it, so that it may do no more than another user with its own files.
It leaves unproved what only a container engine does: mounting the volume, the image's own user and files, process 1.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.appapi import SECRET

ROOT = Path(__file__).parents[3]
START = ROOT / "deploy/start.sh"

_UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs") if os.geteuid() == 0 else ()
_KEPT = ("LANG", "LC_ALL")
_READY_SECONDS = 60.0
# Docker kills what has not ended 10 s after SIGTERM.
STOP_SECONDS = 10.0


@dataclass
class Container:
    """What runs. `output` is complete once it has ended."""

    process: asyncio.subprocess.Process
    environment: dict[str, str]
    output: str = ""

    async def healthy(self) -> bool:
        """What the image's health check says."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ex_app.heartbeat", env=self.environment, cwd=ROOT
        )
        return await process.wait() == 0

    async def ready(self) -> None:
        """Wait until the health check is content."""
        async with asyncio.timeout(_READY_SECONDS):
            while not await self.healthy():
                assert self.process.returncode is None, f"it ended by itself: {await self.ended()}"
                await asyncio.sleep(0.1)

    async def ended(self, seconds: float = _READY_SECONDS) -> int:
        """Wait for its end, by itself or by a signal, and give the exit code."""
        out, _ = await asyncio.wait_for(self.process.communicate(), seconds)
        self.output += out.decode()
        return self.process.returncode or 0

    async def stop(self) -> tuple[int, float]:
        """Send SIGTERM as an engine does; the exit code, and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(STOP_SECONDS), time.monotonic() - began


@asynccontextmanager
async def container(storage: Path, programs: Path, nextcloud: str, **settings: str) -> AsyncIterator[Container]:
    """Start it as AppAPI does. `programs` come first on its PATH (for a stand-in of frpc)."""
    environment = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/nonexistent",
        "APP_ID": "voiceassist",
        "APP_SECRET": SECRET,
        "APP_HOST": "127.0.0.1",
        "APP_PERSISTENT_STORAGE": str(storage),
        "NEXTCLOUD_URL": nextcloud,
        "AA_VERSION": "34.0.0",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *_UNPRIVILEGED,
        START,
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield Container(process, environment)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
