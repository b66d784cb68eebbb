"""What is kept of an answer that its user did not hear to the end."""

import httpx
import pytest

from backend.errors import NotFound
from tests.integration.assistant.conftest import World
from tests.integration.assistant.test_keeping import FLU, stored

NOTE = "You interrupted this."


async def kept(world: World, events: list[dict[str, object]]) -> dict[str, object]:
    client: httpx.AsyncClient = world.client()
    answer: dict[str, object] = (await stored(client, str(events[0]["conversation_id"])))["messages"][1]
    return answer


async def test_what_was_heard_is_kept_with_its_citations_and_says_so(world: World) -> None:
    events = await world.ask("When is the flu vaccine offered, and who is the fire warden?")
    whole = str(events[-1]["text"])
    first = whole.index("[1]") + len("[1]")
    assert "[2]" in whole[first:], "there is more to be cut off"
    await world.assistant.kept.cut("anna", str(events[0]["turn_id"]), first, NOTE)
    answer = await kept(world, events)
    assert answer["text"] == whole[:first]
    assert answer["note"] == NOTE
    assert [cited["number"] for cited in answer["citations"]] == [1]  # type: ignore[attr-defined]
    assert answer["status"] == "done"


async def test_a_sentence_that_was_cut_in_the_middle_is_still_withheld_with_its_file(world: World) -> None:
    events = await world.ask(FLU)
    whole = str(events[-1]["text"])
    await world.assistant.kept.cut("anna", str(events[0]["turn_id"]), whole.index("[1]") // 2, NOTE)
    answer = await kept(world, events)
    assert whole.startswith(str(answer["text"]))
    assert [cited["number"] for cited in answer["citations"]] == [1]  # type: ignore[attr-defined]


async def test_nothing_is_kept_of_an_answer_of_which_nothing_was_heard(world: World) -> None:
    events = await world.ask(FLU)
    await world.assistant.kept.cut("anna", str(events[0]["turn_id"]), 0, NOTE)
    answer = await kept(world, events)
    assert (answer["text"], answer["citations"], answer["note"]) == ("", [], NOTE)


async def test_an_answer_that_was_heard_to_its_end_stays_as_it_is(world: World) -> None:
    events = await world.ask(FLU)
    before = await kept(world, events)
    await world.assistant.kept.cut("anna", str(events[0]["turn_id"]), len(str(events[-1]["text"])), NOTE)
    assert await kept(world, events) == before


async def test_nobody_cuts_the_answer_of_somebody_else(world: World) -> None:
    events = await world.ask(FLU)
    before = await kept(world, events)
    with pytest.raises(NotFound):
        await world.assistant.kept.cut("bert", str(events[0]["turn_id"]), 0, NOTE)
    assert await kept(world, events) == before
