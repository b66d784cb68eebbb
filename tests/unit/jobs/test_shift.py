"""Workers and what goes on beside them, started and stopped together."""

import asyncio
from contextlib import suppress

import pytest

from backend.database import Database
from backend.jobs.ledger import Job, NewJob
from backend.jobs.shift import Shift, regularly
from backend.jobs.sql import SqlLedger
from backend.jobs.worker import Workers
from tests.unit.jobs.waiting import until


class Beside:
    """Goes on until it is cancelled, and does the jobs as well."""

    def __init__(self) -> None:
        self.running = 0
        self.done: list[str] = []

    async def go_on(self) -> None:
        self.running += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.running -= 1

    async def run(self, job: Job) -> None:
        self.done.append(job.key)

    async def failed(self, job: Job) -> None:
        raise AssertionError(job)


async def test_both_go_on_until_they_are_stopped_and_may_be_started_again(database: Database) -> None:
    ledger, beside = SqlLedger(database), Beside()
    shift = Shift("test", Workers(ledger, {"k": (beside, 1)}), beside.go_on)
    await shift.stop()
    for key in ("a", "b"):
        shift.start()
        shift.start()
        assert shift.started
        await ledger.put([NewJob("k", key, "ann")])
        await until(lambda key=key: key in beside.done and beside.running == 1)  # type: ignore[misc]
        await shift.stop()
        await shift.stop()
        assert not shift.started
        assert beside.running == 0
    await ledger.put([NewJob("k", "after", "ann")])
    assert beside.done == ["a", "b"]


async def test_trouble_is_logged_without_its_text_and_the_next_time_comes(capsys: pytest.CaptureFixture[str]) -> None:
    times = 0

    async def do() -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise OSError("the letter to Mr Smith")

    task = asyncio.create_task(regularly(do, 0.01, "letters"))
    await until(lambda: times >= 3)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    logged = capsys.readouterr().out
    assert logged.count("jobs.regular_trouble") == 1
    assert "OSError" in logged
    assert "Smith" not in logged
