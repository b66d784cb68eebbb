"""Commands that the parser does not read and a language model does: over HTTP, with a model that may do anything."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from backend.assistant.commands import by_model
from backend.assistant.commands.by_model import ByModel
from backend.assistant.commands.parsing import Utterance, request_of
from backend.assistant.commands.said import Said
from backend.assistant.understanding import Intent
from backend.assistant.understanding.intents import CATALOGUE, SlotType
from backend.egress.gate import Call, Gate, Purpose
from backend.models.endpoint import Address, Endpoint, Limits
from backend.models.extractive import Extractive
from backend.models.router import Router
from backend.settings import ModelsWhere, Settings
from tests.integration.commands.clinic import BERLIN, NOW, Clinic, clinic
from tests.servers.caldav_servers import CalDavServer
from tests.servers.openai import ChatServer, Reply, chat_server

WORDS = "my dentist would be better on friday at nine"
RIGHT = {
    "intent": "calendar.move",
    "slots": [
        {"type": "title", "value": "dentist"},
        {"type": "new_date", "value": "Friday"},
        {"type": "new_time", "value": "nine"},
    ],
}


class _NoEmbedder:
    """Stands where an embedder is needed and not called."""

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        raise AssertionError(text)

    async def embed_passages(self, texts: list[str]) -> NDArray[np.float32]:
        raise AssertionError(texts)


@pytest.fixture
async def model() -> AsyncIterator[ChatServer]:
    async with chat_server() as server:
        yield server


class Watched:
    """Calls that asked the gate, and a router to the model behind it."""

    def __init__(self, model: ChatServer) -> None:
        self.calls: list[Call] = []
        gate = Gate(Settings(_env_file=None, models_where=ModelsWhere.LOCAL), [self._note])
        endpoint = Endpoint(gate, Address(model.base_url, "m"), Limits(patience=0.0))
        self.router = Router(Extractive(_NoEmbedder()), [endpoint], clock=lambda: 0.0)

    async def _note(self, call: Call) -> str | None:
        self.calls.append(call)
        return None


@pytest.fixture
async def watched(model: ChatServer) -> AsyncIterator[Watched]:
    made = Watched(model)
    yield made
    await made.router.close()


@pytest.fixture
async def user(caldav_server: CalDavServer, tmp_path: Path, watched: Watched) -> AsyncIterator[Clinic]:
    async with clinic(caldav_server, tmp_path, ByModel(watched.router)) as made:
        yield made


def says(model: ChatServer, *answers: object) -> None:
    """The model's answers, one to each question."""
    model.replies = [Reply(text=one if isinstance(one, str) else json.dumps(one)) for one in answers]


def is_question(said: Said | None) -> bool:
    """Whether the words are left to the files, with nothing proposed."""
    return said is not None and not said.found and not said.proposed


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The right answer with something wrong in it."""
    answer: dict[str, Any] = json.loads(json.dumps(RIGHT))
    change(answer)
    return answer


async def test_what_only_the_model_reads_is_a_card_with_the_times_of_our_grammar(
    user: Clinic, model: ChatServer, watched: Watched
) -> None:
    says(model, RIGHT)
    before = user.entries()
    said = await user.say(WORDS)
    assert said is not None
    assert said.asked_model is not None
    assert said.asked_model.data_goes_to == "this machine"
    [card] = user.cards
    assert card.draft.kind == "calendar.move"
    assert card.draft.value("start") == "2026-03-06T09:00"
    assert user.entries() == before
    await user.say("yes")
    assert {(one.title, one.start) for one in user.entries() - before} == {("Dentist", "2026-03-06 09:00")}
    assert [(call.purpose, call.near) for call in watched.calls] == [(Purpose.COMMAND, True)]


async def test_the_model_sees_the_users_words_and_nothing_else(user: Clinic, model: ChatServer) -> None:
    says(model, RIGHT)
    await user.say("what do I have on friday")  # the parser is sure
    assert model.requests == []
    await user.say(WORDS)
    [request] = model.requests
    system, asked = request["messages"]
    assert asked == {"role": "user", "content": WORDS}
    assert not any(word in system["content"] for word in ("Case review", "riverside.example", "Room 2"))


def _set(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer.update({name: value})


def _slot(**slot: str) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["slots"].append(slot)


WRONG = {
    "a wrong intent": changed(_set("intent", "calendar.explode")),
    "an invented person": changed(_slot(type="person", value="Eve")),
    "an invented date": changed(_slot(type="new_date", value="monday")),
    "a date that it worked out": changed(_slot(type="new_date", value="2026-03-06")),
    "words that are no time": changed(_slot(type="new_time", value="better")),
    "a slot that it may not have": changed(_slot(type="address", value="dentist")),
    "half of a word": changed(_slot(type="title", value="dent")),
    "something more": changed(_set("confirmed", True)),
    "no slots": {"intent": "calendar.move"},
    "no JSON": "I moved your dentist to Friday!",
    "a list": [RIGHT, RIGHT],
    "brackets": "{" * 1_000 + "}" * 200,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_what_is_not_usable_is_repaired_once_else_the_words_are_a_question(
    user: Clinic, model: ChatServer, wrong: object
) -> None:
    if isinstance(wrong, list):
        wrong = json.dumps(wrong[:1]) + "x" + json.dumps(wrong[1:])
    before = user.entries()
    says(model, wrong, wrong)
    said = await user.say(WORDS)
    assert is_question(said)
    assert len(model.requests) == 2
    says(model, wrong, RIGHT)
    await user.say(WORDS)
    assert [card.draft.kind for card in user.cards] == ["calendar.move"]
    assert len(model.requests) == 4
    assert user.entries() == before


@pytest.mark.parametrize(
    "reply",
    [Reply(status=500), Reply(cut=True, text="{"), Reply(silent=True), Reply(body=b"rubbish"), Reply(first_delay=30.0)],
    ids=["down", "cut", "silent", "rubbish", "slow"],
)
async def test_a_model_in_trouble_leaves_the_words_a_question(
    user: Clinic, model: ChatServer, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(by_model, "_SECONDS", 0.5 if reply.silent or reply.first_delay else 60.0)
    model.reply = reply
    async with asyncio.timeout(20):
        said = await user.say(WORDS)
    assert is_question(said)
    assert len(model.requests) == 1


async def test_a_guess_of_the_parser_stands_when_the_model_says_nothing_usable(user: Clinic, model: ChatServer) -> None:
    says(model, "no", "no")
    said = await user.say("when do I see Dr. Smith")
    assert said is not None
    assert said.asked_model is not None
    assert "Case review" in user.text


async def test_a_question_about_files_stays_one(user: Clinic, model: ChatServer) -> None:
    says(model, {"intent": "none", "slots": []})
    said = await user.say("what did the protocol say about Friday")
    assert is_question(said)


_VALUES = st.one_of(st.sampled_from(WORDS.split()), st.text(max_size=12))
_SLOTS = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from([*map(str, SlotType), "x"]), "value": _VALUES}), max_size=5
)
_ANSWERS = st.one_of(
    st.text(max_size=60),
    st.recursive(st.none() | st.text(max_size=5) | st.integers(), lambda inner: st.lists(inner, max_size=3)).map(
        json.dumps
    ),
    st.fixed_dictionaries({"intent": st.sampled_from([*map(str, Intent), "x"]), "slots": _SLOTS}).map(json.dumps),
)


@given(_ANSWERS)
def test_whatever_a_model_says_only_the_users_own_words_come_of_it(answer: str) -> None:
    request = request_of(Utterance("ida", WORDS, NOW, BERLIN, "Europe/Berlin"), WORDS, NOW)
    try:
        read = by_model.checked(answer, request)
    except by_model._Unusable:
        return
    if read is None:
        return
    resolved = {slot.when for slot in request.command.slots}
    for slot in read.command.slots:
        assert slot.type in CATALOGUE[read.command.intent].slots
        assert WORDS[slot.first : slot.last] == slot.value
        assert slot.when is None or slot.when in resolved
