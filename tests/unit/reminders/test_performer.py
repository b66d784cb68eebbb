"""Reminders as actions: what their cards say, and what is done when they are confirmed."""

from dataclasses import replace
from datetime import datetime

import pytest

from backend.actions.action import Action, Draft, State
from backend.actions.service import Actions
from backend.errors import BadInput, Conflict
from backend.reminders.performer import ReminderPerformer
from backend.reminders.service import ReminderState
from tests.unit.reminders.desk import START, Desk

FIVE = datetime(2026, 3, 6, 17)


@pytest.fixture
def performer(desk: Desk) -> ReminderPerformer:
    return ReminderPerformer(desk.reminders, lambda: desk.now)


@pytest.fixture
def actions(desk: Desk, performer: ReminderPerformer) -> Actions:
    return Actions(desk.database, desk.ledger, [performer], alone=True, now=lambda: desk.now)


async def done(actions: Actions, draft: Draft) -> Action:
    (action,) = await actions.propose("ann", [draft])
    return await actions.confirm("ann", action.id, "yes")


async def test_remind_me_at_five_is_set_told_and_read_back(
    desk: Desk, performer: ReminderPerformer, actions: Actions
) -> None:
    draft = performer.draft_set("call the lab", FIVE, "Europe/Berlin")
    assert draft.sentence == "Remind you on Friday, 6 March 2026 at 17:00 (Europe/Berlin): call the lab"
    assert [(one.name, one.kind, one.value, one.editable) for one in draft.fields] == [
        ("text", "text", "call the lab", True),
        ("moment", "moment", "2026-03-06T17:00", True),
        ("zone", "zone", "Europe/Berlin", True),
    ]
    action = await done(actions, draft)
    assert action.performed is not None
    assert action.performed.said == (
        "You will be reminded on Friday, 6 March 2026 at 17:00 (Europe/Berlin): call the lab"
    )
    await desk.pass_to("2026-03-06T16:00")
    assert [subject for _, subject, _, _ in desk.told] == ["call the lab"]


async def test_a_repeating_one_says_how_often(performer: ReminderPerformer) -> None:
    draft = performer.draft_set("tablets", datetime(2026, 3, 9, 8), "Europe/Berlin", "FREQ=WEEKLY;BYDAY=MO")
    assert draft.sentence == (
        "Remind you every week on Monday at 08:00 (Europe/Berlin), first on Monday, 9 March 2026: tablets"
    )
    assert (draft.fields[3].value, draft.fields[3].editable) == ("FREQ=WEEKLY;BYDAY=MO", False)


async def test_an_edited_card_is_checked_and_said_anew(performer: ReminderPerformer, actions: Actions) -> None:
    (action,) = await actions.propose("ann", [performer.draft_set("call", FIVE, "Europe/Berlin")])
    edited = await actions.edit("ann", action.id, {"zone": "America/New_York", "text": "call Bob"})
    assert edited.draft.sentence == "Remind you on Friday, 6 March 2026 at 17:00 (America/New_York): call Bob"
    for values, field in (
        ({"moment": "2026-03-06T03:00"}, "moment"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 501}, "text"),
    ):
        with pytest.raises(BadInput) as refused:
            await actions.edit("ann", action.id, dict(values))
        assert refused.value.field == field


async def test_a_time_that_the_clocks_skip_is_warned_of(performer: ReminderPerformer) -> None:
    draft = performer.draft_set("call", datetime(2026, 3, 29, 2, 30), "Europe/Berlin")
    assert draft.warnings == ("The clocks skip this time in Europe/Berlin: it will be 03:30.",)
    assert "at 03:30" in draft.sentence
    assert performer.draft_set("call", datetime(2026, 3, 28, 2, 30), "Europe/Berlin").warnings == ()


async def test_setting_is_taken_back_by_cancelling(desk: Desk, performer: ReminderPerformer, actions: Actions) -> None:
    action = await done(actions, performer.draft_set("call", FIVE, "Europe/Berlin"))
    undone = await actions.undo("ann", action.id)
    assert undone.state is State.UNDONE
    await desk.pass_to("2026-03-06T16:00")
    assert desk.told == []


async def test_cancelling_is_taken_back_by_opening_again(
    desk: Desk, performer: ReminderPerformer, actions: Actions
) -> None:
    reminder = await desk.set("2026-03-06T17:00", "FREQ=DAILY")
    draft = performer.draft_cancel(reminder)
    assert draft.sentence == (
        "Cancel the reminder “call the lab”: every day at 17:00 (Europe/Berlin), next on Friday, 6 March 2026"
    )
    assert not any(one.editable for one in draft.fields)
    assert await performer.check("ann", draft) == draft
    action = await done(actions, draft)
    assert await desk.state(reminder) is ReminderState.CANCELLED
    await actions.undo("ann", action.id)
    assert await desk.state(reminder) is ReminderState.OPEN
    await desk.pass_to("2026-03-06T16:00")
    assert len(desk.told) == 1


async def test_what_is_over_cannot_be_cancelled(desk: Desk, performer: ReminderPerformer, actions: Actions) -> None:
    reminder = await desk.set("2026-03-06T17:00")
    draft = performer.draft_cancel(reminder)
    await desk.pass_to("2026-03-06T16:00")
    action = await done(actions, draft)
    assert action.state is State.FAILED
    with pytest.raises(Conflict):
        performer.draft_cancel(await desk.reminders.get("ann", reminder.id))


async def test_what_was_done_is_found_by_its_key(desk: Desk, performer: ReminderPerformer) -> None:
    draft = performer.draft_set("call", FIVE, "Europe/Berlin")
    action = Action("a", "ann", "g", draft, "k" * 32, State.DOING, START)
    assert await performer.find(action) is None
    performed = await performer.perform(action)
    assert await performer.find(action) == performed
    await desk.pass_to("2026-03-06T16:00")
    assert await performer.find(action) == performed, "told since, it was set all the same"
    reminder = await desk.set("2026-03-07T17:00")
    cancelling = replace(action, draft=performer.draft_cancel(reminder), key="c" * 32)
    assert await performer.find(cancelling) is None
    performed = await performer.perform(cancelling)
    assert await performer.find(cancelling) == performed
