"""What is asked of the records of actions, on each kind of database."""

import asyncio

import pytest

from backend.actions.action import Action, State
from backend.actions.limits import CONFIRMED
from backend.database import Database
from backend.errors import RateLimited
from tests.unit.actions.board import DELAY, SEND, World, note


async def test_from_the_proposal_to_being_forgotten(records: Database) -> None:
    world = World(records)
    first, second = await world.propose(note("1"), note("2", SEND))
    assert await world.actions.newest("ann", "talk") == [first, second]
    done, waiting = await world.actions.confirm_group("ann", first.group, "k1")
    assert (done.state, waiting.state) == (State.DONE, State.WAITING)
    assert await world.actions.newest("ann", "talk") == [done, waiting]
    world.clock.advance(DELAY)
    await world.work()
    assert await world.state(second) is State.DONE
    assert (await world.actions.undo("ann", first.id)).state is State.UNDONE
    found, total = await world.actions.list("ann", 0, 1)
    assert ([one.id for one in found], total) == ([first.id], 2)
    (late,) = await world.propose()
    world.clock.advance(31 * 24 * 3600)
    await world.actions.recover()
    await world.actions.recover()
    assert await world.state(late) is State.EXPIRED
    assert (await world.actions.get("ann", second.id)).draft.fields == ()
    await world.actions.forget_user("ann")
    assert await world.actions.list("ann", 0, 10) == ([], 0)


async def test_many_confirmations_at_the_same_moment_do_not_pass_the_limit_together(records: Database) -> None:
    world = World(records)
    for _ in range(CONFIRMED.number - 3):
        (action,) = await world.propose()
        await world.actions.confirm("ann", action.id, "k")
    group = await world.propose(*(note(str(n)) for n in range(8)))
    answers = await asyncio.gather(
        *(world.actions.confirm("ann", action.id, "k") for action in group), return_exceptions=True
    )
    assert sum(isinstance(answer, Action) for answer in answers) == 3
    assert sum(isinstance(answer, RateLimited) for answer in answers) == 5
    assert len(world.board.effects) == CONFIRMED.number


@pytest.mark.parametrize("user", ["ann", "Ann", "änn@example.org"])
async def test_of_many_decisions_at_the_same_moment_one_wins(records: Database, user: str) -> None:
    world = World(records)
    for _ in range(10):
        (action,) = await world.propose(user=user)
        answers = await asyncio.gather(
            world.actions.confirm(user, action.id, "k1"),
            world.actions.dismiss(user, action.id),
            world.actions.confirm(user, action.id, "k2"),
            return_exceptions=True,
        )
        (won,) = [answer for answer in answers if isinstance(answer, Action)]
        assert (action.key in world.board.effects) == (won.state is State.DONE)
