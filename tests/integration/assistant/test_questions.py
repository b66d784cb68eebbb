"""Questions understood and asked back, through real HTTP: the conversation carries what was meant."""

from typing import Any

from tests.integration.assistant.conftest import World

KIDNEY = [
    ("Acute kidney disease", "", "Acute kidney disease is treated with fluids through a vein."),
    ("Chronic kidney disease", "", "Chronic kidney disease is treated with an ACE inhibitor and a low-salt diet."),
]
QUESTION = "How is kidney disease treated?"


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


async def asked_back(world: World) -> tuple[str, dict[str, Any]]:
    """Ask what is asked back; the conversation and the event."""
    world.search.instead = KIDNEY
    events = await world.ask(QUESTION)
    (clarification,) = of(events, "clarification")
    return events[0]["conversation_id"], clarification


async def test_a_question_with_several_readings_is_asked_back_with_options(world: World) -> None:
    conversation, clarification = await asked_back(world)
    assert clarification["question"] == "Which do you mean?"
    assert {option["label"] for option in clarification["options"]} == {
        "Acute kidney disease",
        "Chronic kidney disease",
    }
    stored = (await world.client().get(f"/conversations/{conversation}")).json()["data"]["messages"][-1]
    assert stored["clarification"]["options"] == clarification["options"]
    assert stored["text"].startswith("Which do you mean? ")
    assert stored["answered"] is False


async def test_the_option_chosen_by_its_id_narrows_the_question_and_nothing_is_asked_again(world: World) -> None:
    conversation, clarification = await asked_back(world)
    option = next(o for o in clarification["options"] if o["label"].startswith("Chronic"))
    events = await world.ask(option["label"], conversation_id=conversation, option=option["id"])
    assert not of(events, "clarification")
    done = events[-1]
    assert done["searched_for"] == "How is Chronic kidney disease treated?"
    assert "ACE inhibitor" in done["text"]
    assert "fluids" not in done["text"]


async def test_the_choice_may_be_said_in_words(world: World) -> None:
    conversation, _ = await asked_back(world)
    events = await world.ask("the acute one", conversation_id=conversation)
    assert "fluids" in events[-1]["text"]
    assert not of(events, "clarification")


async def test_another_question_leaves_the_clarification_behind(world: World) -> None:
    conversation, _ = await asked_back(world)
    world.search.instead = []
    events = await world.ask("When is the flu vaccine offered?", conversation_id=conversation)
    assert events[-1]["searched_for"] is None
    assert events[-1]["answered"] is True


async def test_an_option_that_was_not_offered_is_refused(world: World) -> None:
    conversation, _ = await asked_back(world)
    client = world.client()
    for body in (
        {"text": "x", "option": "o9", "conversation_id": conversation},
        {"text": "x", "option": "o1"},
    ):
        answer = await client.post("/chat/turns", json=body)
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "option"


async def test_a_clarification_of_one_user_cannot_be_answered_by_another(world: World) -> None:
    conversation, clarification = await asked_back(world)
    body = {"text": "x", "option": clarification["options"][0]["id"], "conversation_id": conversation}
    assert (await world.client("ben").post("/chat/turns", json=body)).status_code == 404
    # The control: the user who was asked can.
    assert (await world.client().post("/chat/turns", json=body)).status_code == 201


async def test_one_reading_that_is_clearly_meant_is_answered_at_once(world: World) -> None:
    world.search.instead = KIDNEY
    events = await world.ask("How is chronic kidney disease treated?")
    assert not of(events, "clarification")
    assert "ACE inhibitor" in events[-1]["text"]


async def test_a_follow_up_is_searched_for_as_the_question_that_it_stands_for(world: World) -> None:
    first = await world.ask("When is the flu vaccine offered to adults?")
    world.search.calls.clear()
    events = await world.ask("and to children?", conversation_id=first[0]["conversation_id"])
    searched = "When is the flu vaccine offered to children?"
    assert events[-1]["searched_for"] == searched
    assert of(events, "retrieval.done")[0]["searched_for"] == searched
    assert world.search.calls[0][1] == searched
    assert "understand" in {step["name"] for step in events[-1]["steps"]}


async def test_a_new_question_is_searched_for_as_it_is(world: World) -> None:
    first = await world.ask("When is the flu vaccine offered?")
    world.search.calls.clear()
    events = await world.ask("Where can visitors park their cars?", conversation_id=first[0]["conversation_id"])
    assert events[-1]["searched_for"] is None
    assert {query for _, query, _ in world.search.calls} == {"Where can visitors park their cars?"}


async def test_a_misspelt_word_is_corrected_when_nothing_good_is_found_and_the_user_is_told(world: World) -> None:
    world.search.instead = [
        ("Clinic", "", "Warfarin is started with 5 mg on two evenings."),
        ("Rota", "", "The evenings are shared by two doctors."),
    ]
    events = await world.ask("warfrin evenings")
    assert events[-1]["searched_for"] == "warfarin evenings"
    assert "5 mg" in events[-1]["text"]


async def test_an_abbreviation_is_searched_for_in_full_as_well(world: World) -> None:
    world.search.instead = [("Clinic", "", "In atrial fibrillation the pulse is irregular."), ("AF", "", "AF radio.")]
    await world.ask("pulse in AF?")
    queries = [query for _, query, _ in world.search.calls]
    assert queries[0] == "pulse in AF?"
    assert any("atrial fibrillation" in query for query in queries[1:])


async def test_a_file_named_in_the_question_is_the_only_one_searched(world: World) -> None:
    title = world.search.clinic.sources[0].title
    await world.ask(f"what does {title}.md say about the flu vaccine?")
    assert any(filters.file_ids for _, _, filters in world.search.calls)


async def test_a_period_in_which_nothing_is_found_is_dropped_with_a_note(world: World) -> None:
    events = await world.ask("Which letters from March 2024 mention the flu vaccine?")
    assert any(filters.modified_after is not None for _, _, filters in world.search.calls)
    assert "“March 2024”" in events[-1]["note"]


async def test_a_question_of_ten_thousand_characters_is_answered(world: World) -> None:
    events = await world.ask(("flu vaccine and it for children from March 2024 " * 300)[:10_000])
    assert events[-1]["type"] == "turn.done"


async def test_what_was_asked_back_and_searched_for_is_withheld_with_the_files_that_it_comes_from(world: World) -> None:
    conversation, clarification = await asked_back(world)
    chosen = await world.ask("acute", conversation_id=conversation)
    assert chosen[-1]["searched_for"] == "How is Acute kidney disease treated?"
    client = world.client()
    shown = (await client.get(f"/conversations/{conversation}")).text
    assert "Chronic kidney disease" in shown  # the control: while the files are there, so are their names
    world.library.hidden = set(range(100, 110))
    withheld = await client.get(f"/conversations/{conversation}")
    for word in ("Chronic kidney disease", "Acute kidney disease", "fluids"):
        assert word not in withheld.text
    body = {"text": "x", "option": clarification["options"][0]["id"], "conversation_id": conversation}
    assert (await client.post("/chat/turns", json=body)).status_code == 422
