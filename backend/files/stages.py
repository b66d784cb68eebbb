"""How many files a stage of the pipeline takes at a time, and how far a file is on its way."""

import asyncio
import time

from backend.files.work import FRESH
from backend.jobs.ledger import Job, Ledger

# Places of each stage, and of the ledger's jobs, that are kept for what somebody changed just now: a page of text does
# not wait until four films' worth of slides are read and embedded.
RESERVED = 1

# Most files are done before anybody sees a progress bar; only of longer work (seconds) is progress recorded.
_TELL_AFTER = 0.5


class Stage:
    """A stage that takes so many files at a time, and `RESERVED` more that are urgent."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._reserved = asyncio.Semaphore(RESERVED)

    def place(self, priority: int) -> asyncio.Semaphore:
        """What a job of this priority waits for."""
        return self._reserved if priority <= FRESH and self._places.locked() else self._places


class Told:
    """Tells how far a job is, once it takes long enough for somebody to wonder."""

    def __init__(self, ledger: Ledger, job: Job) -> None:
        self._ledger = ledger
        self._job = job
        self._began = time.monotonic()

    async def at(self, fraction: float) -> None:
        """This much (0 to 1) is done."""
        if time.monotonic() - self._began >= _TELL_AFTER:
            await self._ledger.progress(self._job, fraction)
