"""Stored answers after an unshare, over HTTP, and the sentence by sentence rule by itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backend.assistant.events import Cited
from backend.assistant.notes import NOTES
from backend.assistant.schemas import ChatMessage, CitingSentence
from backend.assistant.withholding import readable_messages
from backend.errors import Unavailable
from tests.integration.assistant.conftest import ClinicLibrary, World

NOT_READABLE, NOT_CHECKED = NOTES["en"].not_readable, NOTES["en"].not_checked
QUESTION = "When is the flu vaccine offered?"


def cited(number: int, document: int) -> Cited:
    return Cited(
        number=number,
        passage_id=f"p{document}",
        document_id=str(document),
        title=f"title{document}",
        path=f"/path{document}",
        page=None,
        section=None,
        quote=f"quote{document}",
        link="",
        start=0,
        end=1,
    )


def message(*sentences: tuple[str, list[int]], separator: str = " ", lead: str = "") -> ChatMessage:
    """An answer whose number n stands for the document 100 + n."""
    text, spans = lead, []
    for said, numbers in sentences:
        text += separator if text else ""
        spans.append(CitingSentence(start=len(text), end=len(text) + len(said), numbers=numbers))
        text += said
    numbers = sorted({number for _, some in sentences for number in some})
    return ChatMessage(
        id="m",
        role="assistant",
        text=text,
        citations=[cited(number, 100 + number) for number in numbers],
        turn_id="t",
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        status="done",
        sentences=spans,
    )


async def shown(answer: ChatMessage, *hidden: int) -> ChatMessage:
    library = ClinicLibrary()
    library.hidden = set(hidden)
    return (await readable_messages(library, "anna", [answer]))[0]


async def test_only_the_sentences_that_rest_on_the_hidden_file_go() -> None:
    answer = message(("One. [1]", [1]), ("Two. [2]", [2]), ("Both. [1][2]", [1, 2]), ("Three. [3]", [3]))
    assert await shown(answer) == answer
    left = await shown(answer, 102)
    assert left.text == f"One. [1] {NOT_READABLE} Three. [3]"
    assert [citation.number for citation in left.citations] == [1, 3]


async def test_a_run_of_hidden_sentences_is_one_note_and_our_own_words_stay() -> None:
    answer = message(("a [1]", [1]), ("b [1]", [1]), ("c [2]", [2]), separator="\n- ", lead="These come closest:")
    assert (await shown(answer, 101)).text == f"These come closest:\n- {NOT_READABLE}\n- c [2]"


async def test_a_number_in_brackets_inside_of_a_quoted_sentence_hides_nothing_and_saves_nothing() -> None:
    answer = message(("As shown in [2], rest. [1]", [1]), ("Two. [2]", [2]))
    assert (await shown(answer, 101)).text == f"{NOT_READABLE} Two. [2]"


async def test_an_answer_recorded_without_its_sentences_is_hidden_as_a_whole() -> None:
    answer = message(("One. [1]", [1]), ("Two. [2]", [2])).model_copy(update={"sentences": []})
    assert (await shown(answer, 102)).text == NOT_READABLE
    assert await shown(answer) == answer


@pytest.mark.parametrize("fault", [Unavailable("gone"), TimeoutError()])
async def test_what_cannot_be_checked_is_not_shown_and_says_so(fault: Exception) -> None:
    library = ClinicLibrary()
    library.fault = fault
    [left] = await readable_messages(library, "anna", [message(("One. [1]", [1]))])
    assert (left.text, left.citations) == (NOT_CHECKED, [])


async def test_a_stored_conversation_and_the_record_of_a_turn_are_whole_again_when_the_file_is_back(
    world: World,
) -> None:
    done = (await world.ask(QUESTION))[-1]
    documents = {int(one["document_id"]) for one in done["citations"]}
    assert documents
    client = world.client()
    conversation = (await client.get("/conversations")).json()["data"][0]["id"]

    async def answer() -> dict[str, Any]:
        found = (await client.get(f"/conversations/{conversation}")).json()["data"]
        last: dict[str, Any] = found["messages"][-1]
        assert "sentences" not in last
        return last

    before = await answer()
    assert before["text"] == done["text"]
    world.library.hidden = documents
    hidden = await answer()
    assert NOT_READABLE in hidden["text"]
    assert hidden["citations"] == []
    assert not any(one["quote"] in str(hidden) for one in before["citations"])
    recorded, _ = await world.assistant._conversations.answer_of("anna", done["turn_id"])
    assert recorded.text == done["text"]  # nothing is deleted
    world.library.hidden = set()
    assert await answer() == before
