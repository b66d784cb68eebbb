"""VoiceAssist as an ExApp in a process of its own, `python -m ex_app`, and requests as AppAPI passes them on."""

import asyncio
import base64
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.servers import model
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[2]
APP_ID, VERSION, AA_VERSION = "voiceassist", "0.1.0", "34.0.0"

# On a machine that is busy with other tests.
_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_KEPT = ("PATH", "HOME")


class ExApp:
    """The process that AppAPI calls, over the Nextcloud at `url`. Its log is kept, to be looked through.

    `app` is another id than the usual one, for a second app beside it. `settings` are set at each start.
    """

    def __init__(self, storage: Path, url: str, secret: str = "", app: str = APP_ID, **settings: str) -> None:
        self.storage = storage
        self.url = url
        self.app = app
        self.settings = settings
        self.secret = secret or secrets.token_urlsafe(32)
        self.port = 0
        self.process: asyncio.subprocess.Process | None = None

    @property
    def log_path(self) -> Path:
        """Where the log is kept."""
        return self.storage / "log"

    @property
    def log(self) -> str:
        """All that was logged so far."""
        return self.log_path.read_text()

    @property
    def address(self) -> str:
        """Where the process itself listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, **settings: str) -> None:
        """Start it, on the port that it had before if it had one, and return when it answers."""
        self.port = self.port or free_port()
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ex_app",
                cwd=ROOT,
                env={
                    **{name: os.environ[name] for name in _KEPT if name in os.environ},
                    "APP_ID": self.app,
                    "APP_VERSION": VERSION,
                    "AA_VERSION": AA_VERSION,
                    "APP_SECRET": self.secret,
                    "APP_PORT": str(self.port),
                    "NEXTCLOUD_URL": self.url,
                    "APP_PERSISTENT_STORAGE": str(self.storage / "data"),
                    "MODEL_STORAGE": model.home(),
                    **self.settings,
                    **settings,
                },
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), _START_SECONDS)).decode()
        assert "ready" in line, self.log
        self.port = int(line.rsplit(":", 1)[1])

    async def stop(self) -> None:
        """End it in an orderly way."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)

    async def register(self, port: int = 0) -> None:
        """Make it known to a real Nextcloud, by OCC, and enable it. `port` is where to call it, if not directly."""
        process = await asyncio.create_subprocess_exec(
            "deploy/register",
            cwd=ROOT,
            env={
                **os.environ,
                "NEXTCLOUD_URL": self.url,
                "APP_ID": self.app,
                "APP_SECRET": self.secret,
                "APP_PORT": str(port or self.port),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    def headers(self, user: str) -> dict[str, str]:
        """What AppAPI adds to a request of this user; "" is Nextcloud itself."""
        return {
            "AUTHORIZATION-APP-API": base64.b64encode(f"{user}:{self.secret}".encode()).decode(),
            "EX-APP-ID": self.app,
            "X-Requested-With": APP_ID,
        }

    async def call(self, http: httpx.AsyncClient, user: str, method: str, path: str, **given: Any) -> httpx.Response:
        """A request of this user."""
        return await http.request(method, f"{self.address}{path}", headers=self.headers(user), **given)
