"""Questions that are several in one or that a model helps to understand, and the time zone of a user, over HTTP."""

import json
from datetime import UTC, datetime

import pytest

from backend.settings import Settings
from tests.integration.assistant.conftest import BuildWorld, Shelves, World
from tests.integration.assistant.test_turns import FLU, FLU_ANSWER, check_citations, says
from tests.servers.openai import Reply

BOTH = "When is the flu vaccine offered and how often is a tetanus booster needed?"
TETANUS = "A tetanus booster is due every 10 years."


def without_parts(_base_url: str) -> Settings:
    return Settings(decompose=False)


async def test_two_questions_in_one_are_each_searched_and_answered(world: World) -> None:
    events = await world.ask(BOTH)
    done = events[-1]
    assert [query for _, query, _ in world.search.calls] == [FLU, "How often is a tetanus booster needed?"]
    first, second = done["text"].split("\n\n")
    assert FLU_ANSWER in first
    assert TETANUS in second
    assert done["answered"] is True
    check_citations(events)


async def test_a_part_that_is_not_answered_is_said_to_be_none(world: World) -> None:
    done = (await world.ask("When is the flu vaccine offered and what is the wifi password?"))[-1]
    assert FLU_ANSWER in done["text"]
    assert "“What is the wifi password”: your files do not seem to answer this." in done["text"]
    done = (await world.ask("What is the wifi password and who won the football match?"))[-1]
    assert done["text"].startswith("Your files do not seem to answer this.")
    assert done["answered"] is False


async def test_a_part_of_which_it_is_open_whether_it_is_answered_comes_with_the_closest_passage(world: World) -> None:
    events = await world.ask("When is the flu vaccine offered and where do we meet in case of fire?")
    first, second = events[-1]["text"].split("\n\n")
    assert FLU_ANSWER in first
    assert second.startswith("“Where do we meet in case of fire”: it is not certain that your files answer this.")
    assert "comes closest: The meeting point is the car park of the bakery. [" in second
    check_citations(events)


async def test_one_sentence_that_answers_both_parts_is_said_once(world: World) -> None:
    world.search.instead = [("Claim", "", "The assessor, Ms Ilse Brandvold, visited the flat on 27 May.")]
    done = (await world.ask("Who was the assessor and when did the assessor visit the flat?"))[-1]
    assert done["text"] == "The assessor, Ms Ilse Brandvold, visited the flat on 27 May. [1]"


async def test_the_setting_switches_it_off(build_world: BuildWorld) -> None:
    world = await build_world(settings=without_parts)
    await world.ask(BOTH)
    assert [query for _, query, _ in world.search.calls] == [BOTH]


async def test_what_is_compared_is_searched_for_one_by_one_and_named(world: World) -> None:
    world.search.instead = [
        ("Lease", "Notice", "The notice period of the lease is six months."),
        ("Cleaning", "Notice", "The notice period of the cleaning contract is four weeks."),
    ]
    events = await world.ask("Compare the notice period of the lease and the cleaning contract")
    done = events[-1]
    assert done["text"].splitlines()[0].startswith("Lease: The notice period of the lease is six months. [1]")
    assert "Cleaning contract: The notice period of the cleaning contract is four weeks." in done["text"]
    check_citations(events)


async def test_a_question_over_two_documents_finds_the_name_first(build_world: BuildWorld) -> None:
    shelves = Shelves()
    shelves.put("/Duties.md", "Dr. Maria Keller orders the flu vaccine each June.")
    shelves.put("/Telephones.md", "The telephone number of Dr. Maria Keller is 4711.")
    shelves.put("/Rooms.md", "The telephone number of the kitchen is 1234.")
    world = await build_world(shelves=shelves)
    events = await world.ask("What is the telephone number of the doctor who orders the flu vaccine?")
    done = events[-1]
    assert "Dr. Maria Keller orders the flu vaccine each June. [1]" in done["text"]
    assert "4711" in done["text"]
    assert "1234" not in done["text"]


async def test_a_model_writes_one_answer_from_the_passages_of_all_parts(written: World) -> None:
    written.model.reply = Reply(text=says((FLU_ANSWER, "from October"), (TETANUS, "tetanus booster")))
    done = (await written.ask(BOTH))[-1]
    assert done["text"] == f"{FLU_ANSWER} [1] {TETANUS} [2]"
    assert len(written.model.requests) == 1, "the rules know the parts: nobody is asked for them"


LONG = "I would like to know the months of the flu vaccine and the years of a tetanus booster please"


@pytest.mark.parametrize(
    ("reply", "searched"),
    [
        (json.dumps({"questions": ["the months of the flu vaccine", "the years of a tetanus booster"]}), 2),
        (json.dumps({"questions": []}), 1),
        (json.dumps({"questions": ["the months of the flu vaccine", "the password of the bank"]}), 1),
        (json.dumps({"questions": ["flu vaccine"] * 9}), 1),
        (json.dumps({"questions": ["flu vaccine", 7]}), 1),
        (json.dumps(["flu vaccine", "tetanus booster"]), 1),
        ("Sure! {", 1),
        ("", 1),
    ],
)
async def test_a_model_takes_a_long_question_apart_only_in_its_own_words(
    written: World, reply: str, searched: int
) -> None:
    written.model.replies = [Reply(text=reply)]
    written.model.reply = Reply(text=says((FLU_ANSWER, "from October")))
    done = (await written.ask(LONG))[-1]
    assert len({query for _, query, _ in written.search.calls}) == searched
    assert "password" not in str(written.search.calls)
    assert done["text"] == f"{FLU_ANSWER} [1]"
    assert done["note"] is None


async def follow_up(world: World, question: str) -> str | None:
    """What is searched for when `question` follows one about the flu vaccine."""
    client = world.client()
    taken = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]
    await world.poll(client, taken["turn_id"])
    world.search.calls.clear()
    body = {"text": question, "conversation_id": taken["conversation_id"]}
    await world.poll(client, (await client.post("/chat/turns", json=body)).json()["data"]["turn_id"])
    return world.search.calls[0][1]


async def test_a_model_is_asked_for_the_question_where_the_rules_are_not_sure(written: World) -> None:
    answer = Reply(text=says((FLU_ANSWER, "from October")))
    written.model.replies = [answer, Reply(text='"What is the dose of the flu vaccine?"')]
    written.model.reply = answer
    assert await follow_up(written, "What is the dose?") == "What is the dose of the flu vaccine?"
    assert FLU_ANSWER in written.model.requests[1]["messages"][1]["content"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="What is the password of the bank?"),
        Reply(text="Of course!\nWhat is the flu vaccine?"),
        Reply(text="flu vaccine " * 100),
        Reply(status=500),
        Reply(text=""),
    ],
)
async def test_a_models_question_with_other_words_or_none_is_ignored(written: World, reply: Reply) -> None:
    answer = Reply(text=says((FLU_ANSWER, "from October")))
    written.model.replies = [answer, reply]
    written.model.reply = answer
    searched = await follow_up(written, "What is the dose?")
    assert searched == "What is the dose (flu vaccine)?"


async def test_a_question_that_stands_alone_is_put_to_no_model(written: World) -> None:
    written.model.reply = Reply(text=says((TETANUS, "tetanus booster")))
    assert await follow_up(written, "How often is a tetanus booster needed?")
    assert len(written.model.requests) == 2


async def test_yesterday_is_that_of_the_users_time_zone(
    build_world: BuildWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves = Shelves()
    early = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)  # the tenth in Berlin
    shelves.put("/Notes/early.md", "The lift was mended by Otis.", modified=early)
    world = await build_world(shelves=shelves)
    monkeypatch.setattr(world.assistant, "_now", lambda: datetime(2026, 3, 11, 9, tzinfo=UTC))
    question = "Which notes from yesterday mention the lift?"

    async def answered(**more: str) -> bool:
        done = (await world.ask(question, **more))[-1]
        return bool(done["text"].startswith("Notes that mention “lift” (yesterday): 1."))

    assert await answered(zone="Europe/Berlin")
    assert not await answered(zone="America/New_York")
    assert not await answered()


async def test_a_zone_that_there_is_not_is_refused(world: World) -> None:
    client = world.client()
    answer = await client.post("/chat/turns", json={"text": FLU, "zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "zone"
    assert "Mars/Olympus" in answer.json()["error"]["message"]
