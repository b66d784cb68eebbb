"""`kill -9` while a reminder is told: it is told all the same, and at most once more."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from backend.database import Database
from backend.jobs.sql import SqlLedger
from backend.reminders.schedule import Schedule
from backend.reminders.service import Reminders, ReminderState
from tests.integration.actions.notes import NotesServer
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def phone() -> Iterator[NotesServer]:
    """Where reminders are told: it counts what it was told."""
    with NotesServer() as server:
        yield server


async def start(records: Database, phone: NotesServer, point: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.reminders.mortal", records.url, phone.url, point,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def kill(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()


@pytest.mark.parametrize(("point", "times"), [("before", 1), ("after", 2)])
async def test_killed_while_it_is_told_it_is_told_and_at_most_twice(
    database: Database, phone: NotesServer, point: str, times: int
) -> None:
    reminders = Reminders(database, SqlLedger(database))
    soon = (datetime.now(UTC) + timedelta(seconds=1)).replace(tzinfo=None, microsecond=0)
    reminder = await reminders.set("ann", "tablets", Schedule.of(soon.isoformat(), "UTC", None), "key")
    process = await start(database, phone, point)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    await kill(process)
    process = await start(database, phone, "nowhere")

    async def told() -> bool:
        return (await reminders.get("ann", reminder.id)).state is ReminderState.TOLD

    await until(told, seconds=30)
    await kill(process)
    assert phone.puts["tablets"] == times
