"""The whole product as its users start it: `voiceassist serve` in a process of its own, on a free port."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.servers import model

# On a machine that is busy with other tests.
_START_SECONDS = 90.0
_STOP_SECONDS = 20.0

# Nothing of the tester's own settings.
_KEPT = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL")

PROGRAM = Path(sys.executable).with_name("voiceassist")


@asynccontextmanager
async def product(storage: Path, **settings: str) -> AsyncIterator[str]:
    """Start it over `storage` with these settings (by environment variable) and give its address.

    It is on a free port, or on APP_PORT. The model is there already; with an empty MODEL_STORAGE it prepares it itself.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "serve",
        "--port",
        settings.get("APP_PORT", "0"),
        env={**kept, "APP_PERSISTENT_STORAGE": str(storage), "MODEL_STORAGE": model.home(), **settings},
        cwd=storage,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        address = re.search(rb"http://\S+", line)
        assert address, f"it did not say that it is ready: {line!r}"
        yield address[0].decode()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
                raise


async def all_indexed(address: str, seconds: float = 120.0) -> dict[str, object]:
    """Wait until nothing waits to be indexed any more; returns the summary."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client, asyncio.timeout(seconds):
        while True:
            summary: dict[str, object] = (await client.get("/api/v1/files/summary")).json()["data"]
            if summary["total"] and not summary["waiting"] and not summary["running"] and not summary["crawling"]:
                return summary
            await asyncio.sleep(0.2)
