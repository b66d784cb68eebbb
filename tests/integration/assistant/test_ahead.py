"""The search for a question that is begun while it is still judged whether it is one: sooner, the same, and no more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.assistant.commands.heard import Heard, Told
from backend.assistant.commands.parsing import Utterance
from backend.assistant.commands.said import Said
from backend.assistant.commands.service import Commands
from tests.integration.assistant.conftest import BuildWorld, World
from tests.integration.assistant.test_turns import FLU

ABBREVIATED = "What is done for AF?"
SEARCH = "assistant: search ahead"


class Judging(Commands):
    """Judges when it is told to, as it is told to. Stands in for the real one, which its own tests prove."""

    def __init__(self) -> None:
        self.heard: Heard | None = None
        self.judge = asyncio.Event()

    async def hear(self, utterance: Utterance) -> Heard | None:
        await self.judge.wait()
        return self.heard

    async def handle(self, heard: Heard, turn_id: str, conversation_id: str) -> Said:
        return Said.plain("It is done.")


@pytest.fixture
async def commands() -> Judging:
    """What judges whether words are a command."""
    return Judging()


@pytest.fixture
async def ahead(build_world: BuildWorld, commands: Judging) -> AsyncIterator[World]:
    """An assistant that begins searches before it knows whether they are needed."""
    world = await build_world(prepares=True, commands=commands)
    yield world
    assert searching() == []


def searching() -> list[asyncio.Task[object]]:
    """Searches that go on at this moment."""
    return [task for task in asyncio.all_tasks() if task.get_name() == SEARCH]


async def begins(world: World, asking: asyncio.Task[Any], searches: int = 1) -> None:
    """Until so many searches have begun, of which none is waited for yet."""
    async with asyncio.timeout(10):
        while len(world.search.calls) < searches:
            await asyncio.sleep(0.01)
            assert not asking.done()


async def none_is_left() -> None:
    """All searches have ended, long before they would by themselves."""
    if ending := searching():
        await asyncio.wait(ending, timeout=10)
    assert searching() == []


async def test_a_first_question_is_searched_for_before_it_is_known_to_be_one(ahead: World, commands: Judging) -> None:
    asking = asyncio.create_task(ahead.ask(FLU))
    await begins(ahead, asking)
    commands.judge.set()
    done = (await asking)[-1]
    assert "October" in done["text"]
    assert [query for _, query, _ in ahead.search.calls] == [FLU]


async def test_a_later_question_that_stands_alone_is_searched_for_as_soon(ahead: World, commands: Judging) -> None:
    commands.judge.set()
    started, *_ = await ahead.ask(FLU)
    ahead.search.calls.clear()
    commands.judge.clear()
    again = "How should warfarin be taken?"
    asking = asyncio.create_task(ahead.ask(again, conversation_id=started["conversation_id"]))
    await begins(ahead, asking)
    commands.judge.set()
    await asking
    assert [query for _, query, _ in ahead.search.calls] == [again]


async def test_a_follow_up_is_not_searched_for_before_it_is_understood(ahead: World, commands: Judging) -> None:
    commands.judge.set()
    started, *_ = await ahead.ask(FLU)
    ahead.search.calls.clear()
    await ahead.ask("And for children?", conversation_id=started["conversation_id"])
    assert ahead.search.calls
    assert not any(query.startswith("And for") for _, query, _ in ahead.search.calls)


async def test_an_abbreviation_is_written_out_in_a_second_search_beside_the_first(
    ahead: World, commands: Judging
) -> None:
    asking = asyncio.create_task(ahead.ask(ABBREVIATED))
    await begins(ahead, asking, searches=2)
    commands.judge.set()
    await asking
    assert [query for _, query, _ in ahead.search.calls] == [ABBREVIATED, f"{ABBREVIATED} atrial fibrillation"]


async def test_nothing_of_the_search_is_left_when_the_words_are_a_command(ahead: World, commands: Judging) -> None:
    ahead.search.delay = 60.0
    commands.heard = Told([])
    asking = asyncio.create_task(ahead.ask("Cancel the meeting tomorrow"))
    await begins(ahead, asking)
    assert searching()
    commands.judge.set()
    done = (await asking)[-1]
    assert done["text"] == "It is done."
    assert done["citations"] == []
    await none_is_left()


async def test_nothing_of_the_search_is_left_when_the_question_is_refused(ahead: World, commands: Judging) -> None:
    ahead.search.delay = 60.0
    asking = asyncio.create_task(
        ahead.client().post("/chat/turns", json={"text": FLU, "scope": {"file_ids": [999], "folder_ids": []}})
    )
    await begins(ahead, asking)
    commands.judge.set()
    assert (await asking).status_code == 404
    await none_is_left()


async def test_nothing_of_the_search_is_left_when_the_turn_is_stopped(ahead: World, commands: Judging) -> None:
    commands.judge.set()
    ahead.search.delay = 60.0
    client = ahead.client()
    taken = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]
    assert searching()
    await client.post(f"/chat/turns/{taken['turn_id']}/cancel")
    await none_is_left()


async def test_nothing_is_searched_for_ahead_where_a_search_leaves_the_house(
    build_world: BuildWorld, commands: Judging
) -> None:
    world = await build_world(prepares=False, commands=commands)
    commands.heard = Told([])
    commands.judge.set()
    assert (await world.ask("Cancel the meeting tomorrow"))[-1]["text"] == "It is done."
    assert world.search.calls == []
