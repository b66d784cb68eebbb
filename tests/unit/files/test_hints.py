"""Hints over a real ledger: what is recorded, and what needs no record."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.database import Database
from backend.files.hints import LOOK, Hints, Looks
from backend.jobs.ledger import JobState
from backend.jobs.sql import SqlLedger
from backend.jobs.worker import Workers
from tests.unit.jobs.waiting import until


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ledger(database: Database) -> SqlLedger:
    return SqlLedger(database)


async def puts(ledger: SqlLedger, user: str = "ann") -> int:
    """How often a look at this user's files was recorded."""
    found = await ledger.find(LOOK, [user])
    return found[user].generation if found else 0


async def test_a_look_that_is_recorded_and_has_not_begun_covers_the_hints_of_a_burst(
    database: Database, ledger: SqlLedger
) -> None:
    clock = Seconds()
    hints = Hints(database, ledger, clock)
    for number in range(10):
        await hints.put("ann", f"/{number}.txt")
    await hints.put("ben", "/1.txt")
    assert (await puts(ledger), await puts(ledger, "ben")) == (1, 1)
    # So late that the look may have begun by the time it is said to cover this.
    clock.now += 0.27
    await hints.put("ann", "/late.txt")
    await hints.put("ann", "/later.txt")
    assert await puts(ledger) == 3


async def test_a_look_covers_nothing_that_happens_after_it_began(database: Database, ledger: SqlLedger) -> None:
    clock = Seconds()
    hints = Hints(database, ledger, clock)
    await hints.put("ann", "/1.txt")
    hints.begun("ann")
    await hints.put("ann", "/2.txt")
    assert await puts(ledger) == 2


@pytest.fixture
async def looked(database: Database, ledger: SqlLedger) -> AsyncIterator[tuple[Hints, list[str]]]:
    """Hints that are acted on, and whose files were looked at."""
    hints, woken = Hints(database, ledger), []  # type: tuple[Hints, list[str]]
    workers = Workers(ledger, {LOOK: (Looks(hints, woken.append), 4)})
    running = asyncio.create_task(workers.run())
    yield hints, woken
    await workers.stop()
    await running


async def test_after_every_hint_of_a_stream_there_is_a_look(looked: tuple[Hints, list[str]], ledger: SqlLedger) -> None:
    hints, woken = looked
    for number in range(60):
        before = len(woken)
        await hints.put("ann", f"/{number}.txt")
        if number % 20 == 19:
            await until(lambda before=before: len(woken) > before)  # type: ignore[misc]
        await asyncio.sleep(0.01)

    async def all_done() -> bool:
        return (await ledger.counts(LOOK))[JobState.WAITING] == 0

    await until(all_done)
    assert len(woken) < 10, "most of a stream is gathered"
