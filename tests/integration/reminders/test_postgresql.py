"""The table and statements of reminders on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from backend.database import Base, Database
from backend.jobs.tables import JobRow
from backend.reminders.service import ReminderState
from backend.reminders.tables import ReminderRow
from tests.unit.reminders.desk import Desk


@pytest.fixture
async def desk(postgres_url: str) -> AsyncIterator[Desk]:
    database = Database(postgres_url)
    tables = [Base.metadata.tables[row.__tablename__] for row in (ReminderRow, JobRow)]
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=tables)
    yield Desk(database)
    await database.close()


async def test_reminders_are_set_listed_told_cancelled_dismissed_and_forgotten(desk: Desk) -> None:
    late, daily, early = [
        await desk.set(f"2026-03-06T{hour}:00", rule, text=hour)
        for hour, rule in (("18", None), ("17", "FREQ=DAILY"), ("11", None))
    ]
    await desk.pass_to("2026-03-06T10:00")
    found, total = await desk.reminders.list("ann", 0, 10)
    assert ([one.id for one in found], total) == ([daily.id, late.id, early.id], 3)
    await desk.reminders.cancel("ann", late.id)
    await desk.reminders.reopen("ann", late.id)
    await desk.pass_to("2026-03-06T17:00")
    await desk.reminders.recover()
    assert sorted(subject for _, subject, _, _ in desk.told) == ["11", "17", "18"]
    assert (await desk.reminders.dismiss("ann", early.id)).state is ReminderState.DISMISSED
    await desk.reminders.forget_user("ann")
    assert await desk.reminders.list("ann", 0, 10) == ([], 0)
