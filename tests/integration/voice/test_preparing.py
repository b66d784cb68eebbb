"""What is found before a turn has ended: used for the words that were meant, and else gone without a trace."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.models.extractive import Extract, Extractive
from backend.models.protocol import Source
from backend.telemetry import registry
from tests.integration.voice.client import Client
from tests.integration.voice.conftest import Spoken
from tests.sounds import say, silence

pytestmark = pytest.mark.timeout(60)

FLU = "when is the flu vaccine offered"
WARDEN = "who is the fire warden"
COMMAND = "add a meeting tomorrow at two p m"
TASK = "assistant: prepare an answer"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found is not too old, however busy the machine is."""
    monkeypatch.setattr("backend.assistant.begun.FRESH_SECONDS", 60.0)


@pytest.fixture
def picked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions for which sentences were picked."""
    questions: list[str] = []
    answer = Extractive.answer

    async def noting(self: Extractive, question: str, sources: Sequence[Source]) -> Extract:
        questions.append(question)
        return await answer(self, question, sources)

    monkeypatch.setattr(Extractive, "answer", noting)
    return questions


def preparing() -> list[asyncio.Task[object]]:
    """Answers that are being prepared at this moment."""
    return [task for task in asyncio.all_tasks() if task.get_name() == TASK]


def preparations(outcome: str) -> float:
    """As the metrics have them."""
    return registry.get_sample_value("voiceassist_preparations_total", {"outcome": outcome}) or 0.0


async def until(condition: Callable[[], bool], client: Client | None = None) -> None:
    """Wait for what no event tells; the microphone of `client` hears silence meanwhile."""
    async with asyncio.timeout(10):  # less than a search may take, after which it ends by itself
        while not condition():
            if client is not None:
                await client.hear(silence(0.02))
            await asyncio.sleep(0.01)


async def pressed(spoken: Spoken, text: str, **start: Any) -> Client:
    """A client who says this with the button pressed: the turn ends when the test releases it, however slow it is."""
    spoken.hearing.says.append(text)
    client = await spoken.client(mode="push_to_talk", **start)
    await client.send("talk.start")
    await client.hear(say(text))
    return client


async def prepared(spoken: Spoken, text: str, **start: Any) -> Client:
    """The same, and all of the answer has been prepared."""
    client = await pressed(spoken, text, **start)
    await until(lambda: spoken.files.searches > 0, client)
    await until(lambda: not preparing())
    return client


async def test_the_search_begins_in_the_silence_before_the_end_of_the_turn(spoken: Spoken) -> None:
    spoken.hearing.says.append(FLU)
    client = await spoken.client()
    await client.hear(np.concatenate([silence(0.3), say(FLU), silence(0.2)]))
    await client.event("transcript.delta")
    await client.hear(silence(0.2))  # half a second of it ends a turn
    await until(lambda: spoken.files.searches > 0)
    assert "speech.ended" not in client.kinds
    await client.hear(silence(1.0))
    done = await client.event("turn.done")
    assert "October" in done["text"]
    assert spoken.files.searches == 1


async def test_what_was_prepared_is_the_answer(spoken: Spoken, picked: list[str]) -> None:
    client = await prepared(spoken, FLU)
    assert (spoken.files.searches, picked) == (1, [FLU])
    assert "speech.ended" not in client.kinds
    await client.send("talk.end")
    done = await client.event("turn.done")
    assert "October" in done["text"]
    assert [cited["title"] for cited in done["citations"]] == ["Notes 0"]
    assert (spoken.files.searches, picked) == (1, [FLU])


async def test_what_is_still_being_prepared_is_waited_for_and_not_begun_anew(spoken: Spoken, picked: list[str]) -> None:
    spoken.files.delay = 1.0
    client = await pressed(spoken, FLU)
    await until(lambda: spoken.files.searches > 0, client)
    await client.send("talk.end")
    assert "October" in (await client.event("turn.done"))["text"]
    assert (spoken.files.searches, picked) == (1, [FLU])


async def test_what_was_prepared_for_other_words_is_dropped(spoken: Spoken, picked: list[str]) -> None:
    spoken.hearing.partial = WARDEN
    spoken.files.delay = 60.0
    client = await pressed(spoken, FLU)
    await until(lambda: spoken.files.searches == 1, client)
    spoken.files.delay = 0.0
    await client.send("talk.end")
    await client.event("turn.started")
    assert not preparing()
    done = await client.event("turn.done")
    assert "October" in done["text"]
    assert [query for _, query, _ in spoken.files.searched] == [WARDEN, FLU]
    assert picked == [FLU]


async def test_a_follow_up_is_prepared_as_it_will_be_asked(spoken: Spoken) -> None:
    client = await prepared(spoken, FLU, scope={"file_ids": [100], "folder_ids": []})
    await client.send("talk.end")
    await client.event("audio.ended")
    spoken.hearing.says.append("and is it given on mondays")
    await client.send("talk.start")
    await client.hear(say("and is it given on mondays"))
    await until(lambda: spoken.files.searches > 1, client)
    await client.send("talk.end")
    assert (await client.event("turn.done", 2))["citations"]
    first, second = spoken.files.searched
    assert "flu vaccine" in second[1], "what was said before is in it"
    assert (first[0], first[2]) == (second[0], second[2]), "the same user, the same files"


async def test_a_file_that_was_unshared_in_between_is_not_shown(spoken: Spoken) -> None:
    client = await prepared(spoken, FLU)
    spoken.files.unshared.add(100)
    await client.send("talk.end")
    done = await client.event("turn.done")
    assert "October" not in done["text"]
    assert "100" not in [citation["document_id"] for citation in done["citations"]]
    assert spoken.files.searches > 1


async def test_what_was_found_too_long_ago_is_searched_for_again(
    spoken: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.assistant.begun.FRESH_SECONDS", 0.0)
    client = await prepared(spoken, FLU)
    await client.send("talk.end")
    assert "October" in (await client.event("turn.done"))["text"]
    assert spoken.files.searches == 2


def rows(storage: Path) -> dict[str, int]:
    """How many each table of the database has."""
    with closing(sqlite3.connect(storage / "voiceassist.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


async def test_nothing_is_recorded_for_what_is_only_prepared(spoken: Spoken, tmp_path: Path) -> None:
    before = rows(tmp_path)
    client = await prepared(spoken, FLU)
    assert rows(tmp_path) == before
    await client.send("talk.end")
    await client.event("turn.done")
    assert rows(tmp_path)["conversations"] == before["conversations"] + 1


async def test_of_a_command_nothing_is_prepared_or_proposed(spoken: Spoken, tmp_path: Path) -> None:
    before, begun = rows(tmp_path), preparations("begun")
    client = await pressed(spoken, COMMAND)
    await until(lambda: preparations("begun") > begun, client)
    await until(lambda: not preparing())
    assert rows(tmp_path) == before
    await client.send("talk.end")
    await client.event("action.proposed")
    assert rows(tmp_path)["actions"] == before["actions"] + 1
    assert spoken.files.searches == 0


async def test_words_over_an_answer_are_not_prepared_before_it_is_clear_that_they_end_it(spoken: Spoken) -> None:
    spoken.hearing.says.extend([FLU, "mm-hm"])
    client = await spoken.client()
    await client.say(say(FLU))
    await client.event("audio.started")
    begun = preparations("begun")
    await client.say(say("okay then"), pace=1)
    await client.event("audio.resumed")
    assert preparations("begun") == begun


async def test_what_is_not_said_after_all_leaves_no_task(spoken: Spoken) -> None:
    spoken.files.delay = 60.0
    client = await pressed(spoken, FLU)
    await until(lambda: spoken.files.searches == 1, client)
    assert preparing()
    await client.send("mute", muted=True)
    await until(lambda: not preparing())


async def test_a_lost_line_leaves_no_task(spoken: Spoken) -> None:
    spoken.files.delay = 60.0
    client = await pressed(spoken, FLU)
    await until(lambda: spoken.files.searches == 1, client)
    assert preparing()
    await client.lose()
    await until(lambda: not preparing())


async def test_a_turn_that_is_stopped_takes_its_preparation_along(spoken: Spoken) -> None:
    spoken.files.delay = 60.0
    client = await pressed(spoken, FLU)
    await until(lambda: spoken.files.searches == 1, client)
    await client.send("talk.end")
    await client.event("turn.started")
    assert preparing()
    await client.send("interrupt")
    await client.event("turn.cancelled")
    await until(lambda: not preparing())
    assert spoken.files.searches == 1


async def test_one_answer_is_prepared_at_a_time(spoken: Spoken) -> None:
    spoken.files.delay = 60.0
    spoken.hearing.partial = WARDEN
    client = await pressed(spoken, FLU)
    await until(lambda: spoken.files.searches == 1, client)
    spoken.hearing.partial = FLU
    await until(lambda: spoken.files.searches == 2, client)
    await until(lambda: len(preparing()) == 1)


async def test_where_a_search_would_tell_others_nothing_is_prepared(spoken: Spoken) -> None:
    assistant = spoken.voice._parts.assistant
    assistant._parts = replace(assistant._parts, prepares=False)
    begun = preparations("begun")
    client = await pressed(spoken, FLU)
    await until(lambda: "transcript.delta" in client.kinds, client)
    await client.hear(silence(0.4))
    await client.send("ping", id="heard")
    await client.event("pong")
    assert preparations("begun") == begun
    await client.send("talk.end")
    assert "October" in (await client.event("turn.done"))["text"]
    assert spoken.files.searches == 1
