"""Workers of a ledger, and what goes on beside them in the same process."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

from backend.jobs.worker import Workers
from backend.trouble import told, where

log = structlog.get_logger(__name__)


class Shift:
    """From `start` to `stop` the workers work, and `beside` runs: a coroutine that ends when it is cancelled.

    `name` is whose work it is ("files").
    """

    def __init__(self, name: str, workers: Workers, beside: Callable[[], Coroutine[object, object, None]]) -> None:
        self._name = name
        self._workers = workers
        self._beside = beside
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def started(self) -> bool:
        """Whether it was started, and not stopped since."""
        return bool(self._tasks)

    def start(self) -> None:
        """Begin; starting twice is fine."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._workers.run(), name=f"{self._name}: work"),
                asyncio.create_task(self._beside(), name=f"{self._name}: beside"),
            ]

    async def stop(self, grace: float = 10.0) -> None:
        """End. Running jobs have `grace` seconds, as in `Workers.stop`; stopping twice is fine."""
        if self._tasks:
            working, beside = self._tasks
            beside.cancel()
            await self._workers.stop(grace)
            await asyncio.gather(working, beside, return_exceptions=True)
            self._tasks = []


async def regularly(do: Callable[[], Awaitable[None]], every: float, name: str) -> None:
    """Do it every so many seconds, for the first time after that time. Trouble is logged with `name`, and passes."""
    while True:
        await asyncio.sleep(every)
        try:
            await do()
        except Exception as error:
            log.warning("jobs.regular_trouble", name=name, error=told(error), where=where(error))
