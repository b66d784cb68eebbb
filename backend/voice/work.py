"""The tasks of a session: started here, none forgotten, all ended with it."""

import asyncio
from collections.abc import Coroutine

import structlog

from backend.trouble import told, where

log = structlog.get_logger(__name__)


class Work:
    """Holds tasks until they are done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Let it run; a crash is logged."""
        task = asyncio.create_task(work, name=f"voice: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        """End all that still run, and wait until they have."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):  # its text may hold what was said
            log.error("voice.crashed", task=task.get_name(), error=told(error), where=where(error))
