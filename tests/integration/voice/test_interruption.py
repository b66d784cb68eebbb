"""Speaking over an answer: what stops it, what does not, and what is then kept of it."""

import asyncio
from typing import Any

import pytest

from tests.integration.voice.client import Client
from tests.integration.voice.conftest import Spoken
from tests.sounds import say, silence

pytestmark = pytest.mark.timeout(60)

FLU = "when is the flu vaccine offered"
RATE = 24_000


async def asked(spoken: Spoken, **start: Any) -> Client:
    """A client to whom an answer is being spoken."""
    spoken.hearing.says.append(FLU)
    client = await spoken.client(**start)
    await client.say(say(FLU))
    await client.event("audio.started")
    return client


async def messages(spoken: Spoken, client: Client) -> list[dict[str, object]]:
    """What the conversation keeps."""
    started = await client.event("turn.started")
    answer = await (await spoken.http()).get(f"/conversations/{started['conversation_id']}")
    kept: list[dict[str, object]] = answer.json()["data"]["messages"]
    return kept


async def test_sound_is_held_as_soon_as_somebody_speaks_and_stops_when_it_is_speech(spoken: Spoken) -> None:
    client = await asked(spoken)
    spoken.hearing.says.append("stop that and tell me about the fire warden")
    await client.hear(say("stop that and tell me about the fire warden"), pace=2)
    paused = await client.event("audio.paused")
    stopped = await client.event("audio.stopped", reason="barge_in")
    assert paused["speech"] == stopped["speech"] == 1
    before = client.kinds.index("transcript.delta", client.kinds.index("audio.paused"))
    assert client.kinds.index("audio.paused") < before
    held = len(client.sound[1])
    await client.hear(silence(1.5))
    second = await client.event("transcript.done", 2)
    assert second["turn_id"]
    assert "Anna Bell" in (await client.event("turn.done", turn_id=second["turn_id"]))["text"]
    assert len(client.sound[1]) == held, "nothing more of the first answer is said"
    assert spoken.speaking.open <= 1


async def test_a_murmur_only_holds_the_sound_for_a_moment(spoken: Spoken) -> None:
    client = await asked(spoken)
    spoken.hearing.says.append("mm-hm")
    await client.hear(say("okay"))
    await client.event("audio.paused")
    await client.hear(silence(1.0))
    await client.event("audio.resumed")
    murmur = await client.event("transcript.done", 2)
    assert murmur == {**murmur, "text": "mm-hm", "turn_id": None}
    await client.event("audio.ended", speech=1)
    assert "audio.stopped" not in client.kinds
    assert client.kinds.count("turn.started") == 1


@pytest.mark.parametrize(("sounds_like", "ends_with"), [("thank you", "audio.resumed"), ("wait", "audio.stopped")])
async def test_a_short_word_that_was_misheard_is_known_by_its_sound(
    spoken: Spoken, sounds_like: str, ends_with: str
) -> None:
    client = await asked(spoken)
    spoken.hearing.says.append("a day")
    await client.say(say(sounds_like))
    await client.event("audio.paused")
    await client.event(ends_with)
    await client.event("transcript.done", 2)
    assert not {"audio.resumed", "audio.stopped"} - {ends_with} & set(client.kinds)


async def test_the_history_keeps_of_an_answer_what_was_played(spoken: Spoken) -> None:
    client = await asked(spoken)
    whole = (await client.event("turn.done"))["text"]
    first, _, rest = whole.partition(". ")
    assert rest, "a second sentence that is not heard"
    length = round(len(first) * 0.06 * RATE)
    await client.send("playback", speech=1, samples=length // 2, ended=False)
    await client.send("interrupt")
    await client.event("audio.stopped", reason="interrupt")
    await client.event("session.state", 2, state="listening")
    kept = (await messages(spoken, client))[1]
    assert kept["status"] == "done"
    assert "interrupted" in str(kept["note"])
    cut = await client.event("answer.cut")
    assert cut["turn_id"] == (await client.event("turn.started"))["turn_id"]
    text = str(kept["text"])
    assert first.startswith(text)
    assert 0.3 < len(text) / len(first) < 0.75, text


async def test_an_answer_that_was_played_to_its_end_is_kept_whole(spoken: Spoken) -> None:
    client = await asked(spoken)
    whole = (await client.event("turn.done"))["text"]
    ended = await client.event("audio.ended")
    await client.send("playback", speech=1, samples=ended["samples"], ended=True)
    await client.send("interrupt")
    await client.send("ping", id="x")
    await client.event("pong")
    assert (await messages(spoken, client))[1]["text"] == whole


async def test_an_answer_that_is_still_being_made_is_cancelled(spoken: Spoken) -> None:
    spoken.files.delay = 20.0
    spoken.hearing.says.extend([FLU, "stop that please"])
    client = await spoken.client()
    await client.say(say(FLU))
    await client.event("session.state", state="thinking")
    await client.event("turn.started")
    await client.say(say("stop that please"))
    assert (await client.event("turn.cancelled"))["text"] == ""


async def test_stop_stops_and_is_no_question(spoken: Spoken) -> None:
    client = await asked(spoken)
    spoken.hearing.says.append("stop")
    await client.say(say("stop talking please"))
    await client.event("audio.stopped", reason="barge_in")
    assert (await client.event("transcript.done", 2))["turn_id"] is None
    await client.event("answer.cut")
    await client.event("session.state", 2, state="listening")
    assert client.kinds.count("turn.started") == 1


async def test_an_answer_is_not_begun_while_somebody_speaks(spoken: Spoken) -> None:
    spoken.files.delay = 1.0
    spoken.hearing.says.extend([FLU, "and who is the fire warden"])
    client = await spoken.client()
    await client.say(say(FLU))
    await client.event("turn.started")
    await client.hear(say("and who is"), pace=1.0)
    await client.until(lambda: {"audio.paused", "turn.cancelled"} & set(client.kinds) != set())
    assert len(client.sound.get(1, b"")) / 2 / RATE < 0.2, "a first frame at most"
    await client.say(say("the fire warden"))
    done = await client.event("transcript.done", 2)
    assert "Anna Bell" in (await client.event("turn.done", turn_id=done["turn_id"]))["text"]


async def test_pressing_the_button_interrupts_at_once(spoken: Spoken) -> None:
    spoken.hearing.says.extend([FLU, "who is the fire warden"])
    client = await spoken.client(mode="push_to_talk")
    await client.event("session.state", state="waiting")
    await client.hear(say("nobody listens to this"))
    await client.send("talk.start")
    await client.hear(say(FLU))
    await client.send("talk.end")
    assert (await client.event("speech.ended"))["reason"] == "released"
    await client.event("audio.started")
    await client.send("talk.start")
    await client.event("audio.stopped", reason="barge_in")
    await client.hear(say("who is the fire warden"))
    await client.send("talk.end")
    answer = await client.event("turn.done", 2)
    assert "Anna Bell" in answer["text"]
    assert client.kinds.count("speech.started") == 2


async def test_a_button_that_was_pressed_without_a_word_asks_nothing(spoken: Spoken) -> None:
    client = await spoken.client(mode="push_to_talk")
    await client.send("talk.start")
    await client.event("session.state", state="hearing")
    await client.hear(silence(0.5))
    await client.send("talk.end")
    await client.event("session.state", 2, state="waiting")
    assert "transcript.done" not in client.kinds
    assert spoken.hearing.open == 0


async def test_a_muted_microphone_hears_nothing_and_drops_what_was_begun(spoken: Spoken) -> None:
    spoken.hearing.says.extend([FLU, FLU])
    client = await spoken.client()
    await client.hear(say(FLU)[:16_000])
    await client.event("speech.started")
    await client.send("mute", muted=True)
    await client.event("session.state", state="muted")
    await client.say(say(FLU))
    await client.send("mute", muted=False)
    await client.event("session.state", 2, state="listening")
    assert "transcript.done" not in client.kinds
    assert client.kinds.count("speech.started") == 1
    await client.say(say(FLU))
    await client.event("turn.done")


async def test_typing_over_an_answer_stops_it(spoken: Spoken) -> None:
    client = await asked(spoken)
    await client.event("turn.done")
    await client.send("say", text="who is the fire warden", option=None)
    await client.event("audio.stopped", speech=1)
    assert "Anna Bell" in (await client.event("turn.done", 2))["text"]
    await client.event("audio.started", speech=2)


async def test_sound_is_made_only_a_little_ahead_of_what_is_played(spoken: Spoken) -> None:
    spoken.speaking.seconds_per_character = 0.5
    client = await asked(spoken)
    await client.send("playback", speech=1, samples=0, ended=False)
    await asyncio.sleep(0.5)
    assert len(client.sound[1]) / 2 / RATE < 4.5
    await client.send("playback", speech=1, samples=2 * RATE, ended=False)
    await client.until(lambda: len(client.sound[1]) / 2 / RATE > 3.9)
