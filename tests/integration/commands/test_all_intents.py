"""Everything in the catalogue of commands can be said: it is handled in every language, and there is a scenario."""

import asyncio
import string
from collections.abc import Sequence
from datetime import UTC, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.actions.action import Action, Draft, Field, State
from backend.actions.service import Actions
from backend.assistant.commands.heard import Answered, Revised, Told
from backend.assistant.commands.parsing import Utterance, request_of
from backend.assistant.commands.phrases import CODES, phrases
from backend.assistant.commands.service import Commands, Handlers
from backend.assistant.pending import Pending
from backend.assistant.understanding import Intent
from backend.assistant.understanding.intents import CATALOGUE
from tests.integration.commands.clinic import BERLIN, NOW
from tests.integration.commands.scenarios import scenarios

FILES = ("spoken.txt", "spoken_mail.txt")


class _Anything:
    """Stands in for the handlers, which `hear` must not call."""

    def __getattr__(self, name: str) -> str:
        return name


HANDLERS = Handlers(*[cast("Any", _Anything()) for _ in range(6)])


def heard_by(actions: Sequence[Action], utterance: Utterance) -> object:
    """What words are where these actions were proposed last; the records of actions themselves are left unproved."""

    async def newest(user_id: str, conversation_id: str) -> Sequence[Action]:
        return actions

    commands = Commands(HANDLERS, cast("Actions", SimpleNamespace(newest=newest)))
    return asyncio.run(commands.hear(utterance))


def utterance(text: str, **more: Any) -> Utterance:
    return Utterance("ida", text, NOW, BERLIN, "Europe/Berlin", "talk", **more)


def test_every_intent_has_a_handler() -> None:
    assert set(HANDLERS.by_intent()) == set(CATALOGUE) - {Intent.NONE} == set(Intent) - {Intent.NONE}


def test_every_intent_is_said_in_a_scenario() -> None:
    said = [step[1:].strip() for name in FILES for one in scenarios(name) for step in one.steps if step[0] in "<>"]
    heard = {request_of(utterance(text), text, NOW).command.intent for text in said}
    assert set(Intent) - heard == set()


@pytest.mark.parametrize("code", CODES)
def test_every_language_says_everything(code: str) -> None:
    ours, english = phrases(code), phrases("en")
    assert {name: _values(text) for name, text in ours.sentences.items()} == {
        name: _values(text) for name, text in english.sentences.items()
    }
    assert set(ours.flags.values()) == set(english.flags.values())
    assert set(ours.fields.values()) == set(english.fields.values())
    words = [ours.confirmation.yes, ours.confirmation.no, ours.confirmation.undo, ours.earlier, ours.shorter]
    words += [ours.pointing, ours.everything, ours.everybody, ours.latest, ours.small, ours.unread, ours.own]
    assert all([*words, ours.asking, ours.timing, ours.coming, ours.happening, ours.linking, ours.generic])


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


_WORDS = sorted(
    {word for name in FILES for one in scenarios(name) for step in one.steps for word in step[1:].split()}
    | {word for code in CODES for phrase in phrases(code).confirmation.yes for word in phrase.split()}
)
_TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join))
_PROPOSED = Action(
    id="1",
    user_id="ida",
    group="g",
    draft=Draft("calendar.create", "Add it.", (Field("start", "Start", "moment", "2026-03-05T14:00"),)),
    key="k",
    state=State.PROPOSED,
    created_at=NOW.astimezone(UTC) - timedelta(minutes=1),
)
_WAITING = st.one_of(
    st.none(),
    st.builds(Pending, text=_TEXTS, said_at=st.just(NOW), asks=st.sampled_from(["more", "body"])),
    st.builds(
        Pending,
        text=_TEXTS,
        said_at=st.just(NOW),
        asks=st.just("event"),
        values=st.just({"c1": "a", "c2": "b"}),
        labels=st.fixed_dictionaries({"yes": st.just("a"), "Board meeting": st.just("b")}),
    ),
)


@given(_TEXTS, _WAITING, st.sampled_from([(), (_PROPOSED,), (_PROPOSED, _PROPOSED)]))
def test_whatever_is_said_is_heard_without_an_error(
    text: str, waiting: Pending | None, actions: Sequence[Action]
) -> None:
    assert isinstance(heard_by(actions, utterance(text, waiting=waiting)), Told | Answered | Revised | None)
