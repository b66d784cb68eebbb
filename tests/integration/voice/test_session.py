"""Spoken conversations from end to end: what is said into a WebSocket, and what comes back of it."""

import pytest

from tests.integration.voice.conftest import Spoken
from tests.sounds import say

pytestmark = pytest.mark.timeout(60)

FLU = "when is the flu vaccine offered"


async def test_a_spoken_question_is_answered_in_text_and_sound(spoken: Spoken) -> None:
    spoken.hearing.says.append(FLU)
    client = await spoken.client()
    await client.say(say(FLU), pace=3)
    heard = await client.event("transcript.done")
    assert heard["text"] == FLU
    done = await client.event("turn.done", turn_id=heard["turn_id"])
    assert "October" in done["text"]
    ended = await client.event("audio.ended")
    assert len(client.sound[ended["speech"]]) == 2 * ended["samples"] > 0
    await client.event("session.state", 2, state="listening")
    kinds = [kind for kind in client.kinds if kind in _ORDER]
    assert list(dict.fromkeys(kinds)) == _ORDER


_ORDER = [
    "session.ready",
    "speech.started",
    "transcript.delta",
    "speech.ended",
    "transcript.done",
    "turn.started",
    "retrieval.done",
    "citation",
    "answer.delta",
    "audio.started",
    "turn.done",
    "audio.ended",
]
