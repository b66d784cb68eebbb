"""Proposals by voice: read back, and done by a yes that was surely said to them, and by nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.integration.voice.client import Client
from tests.integration.voice.conftest import Spoken
from tests.sounds import say

pytestmark = pytest.mark.timeout(60)

MEETING = "add a meeting tomorrow at two pm"


def titles(spoken: Spoken) -> Iterator[str]:
    """Events on the calendar server, asked without any of our code."""
    account = spoken.server.account
    text = requests.get(f"{account.principal}personal/", auth=account.auth, timeout=30).text
    return (line.removeprefix("SUMMARY:") for line in text.splitlines() if line.startswith("SUMMARY:"))


async def proposed(spoken: Spoken, title: str) -> Client:
    """A client to whom a proposal has been read back to its end."""
    spoken.hearing.says.append(f"add {title} review tomorrow at two pm")
    spoken.speaking.seconds_per_character = 0.01
    client = await spoken.client(zone="Europe/Berlin")
    await client.say(say(MEETING))
    card = (await client.event("action.proposed"))["actions"][0]
    assert title.lower() in card["sentence"].lower()
    await heard_out(client, 1)
    assert any(title.lower() in said.lower() for said in spoken.speaking.said), "it is read back"
    assert any("shall i" in said.lower() for said in spoken.speaking.said)
    return client


async def heard_out(client: Client, speech: int) -> None:
    """All of a speech has been played."""
    ended = await client.event("audio.ended", speech=speech)
    await client.send("playback", speech=speech, samples=ended["samples"], ended=True)
    await client.until(lambda: client.events[-1] == {"type": "session.state", "state": "listening"})


async def answer(
    spoken: Spoken, client: Client, words: str, confidence: float | None = None, pace: float = 0.0
) -> dict[str, Any]:
    """Say something short; gives what was heard."""
    spoken.hearing.says.append(words)
    spoken.hearing.confidence = confidence
    number = client.kinds.count("transcript.done") + 1
    await client.say(say(words), pace)
    return await client.event("transcript.done", number)


async def test_a_spoken_yes_puts_the_event_on_the_server(spoken: Spoken) -> None:
    client = await proposed(spoken, "Alpha")
    assert (await answer(spoken, client, "yes", 0.9))["turn_id"]
    done = await client.event("action.done")
    assert done["action"]["state"] == "done"
    assert "alpha review" in [title.lower() for title in titles(spoken)]


async def test_a_spoken_no_dismisses_it(spoken: Spoken) -> None:
    client = await proposed(spoken, "Bravo")
    await answer(spoken, client, "no")
    assert (await client.event("action.done"))["action"]["state"] == "dismissed"
    assert "bravo review" not in [title.lower() for title in titles(spoken)]


async def test_a_change_is_made_read_back_and_confirmed(spoken: Spoken) -> None:
    client = await proposed(spoken, "Charlie")
    await answer(spoken, client, "change the time to three")
    changed = await client.event("action.done")
    assert changed["action"]["state"] == "proposed"
    assert "15:00" in changed["action"]["sentence"]
    await heard_out(client, 2)
    await answer(spoken, client, "yes")
    await client.event("action.done", 2)
    assert "charlie review" in [title.lower() for title in titles(spoken)]


async def test_an_unclear_answer_is_asked_for_once_more_and_then_left_on_the_card(spoken: Spoken) -> None:
    client = await proposed(spoken, "Delta")
    assert (await answer(spoken, client, "us"))["turn_id"] is None
    await client.event("audio.started", speech=2, turn_id=None)
    assert "yes or no" in spoken.speaking.said[-1]
    await heard_out(client, 2)
    assert (await answer(spoken, client, "a nest"))["turn_id"] is None
    await client.event("audio.started", speech=3, turn_id=None)
    assert "screen" in spoken.speaking.said[-1]
    await heard_out(client, 3)
    assert "delta review" not in [title.lower() for title in titles(spoken)]
    assert "action.done" not in client.kinds


async def test_a_yes_that_the_engine_is_not_sure_of_is_asked_for_again(spoken: Spoken) -> None:
    client = await proposed(spoken, "Echo")
    spoken.speaking.seconds_per_character = 0.06  # as long as "yes or no" takes, so that the next yes is no echo of it
    assert (await answer(spoken, client, "yes", 0.2))["turn_id"] is None
    await heard_out(client, 2)
    assert "echo review" not in [title.lower() for title in titles(spoken)]
    assert (await answer(spoken, client, "yes", 0.9))["turn_id"], "the second one is clear"
    await client.event("action.done")
    assert "echo review" in [title.lower() for title in titles(spoken)]


async def test_a_yes_into_the_read_back_confirms_nothing(spoken: Spoken) -> None:
    spoken.hearing.says.append("add foxtrot review tomorrow at two pm")
    client = await spoken.client(zone="Europe/Berlin")
    await client.say(say(MEETING))
    await client.event("audio.started")
    said = await answer(spoken, client, "yes do that please")
    assert said["turn_id"] is None
    assert "action.done" not in client.kinds
    assert "foxtrot review" not in [title.lower() for title in titles(spoken)]


async def test_the_assistants_own_voice_is_no_answer(spoken: Spoken) -> None:
    spoken.hearing.says.append("add a budget review tomorrow at two pm")
    client = await spoken.client(zone="Europe/Berlin")
    await client.say(say(MEETING))
    await client.event("audio.started")
    said = await answer(spoken, client, "put budget review into the calendar", pace=1.0)
    assert said["turn_id"] is None
    assert "audio.stopped" not in client.kinds, "it does not interrupt itself either"


async def test_a_doubtful_undo_takes_nothing_back(spoken: Spoken) -> None:
    client = await proposed(spoken, "Kilo")
    await answer(spoken, client, "yes")
    await client.event("action.done")
    await heard_out(client, 2)
    assert (await answer(spoken, client, "undo", 0.1))["turn_id"] is None
    assert (await client.event("notice"))["code"] == "NOT_UNDERSTOOD"
    assert "kilo review" in [title.lower() for title in titles(spoken)]
    await answer(spoken, client, "undo", 0.9)
    await client.event("action.done", 2)
    assert "kilo review" not in [title.lower() for title in titles(spoken)]


async def test_an_interrupted_proposal_stays_proposed(spoken: Spoken) -> None:
    spoken.hearing.says.append("add golf review tomorrow at two pm")
    client = await spoken.client(zone="Europe/Berlin")
    await client.say(say(MEETING))
    started = await client.event("turn.started")
    await client.event("audio.started")
    await client.event("turn.done")
    await client.send("interrupt")
    await client.event("audio.stopped")
    await client.event("answer.cut")
    kept = (await (await spoken.http()).get(f"/conversations/{started['conversation_id']}")).json()["data"]
    [card] = kept["messages"][1]["actions"]
    assert card["state"] == "proposed"
    assert "golf review" not in [title.lower() for title in titles(spoken)]
