"""Actions from the proposal to the undo, over a board that does what the test says."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.actions.action import Action, State
from backend.actions.execution import FIND, PERFORM, Patience
from backend.actions.journal import Journal
from backend.actions.limits import CONFIRMED, OUTGOING
from backend.actions.tables import ActionRow
from backend.database import Database
from backend.errors import BadInput, Broken, Conflict, NotAllowed, NotFound, RateLimited, Unavailable
from backend.jobs.ledger import NewJob
from tests.unit.actions.board import DELAY, PATIENCE, SEND, Board, World, note
from tests.unit.jobs.waiting import until


async def confirmed(world: World, kind: str = "notes.put", user: str = "ann") -> Action:
    (action,) = await world.propose(note(kind=kind), user=user)
    return await world.actions.confirm(user, action.id, "k1")


async def test_nothing_is_done_before_it_is_confirmed(world: World) -> None:
    (action,) = await world.propose()
    assert action.state is State.PROPOSED
    assert world.board.effects == []
    done = await world.actions.confirm("ann", action.id, "k1")
    assert (done.state, world.board.effects) == (State.DONE, [action.key])
    assert done.performed is not None
    assert done.performed.said == "call the lab is on the board."
    assert await world.actions.get("ann", action.id) == done


async def test_the_same_key_again_gives_the_same_action_and_another_one_is_told_what_became_of_it(world: World) -> None:
    done = await confirmed(world)
    assert await world.actions.confirm("ann", done.id, "k1") == done
    with pytest.raises(Conflict, match="done already") as refused:
        await world.actions.confirm("ann", done.id, "k2")
    assert refused.value.details == {"state": "done"}
    assert len(world.board.effects) == 1


async def test_of_two_decisions_on_what_both_saw_the_first_counts(world: World) -> None:
    (action,) = await world.propose()
    journal = Journal(world.database, world.clock)
    seen = await journal.read("ann", action.id)
    assert await journal.move(action, State.DISMISSED) is not None
    assert await journal.confirm(seen, "k1", None) is None
    (action,) = await world.propose()
    seen = await journal.read("ann", action.id)
    assert await journal.confirm(seen, "k1", None) is not None
    assert await journal.move(action, State.DISMISSED) is None
    assert await world.state(action) is State.DOING


@pytest.mark.parametrize("key", ["", "  ", "x" * 129])
async def test_a_confirmation_needs_a_key(world: World, key: str) -> None:
    (action,) = await world.propose()
    with pytest.raises(BadInput) as refused:
        await world.actions.confirm("ann", action.id, key)
    assert refused.value.field == "key"


async def test_confirming_twice_at_once_does_it_once_and_both_hear_the_result(world: World) -> None:
    (action,) = await world.propose()
    twice = await asyncio.gather(*(world.actions.confirm("ann", action.id, "k1") for _ in range(5)))
    assert {one.state for one in twice} == {State.DONE}
    assert len(world.board.effects) == 1
    (action,) = await world.propose()
    changed = {"text": "call Bob"}
    twice = await asyncio.gather(*(world.actions.confirm("ann", action.id, "k1", changed) for _ in range(5)))
    assert {(one.state, one.draft.value("text")) for one in twice} == {(State.DONE, "call Bob")}
    assert len(world.board.effects) == 2


async def test_others_may_not_know_that_it_exists(world: World) -> None:
    (action,) = await world.propose()
    for ask in (
        world.actions.get("ben", action.id),
        world.actions.edit("ben", action.id, {"text": "x"}),
        world.actions.confirm("ben", action.id, "k"),
        world.actions.dismiss("ben", action.id),
        world.actions.undo("ben", action.id),
        world.actions.confirm_group("ben", action.group, "k"),
        world.actions.dismiss_group("ben", action.group),
    ):
        with pytest.raises(NotFound):
            await ask
    assert await world.actions.newest("ben", "talk") == []
    assert await world.actions.list("ben", 0, 10) == ([], 0)
    assert await world.state(action) is State.PROPOSED


async def test_an_edit_is_checked_and_said_anew(world: World) -> None:
    (action,) = await world.propose()
    edited = await world.actions.edit("ann", action.id, {"text": "call Bob", "colour": "blue"})
    assert edited.draft.sentence == "Put 'call Bob' on the board."
    assert (edited.draft.value("text"), edited.draft.value("colour")) == ("call Bob", "blue")
    assert edited.draft.payload == {"secret": "etag-17"}
    with pytest.raises(BadInput, match="Not that") as refused:
        await world.actions.edit("ann", action.id, {"text": "forbidden"})
    assert refused.value.field == "text"
    assert (await world.actions.get("ann", action.id)).draft == edited.draft
    await world.actions.confirm("ann", action.id, "k1", {"text": "call Eve"})
    assert list(world.board.notes.values()) == ["call Eve"]
    with pytest.raises(Conflict):
        await world.actions.edit("ann", action.id, {"text": "too late"})


async def test_a_warning_that_an_edited_value_brings_is_shown_before_it_is_done(world: World) -> None:
    (action,) = await world.propose()
    with pytest.raises(Conflict, match="You are busy at that time"):
        await world.actions.confirm("ann", action.id, "k1", {"moment": "2026-03-08T09:00"})
    assert world.board.effects == []
    shown = await world.actions.get("ann", action.id)
    assert shown.draft.warnings == ("You are busy at that time.",)
    assert (await world.actions.confirm("ann", action.id, "k2")).state is State.DONE


async def test_an_edit_during_the_confirmation_is_not_done_unseen(world: World, database: Database) -> None:
    (action,) = await world.propose()
    execution = world.actions.execution
    confirm = execution.confirm

    async def edited_meanwhile(*given: object) -> Action | None:
        await World.restarted(world).actions.edit("ann", action.id, {"text": "something else"})
        return await confirm(*given)  # type: ignore[arg-type]

    execution.confirm = edited_meanwhile  # type: ignore[method-assign, assignment]
    with pytest.raises(Conflict, match="changed in the meantime"):
        await world.actions.confirm("ann", action.id, "k1")
    assert world.board.effects == []


async def test_a_dismissed_one_is_never_done(world: World) -> None:
    (action,) = await world.propose()
    assert (await world.actions.dismiss("ann", action.id)).state is State.DISMISSED
    assert (await world.actions.dismiss("ann", action.id)).state is State.DISMISSED
    with pytest.raises(Conflict, match="dismissed"):
        await world.actions.confirm("ann", action.id, "k1")
    done = await confirmed(world)
    with pytest.raises(Conflict, match="done already"):
        await world.actions.dismiss("ann", done.id)


async def test_a_proposal_expires(world: World) -> None:
    first, second = await world.propose(note(), note())
    world.clock.advance(29 * 60)
    assert len(await world.actions.newest("ann", "talk")) == 2
    world.clock.advance(60)
    assert await world.actions.newest("ann", "talk") == []
    with pytest.raises(Conflict, match="not confirmed in time"):
        await world.actions.confirm("ann", first.id, "k1")
    assert await world.state(first) is State.EXPIRED
    await world.actions.recover()
    assert await world.state(second) is State.EXPIRED


async def test_what_yes_means_is_the_newest_group_of_the_conversation_only(world: World) -> None:
    old = await world.propose(note("old"))
    world.clock.advance(1)
    new = await world.propose(note("new 1"), note("new 2"))
    await world.propose(note("elsewhere"), conversation="another")
    assert await world.actions.newest("ann", "talk") == new
    await world.actions.confirm_group("ann", new[0].group, "k1")
    newest = await world.actions.newest("ann", "talk")
    assert {one.state for one in newest} == {State.DONE}, "a second yes must not reach what was asked before"
    assert await world.state(old[0]) is State.PROPOSED


async def test_a_refusal_of_the_house_is_the_reason(world: World) -> None:
    world.board.before = Conflict("The event was changed by somebody else.")
    failed = await confirmed(world)
    assert (failed.state, failed.reason) == (State.FAILED, "The event was changed by somebody else.")
    world.clock.advance(3600)
    await world.actions.recover()
    assert await world.work() == []
    assert world.board.effects == [], "what failed is not tried again"


@pytest.mark.parametrize("trouble", [RuntimeError("the line broke"), Broken("a bug"), TimeoutError()])
async def test_what_broke_off_after_it_was_done_is_found_to_be_done(world: World, trouble: Exception) -> None:
    world.board.after = trouble
    assert (await confirmed(world)).state is State.DONE
    assert len(world.board.effects) == 1


async def test_what_broke_off_before_it_was_done_is_known_when_nothing_can_arrive_any_more(world: World) -> None:
    world.board.before = RuntimeError("the line broke")
    action = await confirmed(world)
    assert action.state is State.DOING
    assert await world.work() == []
    assert await world.state(action) is State.DOING, "it may still be on its way"
    world.clock.advance(PATIENCE.settle)
    assert await world.work() == []
    settled = await world.actions.get("ann", action.id)
    assert (settled.state, settled.reason) == (
        State.FAILED,
        "It broke off before anything was changed. Nothing was done.",
    )
    assert world.board.effects == []


async def test_what_arrives_late_is_not_said_to_have_failed(world: World) -> None:
    world.board.before = RuntimeError("the line broke")
    action = await confirmed(world)
    world.board.notes[action.key] = "arrived late"
    world.clock.advance(10)
    await world.work()
    assert await world.state(action) is State.DONE


async def test_what_nobody_can_tell_is_unsure_and_never_tried_again(world: World) -> None:
    world.board.after, world.board.finding = RuntimeError("broke"), Conflict("two of them")
    action = await confirmed(world)
    assert action.state is State.UNSURE
    assert action.reason is not None
    world.clock.advance(7200)
    await world.actions.recover()
    await world.work()
    assert len(world.board.effects) == 1


async def test_a_perform_that_hangs_is_ended_and_looked_up(database: Database) -> None:
    world = World(database, Board(hold=asyncio.Event()), patience=Patience(perform=0.05, find=20.0, settle=10.0))
    action = await confirmed(world)
    assert action.state is State.DOING
    world.clock.advance(10)
    await world.work()
    assert await world.state(action) is State.FAILED


async def test_while_the_server_is_away_it_is_asked_again_and_again(world: World) -> None:
    world.board.after, world.board.finding = RuntimeError("broke"), Unavailable("away")
    action = await confirmed(world)
    assert action.state is State.DOING
    for _ in range(20):
        world.clock.advance(900)
        assert await world.work() == ["Unavailable"]
        await world.actions.recover()
    assert await world.state(action) is State.DOING
    world.board.finding = None
    world.clock.advance(900)
    assert await world.work() == []
    assert await world.state(action) is State.DONE
    assert len(world.board.effects) == 1


async def test_a_server_that_stays_away_leaves_it_unsure(world: World) -> None:
    world.board.after, world.board.finding = RuntimeError("broke"), Unavailable("away")
    action = await confirmed(world)
    world.clock.advance(25 * 3600)
    assert await world.work() == []
    assert await world.state(action) is State.UNSURE


async def test_a_job_that_was_given_up_leaves_it_unsure(world: World) -> None:
    world.board.after, world.board.finding = RuntimeError("broke"), NotFound("the calendar is gone")
    action = await confirmed(world)
    world.clock.advance(10)
    assert await world.work() == ["NotFound"]
    assert await world.state(action) is State.UNSURE


async def test_a_message_waits_and_is_sent_once(world: World) -> None:
    action = await confirmed(world, SEND)
    assert (action.state, action.due) == (State.WAITING, world.clock.now + timedelta(seconds=DELAY))
    assert world.actions.can_undo(action)
    assert await world.actions.confirm("ann", action.id, "k1") == action
    await world.work()
    assert world.board.effects == []
    world.clock.advance(DELAY)
    await world.work()
    assert await world.state(action) is State.DONE
    await world.actions.recover()
    world.clock.advance(100)
    await world.work()
    assert world.board.effects == [action.key]
    with pytest.raises(Conflict, match="cannot be taken back"):
        await world.actions.undo("ann", action.id)


async def test_a_message_of_a_user_who_was_disabled_while_it_waited_is_not_sent(database: Database) -> None:
    disabled: set[str] = set()
    down = False

    async def may_act(user_id: str) -> None:
        if down:
            raise Unavailable("Nextcloud does not answer.")
        if user_id in disabled:
            raise NotAllowed("Nextcloud does not let this user in.")

    world = World(database, may_act=may_act)
    refused, sent = await confirmed(world, SEND), await confirmed(world, SEND, user="ben")
    disabled.add("ann")
    world.clock.advance(DELAY)
    down = True
    assert await world.work() == ["Unavailable", "Unavailable"]
    assert world.board.effects == []
    down = False
    world.clock.advance(60)
    await world.work()
    assert (await world.actions.get("ann", refused.id)).reason == "Nextcloud does not let this user in."
    assert (await world.state(refused), await world.state(sent)) == (State.FAILED, State.DONE)
    disabled.clear()
    await world.actions.recover()
    world.clock.advance(60)
    await world.work()
    assert world.board.effects == [sent.key]


async def test_a_message_can_be_stopped_while_it_waits(world: World) -> None:
    action = await confirmed(world, SEND)
    world.clock.advance(DELAY - 1)
    assert (await world.actions.undo("ann", action.id)).state is State.UNDONE
    assert (await world.actions.undo("ann", action.id)).state is State.UNDONE
    world.clock.advance(100)
    await world.work()
    assert world.board.effects == []


async def test_a_message_that_waits_survives_a_restart(world: World) -> None:
    action = await confirmed(world, SEND)
    world.clock.advance(DELAY)
    await world.restarted().work()
    assert world.board.effects == [action.key]


async def test_a_message_whose_job_was_never_put_is_sent_after_a_restart(world: World) -> None:
    action = await confirmed(world, SEND)
    world.clock.advance(DELAY)
    (job,) = await world.ledger.lease("lost", [PERFORM], 1, 30.0)
    await world.ledger.done(job)
    later = world.restarted()
    await later.work()
    assert world.board.effects == []
    await later.actions.recover()
    await later.work()
    assert world.board.effects == [action.key]


async def test_a_message_that_should_have_left_long_ago_is_not_sent(world: World) -> None:
    action = await confirmed(world, SEND)
    world.clock.advance(3600 + DELAY + 1)
    await world.restarted().work()
    assert await world.state(action) is State.FAILED
    assert world.board.effects == []


async def test_what_an_ended_process_left_in_the_middle_is_found_at_the_next_start(world: World) -> None:
    world.board.after = asyncio.CancelledError()  # the process ends between "done" and "recorded"
    (action,) = await world.propose()
    with pytest.raises(asyncio.CancelledError):
        await world.actions.confirm("ann", action.id, "k1")
    assert await world.state(action) is State.DOING
    later = world.restarted()
    await later.actions.recover()
    world.clock.advance(10)
    await later.work()
    assert await world.state(action) is State.DONE
    assert world.board.effects == [action.key]


async def test_beside_other_processes_only_what_is_over_its_time_was_left(database: Database) -> None:
    one = World(database, alone=False)
    other = World(database, one.board, one.clock, alone=False, new_id=lambda: "unused")
    one.board.hold = asyncio.Event()
    (action,) = await one.propose()
    doing = asyncio.create_task(one.actions.confirm("ann", action.id, "k1"))

    async def begun() -> bool:
        return await one.state(action) is State.DOING

    await until(begun)
    for _ in range(5):
        await other.actions.recover()
        await other.work()
        one.clock.advance(9)
    assert await one.state(action) is State.DOING
    one.clock.advance(6)
    await other.work()
    assert await one.state(action) is State.FAILED, "nobody can be at it any more"
    doing.cancel()


async def test_what_is_being_done_here_is_not_taken_for_left(world: World) -> None:
    world.board.hold = asyncio.Event()
    (action,) = await world.propose()
    doing = asyncio.create_task(world.actions.confirm("ann", action.id, "k1"))

    async def begun() -> bool:
        return await world.state(action) is State.DOING

    await until(begun)
    await world.actions.recover()
    assert await world.ledger.find(FIND, [action.id]) == {}
    world.board.hold.set()
    assert (await doing).state is State.DONE


async def test_what_is_being_done_here_is_not_looked_up(world: World) -> None:
    world.board.hold = asyncio.Event()
    (action,) = await world.propose()
    doing = asyncio.create_task(world.actions.confirm("ann", action.id, "k1"))

    async def begun() -> bool:
        return await world.state(action) is State.DOING

    await until(begun)
    await world.ledger.put([NewJob(FIND, action.id, "ann")])
    assert await world.work() == []
    assert await world.state(action) is State.DOING
    world.board.hold.set()
    assert (await doing).state is State.DONE


async def test_it_goes_on_when_the_client_goes_away(world: World) -> None:
    world.board.hold = asyncio.Event()
    (action,) = await world.propose()
    request = asyncio.create_task(world.actions.confirm("ann", action.id, "k1"))

    async def begun() -> bool:
        return await world.state(action) is State.DOING

    await until(begun)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    world.board.hold.set()
    again = await world.actions.confirm("ann", action.id, "k1")
    assert again.state is State.DONE


async def test_a_done_one_can_be_taken_back_for_ten_minutes(world: World) -> None:
    first, second = await confirmed(world), await confirmed(world)
    world.clock.advance(599)
    assert world.actions.can_undo(await world.actions.get("ann", first.id))
    undone = await world.actions.undo("ann", first.id)
    assert undone.state is State.UNDONE
    assert undone.performed is not None
    assert undone.performed.said == "call the lab is off the board."
    assert await world.actions.undo("ann", first.id) == undone == await world.actions.get("ann", first.id)
    world.clock.advance(1)
    assert not world.actions.can_undo(await world.actions.get("ann", second.id))
    with pytest.raises(Conflict):
        await world.actions.undo("ann", second.id)
    assert world.board.undone == [first.key]


async def test_what_is_being_taken_back_is_not_taken_back_twice(world: World) -> None:
    action = await confirmed(world)
    world.board.hold = asyncio.Event()
    first = asyncio.create_task(world.actions.undo("ann", action.id))

    async def begun() -> bool:
        async with world.database.reading() as session:
            return await session.scalar(select(ActionRow.undo_begun)) is not None

    await until(begun)
    with pytest.raises(Conflict, match="being taken back"):
        await world.restarted().actions.undo("ann", action.id)
    world.board.hold.set()
    assert (await first).state is State.UNDONE
    assert world.board.undone == [action.key]


async def test_an_undo_that_ended_with_its_process_can_be_tried_again_later(world: World) -> None:
    action = await confirmed(world)
    world.board.undoing = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await world.actions.undo("ann", action.id)
    world.board.undoing = None
    later = world.restarted()
    with pytest.raises(Conflict):
        await later.actions.undo("ann", action.id)
    world.clock.advance(PATIENCE.perform + PATIENCE.find + PATIENCE.settle)
    assert (await later.actions.undo("ann", action.id)).state is State.UNDONE


async def test_what_was_changed_since_is_not_taken_back_and_stays_done(world: World) -> None:
    action = await confirmed(world)
    world.board.undoing = Conflict("Somebody changed it.")
    with pytest.raises(Conflict, match="Somebody changed it"):
        await world.actions.undo("ann", action.id)
    assert await world.state(action) is State.DONE
    world.board.undoing = None
    assert (await world.actions.undo("ann", action.id)).state is State.UNDONE


async def test_an_undo_that_broke_off_is_not_tried_again(world: World) -> None:
    action = await confirmed(world)
    world.board.undoing = RuntimeError("broke")
    with pytest.raises(Unavailable):
        await world.actions.undo("ann", action.id)
    world.board.undoing = None
    with pytest.raises(Conflict):
        await world.actions.undo("ann", action.id)
    stands = await world.actions.get("ann", action.id)
    assert stands.state is State.DONE
    assert stands.reason is not None


async def test_a_group_is_done_in_its_order_and_stops_at_what_was_not_done(world: World) -> None:
    first, second, third = await world.propose(note("1"), note("2"), note("3"))
    await world.actions.dismiss("ann", first.id)
    world.board.before = Conflict("no")
    after = await world.actions.confirm_group("ann", first.group, "k1")
    assert [one.state for one in after] == [State.DISMISSED, State.FAILED, State.PROPOSED]
    again = await world.actions.confirm_group("ann", first.group, "k1")
    assert again == after, "a repeated request does not go past what was not done"
    after = await world.actions.confirm_group("ann", first.group, "k2")
    assert [one.state for one in after] == [State.DISMISSED, State.FAILED, State.DONE]
    with pytest.raises(Conflict):
        await world.actions.confirm_group("ann", first.group, "k3")
    assert list(world.board.notes.values()) == ["3"]
    assert second.group == third.group


async def test_dismissing_a_group_leaves_what_was_decided(world: World) -> None:
    first, second = await world.propose(note("1"), note("2"))
    await world.actions.confirm("ann", first.id, "k1")
    after = await world.actions.dismiss_group("ann", first.group)
    assert [one.state for one in after] == [State.DONE, State.DISMISSED]
    assert after[1].id == second.id


async def test_more_than_an_hour_holds_is_refused_with_the_time_to_wait(world: World) -> None:
    for _ in range(CONFIRMED.number):
        (refused_by_user,) = await world.propose()
        await world.actions.dismiss("ann", refused_by_user.id)
        await confirmed(world)
        world.clock.advance(1)
    with pytest.raises(RateLimited) as refused:
        await confirmed(world)
    assert refused.value.retry_after == 3600 - CONFIRMED.number
    (other,) = await world.propose(note(), user="ben")
    assert (await world.actions.confirm("ben", other.id, "k")).state is State.DONE
    world.clock.advance(3600 - CONFIRMED.number)
    assert (await confirmed(world)).state is State.DONE


async def test_messages_have_a_limit_of_their_own(world: World) -> None:
    await confirmed(world)
    for _ in range(OUTGOING.number):
        await world.actions.undo("ann", (await confirmed(world, SEND)).id)
    with pytest.raises(RateLimited):
        await confirmed(world, SEND)
    assert (await confirmed(world)).state is State.DONE
    world.clock.advance(600)
    assert (await confirmed(world, SEND)).state is State.WAITING


async def test_everything_that_changes_is_heard(database: Database) -> None:
    told: list[tuple[str, str]] = []

    async def hear(action: Action) -> None:
        told.append((action.id, action.state))

    world = World(database, heard=[hear])
    done, sent, stopped, dismissed, late = await world.propose(note(), note(kind=SEND), note(kind=SEND), note(), note())
    await world.actions.confirm("ann", done.id, "k")
    await world.actions.undo("ann", done.id)
    await world.actions.confirm("ann", sent.id, "k")
    await world.actions.confirm("ann", stopped.id, "k")
    await world.actions.undo("ann", stopped.id)
    await world.actions.dismiss("ann", dismissed.id)
    world.clock.advance(DELAY)
    await world.work()
    world.clock.advance(3600)
    await world.actions.recover()
    heard = {one.id: [state for told_id, state in told if told_id == one.id] for one in (done, sent, stopped)}
    assert heard[done.id] == ["proposed", "doing", "done", "undone"]
    assert heard[sent.id] == ["proposed", "waiting", "doing", "done"]
    assert heard[stopped.id] == ["proposed", "waiting", "undone"]
    assert told[-1] == (late.id, "expired")
    assert (dismissed.id, "dismissed") in told


async def test_what_cannot_be_recorded_elsewhere_does_not_happen(database: Database) -> None:
    deaf: set[State] = set()

    async def hear(action: Action) -> None:
        if action.state in deaf:
            raise OSError("the disk is full")

    world = World(database, heard=[hear])
    deaf.add(State.DOING)
    assert (await confirmed(world)).state is State.FAILED
    deaf.add(State.WAITING)
    assert (await confirmed(world, SEND)).state is State.FAILED
    deaf.remove(State.WAITING)
    waiting = await confirmed(world, SEND)
    world.clock.advance(DELAY)
    await world.work()
    assert await world.state(waiting) is State.FAILED
    assert world.board.effects == []
    deaf.clear()
    deaf.add(State.UNDONE)
    done = await confirmed(world)
    with pytest.raises(Unavailable):
        await world.actions.undo("ann", done.id)
    assert world.board.undone == []
    deaf.clear()
    assert (await world.actions.undo("ann", done.id)).state is State.UNDONE


async def test_that_it_happened_stays_true_when_nobody_hears_of_it(database: Database) -> None:
    async def hear(action: Action) -> None:
        if action.state is State.DONE:
            raise OSError("the disk is full")

    assert (await confirmed(World(database, heard=[hear]))).state is State.DONE


async def test_old_ones_lose_what_they_were_about_and_stay(world: World) -> None:
    done = await confirmed(world)
    world.clock.advance(30 * 24 * 3600 - 1)
    await world.actions.recover()
    assert await world.actions.get("ann", done.id) == done
    world.clock.advance(1)
    await world.actions.recover()
    kept = await world.actions.get("ann", done.id)
    assert (kept.state, kept.draft.sentence, kept.draft.fields, kept.draft.payload) == (
        State.DONE,
        done.draft.sentence,
        (),
        {},
    )
    assert kept.performed is not None
    assert kept.performed.undo is None
    assert await world.actions.confirm("ann", done.id, "k1") == kept


async def test_a_user_who_is_gone_is_forgotten(world: World) -> None:
    await confirmed(world)
    waiting = await confirmed(world, SEND)
    (other,) = await world.propose(user="ben")
    await world.actions.forget_user("ann")
    assert await world.actions.list("ann", 0, 10) == ([], 0)
    world.clock.advance(DELAY)
    assert await world.work() == []
    assert waiting.key not in world.board.effects
    assert await world.state(other) is State.PROPOSED


async def test_lists_are_newest_first_in_the_order_of_their_group(world: World) -> None:
    old = await world.propose(note("1"), note("2"))
    world.clock.advance(1)
    new = await world.propose(note("3"))
    assert await world.actions.list("ann", 0, 10) == ([*new, *old], 3)
    assert await world.actions.list("ann", 1, 1) == ([old[0]], 3)
    await world.actions.dismiss("ann", old[1].id)
    found, total = await world.actions.list("ann", 0, 10, State.DISMISSED)
    assert ([one.id for one in found], total) == ([old[1].id], 1)


async def test_what_nobody_can_do_is_not_proposed(world: World) -> None:
    with pytest.raises(Conflict, match="not set up"):
        await world.propose(note(kind="fax.send"))
    assert await world.actions.list("ann", 0, 10) == ([], 0)


async def test_started_it_works_by_itself_and_stops_without_losing_what_is_being_done(database: Database) -> None:
    board = Board(hold=asyncio.Event())
    world = World(database, board)
    await world.actions.start()
    await world.actions.start()
    action = await confirmed(world, SEND)
    world.clock.advance(DELAY)

    async def begun() -> bool:
        return await world.state(action) is State.DOING

    await until(begun)
    stopping = asyncio.create_task(world.actions.stop())
    await asyncio.sleep(0)
    assert board.hold is not None
    board.hold.set()
    await stopping
    assert await world.state(action) is State.DONE
    await world.actions.stop()
