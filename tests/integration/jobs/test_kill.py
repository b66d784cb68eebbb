"""`kill -9` of a worker process loses no job, whenever it comes."""

import asyncio
import random
import signal
import sys
from functools import partial
from pathlib import Path

from backend.database import Database
from backend.jobs.ledger import JobState, NewJob
from backend.jobs.sql import SqlLedger
from tests.unit.jobs.waiting import until

JOBS = 150
KILLS = 4


async def start(url: str, out: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.jobs.crashing_worker", url, str(out)
    )


def has_lines(out: Path, number: int) -> bool:
    return len(out.read_text().splitlines()) >= number


async def test_every_job_is_done_although_its_worker_is_killed_again_and_again(
    records: Database, tmp_path: Path
) -> None:
    ledger = SqlLedger(records)
    out = tmp_path / "done.txt"
    out.touch()
    await ledger.put([NewJob("k", str(n), "ann", {"version": 1}) for n in range(JOBS)])
    moments = random.Random(7)
    for kill in range(KILLS):
        worker = await start(records.url, out)
        await until(partial(has_lines, out, (kill + 1) * 12), seconds=30)
        # A change of some jobs, in whatever state they are at that moment, and then the end.
        await ledger.put([NewJob("k", str(n), "ann", {"version": kill + 2}) for n in range(kill, JOBS, 10)])
        await asyncio.sleep(moments.uniform(0, 0.05))
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    assert (await ledger.counts())[JobState.DONE] < JOBS, "the kills came too late to prove anything"

    worker = await start(records.url, out)

    async def all_done() -> bool:
        return (await ledger.counts())[JobState.DONE] == JOBS

    await until(all_done, seconds=60)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()

    newest = dict.fromkeys(range(JOBS), 1)
    for kill in range(KILLS):
        newest.update(dict.fromkeys(range(kill, JOBS, 10), kill + 2))
    done = {tuple(map(int, line.split())) for line in out.read_text().splitlines()}
    assert {(n, version) for n, version in newest.items()} <= done
