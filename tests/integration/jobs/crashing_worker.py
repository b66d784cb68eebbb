"""A worker process for `test_kill.py`: writes each job's key and version to a file, slowly, until it is killed."""

import asyncio
import sys
from pathlib import Path

from backend.database import Database
from backend.jobs.ledger import Job
from backend.jobs.sql import SqlLedger
from backend.jobs.worker import Workers


class Writer:
    """The effect of a job: a line in a file, as idempotent as a set of lines is."""

    def __init__(self, out: Path) -> None:
        self._out = out

    async def run(self, job: Job) -> None:
        await asyncio.sleep(0.01)
        with self._out.open("a") as lines:
            lines.write(f"{job.key} {job.payload['version']}\n")

    async def failed(self, job: Job) -> None:
        raise AssertionError(f"{job.key} failed: {job.reason}")


async def main(url: str, out: str) -> None:
    database = Database(url)
    await Workers(SqlLedger(database), {"k": (Writer(Path(out)), 4)}, lease=0.5, poll=0.05).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
