"""The indexer as a child process, and the processes below it."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from backend.nextcloud.demo.server import DemoServer


async def start_indexer(server: DemoServer, storage: Path, models: Path) -> asyncio.subprocess.Process:
    """Start an indexer of the server's files and return when it works."""
    await asyncio.to_thread(storage.mkdir, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.files.indexer"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    given = {
        "url": server.url,
        "user": server.user_id,
        "password": server.password,
        "storage": str(storage),
        "models": str(models),
    }
    process.stdin.write(json.dumps(given).encode() + b"\n")
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    assert line == b"ready\n", "the indexer does not start; its own message stands above"
    return process


async def stop_indexer(process: asyncio.subprocess.Process) -> None:
    """End it in an orderly way."""
    process.terminate()
    await asyncio.wait_for(process.wait(), 30)


def children(pid: int, module: str) -> list[int]:
    """Process ids below `pid` that run this Python module."""
    return [child for child, command in _below(pid) if module in command]


def _below(pid: int) -> Iterator[tuple[int, str]]:
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            inside = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it ended while we looked
        for child in inside:
            try:
                command = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            yield child, command
            yield from _below(child)
