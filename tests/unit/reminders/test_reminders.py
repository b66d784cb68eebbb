"""Reminders: set, told once at their time, late when it was missed, cancelled, dismissed."""

import asyncio
from datetime import UTC, datetime

import pytest

from backend.database import Database
from backend.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from backend.reminders.service import MOST_OPEN, TELL, ReminderState
from tests.unit.jobs.waiting import until
from tests.unit.reminders.desk import Desk


async def test_it_is_told_once_at_its_time(desk: Desk) -> None:
    reminder = await desk.set("2026-03-06T17:00")
    await desk.pass_to("2026-03-06T15:59:59")
    assert desk.told == []
    assert await desk.state(reminder) is ReminderState.OPEN
    for moment in ("2026-03-06T16:00:00", "2026-03-06T16:00:01", "2026-03-07T16:00:00"):
        await desk.pass_to(moment)
        await desk.reminders.recover()
    assert desk.told == [
        (
            "ann",
            "call the lab",
            "You wanted to be reminded of this: Friday, 6 March 2026, 17:00 (Europe/Berlin).",
            "#/reminders",
        )
    ]
    told = await desk.reminders.get("ann", reminder.id)
    assert (told.state, told.next_at, told.late) == (ReminderState.TOLD, None, False)
    assert told.due_at == told.told_at == datetime(2026, 3, 6, 16, tzinfo=UTC)


async def test_it_is_told_in_the_users_language(desk: Desk) -> None:
    desk.language = "de_DE"
    await desk.set("2026-03-06T17:00")
    await desk.pass_to("2026-03-06T16:00")
    assert desk.told[0][2] == "Daran wollten Sie erinnert werden: Freitag, 6. März 2026, 17:00 Uhr (Europe/Berlin)."


async def test_a_repeating_one_is_told_every_time_also_over_a_change_of_clocks(desk: Desk) -> None:
    reminder = await desk.set("2026-03-27T09:00", "FREQ=DAILY;COUNT=4")
    for moment in ("2026-03-27T08:00", "2026-03-28T08:00", "2026-03-29T06:59", "2026-03-29T07:00", "2026-03-30T07:00"):
        await desk.pass_to(moment)
    assert [message.partition(": ")[2] for _, _, message, _ in desk.told] == [
        f"{day} March 2026, 09:00 (Europe/Berlin)."
        for day in ("Friday, 27", "Saturday, 28", "Sunday, 29", "Monday, 30")
    ]
    assert await desk.state(reminder) is ReminderState.TOLD


async def test_what_was_missed_is_told_late_once_and_says_so(desk: Desk) -> None:
    once = await desk.set("2026-03-06T17:00")
    await desk.set("2026-03-06T12:00", "FREQ=DAILY", text="tablets")
    desk.restart()
    await desk.pass_to("2026-03-09T09:00")
    assert sorted(desk.told) == [
        (
            "ann",
            "call the lab",
            "You wanted to be reminded of this on Friday, 6 March 2026, 17:00 (Europe/Berlin). "
            "It could not be told at that time.",
            "#/reminders",
        ),
        (
            "ann",
            "tablets",
            "You wanted to be reminded of this on Sunday, 8 March 2026, 12:00 (Europe/Berlin). "
            "It could not be told at that time.",
            "#/reminders",
        ),
    ]
    assert (await desk.reminders.get("ann", once.id)).late
    await desk.pass_to("2026-03-09T11:00")
    assert desk.told[2][2].startswith("You wanted to be reminded of this: Monday, 9 March")


async def test_one_whose_job_was_never_put_is_found_at_the_start(desk: Desk) -> None:
    await desk.set("2026-03-06T17:00")
    desk.now = datetime(2026, 3, 6, 16, tzinfo=UTC)
    (job,) = await desk.ledger.lease("lost", [TELL], 1, 30.0)
    await desk.ledger.done(job)
    await desk.later(0)
    assert desk.told == []
    desk.restart()
    await desk.reminders.recover()
    await desk.later(0)
    assert len(desk.told) == 1


async def test_looking_after_them_does_not_hurry_what_waits_for_another_attempt(desk: Desk) -> None:
    await desk.set("2026-03-06T17:00")
    desk.trouble = Unavailable("away", retry_after=60)
    assert await desk.pass_to("2026-03-06T16:00") == ["Unavailable"]
    desk.trouble = None
    await desk.reminders.recover()
    await desk.later(1)
    assert desk.told == []
    await desk.later(60)
    assert len(desk.told) == 1


async def test_when_nobody_can_be_told_it_stays_due_on_the_page(desk: Desk) -> None:
    once = await desk.set("2026-03-06T17:00")
    daily = await desk.set("2026-03-06T17:00", "FREQ=DAILY")
    desk.trouble = NotAllowed("This user is disabled.")
    assert await desk.pass_to("2026-03-06T16:00") == ["NotAllowed", "NotAllowed"]
    due = await desk.reminders.get("ann", once.id)
    assert (due.state, due.told_at) == (ReminderState.DUE, None)
    assert await desk.state(daily) is ReminderState.DUE
    desk.trouble = None
    await desk.pass_to("2026-03-07T16:00")
    assert len(desk.told) == 1
    assert await desk.state(daily) is ReminderState.OPEN


async def test_for_one_person_the_page_shows_what_is_due_until_it_is_dismissed(database: Database) -> None:
    desk = Desk(database, notifies=False)
    once = await desk.set("2026-03-06T17:00")
    daily = await desk.set("2026-03-06T18:00", "FREQ=DAILY", text="tablets")
    with pytest.raises(Conflict, match="not due"):
        await desk.reminders.dismiss("ann", once.id)
    await desk.pass_to("2026-03-06T16:00")
    found, total = await desk.reminders.list("ann", 0, 10)
    assert ([(one.id, one.state) for one in found], total) == ([(once.id, "due"), (daily.id, "open")], 2)
    assert (await desk.reminders.dismiss("ann", once.id)).state is ReminderState.DISMISSED
    assert (await desk.reminders.dismiss("ann", once.id)).state is ReminderState.DISMISSED
    await desk.pass_to("2026-03-06T17:00")
    assert await desk.state(daily) is ReminderState.DUE
    seen = await desk.reminders.dismiss("ann", daily.id)
    assert (seen.state, seen.next_at) == (ReminderState.OPEN, datetime(2026, 3, 7, 17, tzinfo=UTC))
    await desk.pass_to("2026-03-07T17:00")
    assert await desk.state(daily) is ReminderState.DUE
    await desk.pass_to("2026-03-08T17:00")
    assert (await desk.reminders.get("ann", daily.id)).due_at == datetime(2026, 3, 8, 17, tzinfo=UTC)


async def test_a_cancelled_one_is_not_told_unless_it_is_opened_again(desk: Desk) -> None:
    first, second = await desk.set("2026-03-06T17:00"), await desk.set("2026-03-06T17:00", text="tablets")
    for one in (first, second):
        assert (await desk.reminders.cancel("ann", one.id)).state is ReminderState.CANCELLED
    with pytest.raises(Conflict):
        await desk.reminders.cancel("ann", first.id)
    assert (await desk.reminders.reopen("ann", second.id)).state is ReminderState.OPEN
    with pytest.raises(Conflict):
        await desk.reminders.reopen("ann", second.id)
    await desk.pass_to("2026-03-06T16:00")
    assert [subject for _, subject, _, _ in desk.told] == ["tablets"]
    with pytest.raises(Conflict, match="passed"):
        await desk.reminders.reopen("ann", first.id)


async def test_one_cancelled_while_it_is_told_stays_cancelled(desk: Desk) -> None:
    daily = await desk.set("2026-03-06T17:00", "FREQ=DAILY")

    async def cancel(*_: object, **__: object) -> None:
        await desk.reminders.cancel("ann", daily.id)

    desk.reminders._notify = cancel
    await desk.pass_to("2026-03-06T16:00")
    await desk.pass_to("2026-03-07T16:00")
    assert await desk.state(daily) is ReminderState.CANCELLED


async def test_a_time_that_has_passed_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput) as refused:
        await desk.set("2026-03-06T10:00")
    assert refused.value.field == "moment"
    assert (await desk.set("2026-03-06T09:00", "FREQ=DAILY")).next_at == datetime(2026, 3, 7, 8, tzinfo=UTC)


async def test_nobody_has_more_than_can_be_meant(desk: Desk) -> None:
    for _ in range(MOST_OPEN):
        await desk.set("2026-03-06T17:00")
    with pytest.raises(BadInput, match=str(MOST_OPEN)):
        await desk.set("2026-03-06T17:00")
    await desk.set("2026-03-06T17:00", user="ben")


async def test_others_do_not_see_them(desk: Desk) -> None:
    reminder = await desk.set("2026-03-06T17:00")
    for ask in (
        desk.reminders.get("ben", reminder.id),
        desk.reminders.cancel("ben", reminder.id),
        desk.reminders.reopen("ben", reminder.id),
        desk.reminders.dismiss("ben", reminder.id),
    ):
        with pytest.raises(NotFound):
            await ask
    assert await desk.reminders.list("ben", 0, 10) == ([], 0)
    assert await desk.state(reminder) is ReminderState.OPEN


async def test_a_list_shows_what_comes_next_first_and_what_was_told_last(desk: Desk) -> None:
    late, soon, early = [await desk.set(f"2026-03-06T{hour}:00", text=hour) for hour in ("18", "17", "11")]
    cancelled = await desk.set("2026-03-06T19:00")
    await desk.reminders.cancel("ann", cancelled.id)
    await desk.pass_to("2026-03-06T10:00")
    found, total = await desk.reminders.list("ann", 0, 10)
    assert ([one.id for one in found], total) == ([soon.id, late.id, early.id], 3)
    assert [one.id for one in (await desk.reminders.list("ann", 1, 1))[0]] == [late.id]


async def test_what_is_over_for_long_and_who_is_gone_are_forgotten(desk: Desk) -> None:
    told, still = await desk.set("2026-03-06T17:00"), await desk.set("2026-03-06T17:00", "FREQ=DAILY")
    await desk.set("2026-03-06T17:00", user="ben")
    await desk.pass_to("2026-03-06T16:00")
    await desk.later(31 * 24 * 3600)
    await desk.reminders.recover()
    with pytest.raises(NotFound):
        await desk.reminders.get("ann", told.id)
    assert await desk.state(still) is ReminderState.OPEN
    await desk.reminders.forget_user("ann")
    assert await desk.reminders.list("ann", 0, 10) == ([], 0)


async def test_started_it_tells_by_itself(desk: Desk) -> None:
    await desk.set("2026-03-06T17:00")
    await desk.reminders.start()
    await desk.reminders.start()
    desk.now = datetime(2026, 3, 6, 16, tzinfo=UTC)
    await until(lambda: len(desk.told) == 1)
    await desk.reminders.stop()
    await desk.reminders.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("reminders")]
