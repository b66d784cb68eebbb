"""How users want to be spoken to: chosen once, and used wherever a client leaves it open."""

import pytest

from backend.speech.protocol import Voice
from tests.integration.voice.conftest import Spoken
from tests.integration.voice.test_interruption import FLU, asked
from tests.sounds import say, wav

pytestmark = pytest.mark.timeout(60)


async def test_nothing_is_chosen_at_first_and_a_choice_leaves_the_rest_as_it_is(spoken: Spoken) -> None:
    client = await spoken.http()
    first = (await client.get("/voice/preferences")).json()["data"]
    assert first == {"language": "", "voice": "", "speed": 1.0}
    assert (await client.put("/voice/preferences", json={"voice": "anna", "speed": 1.25})).status_code == 200
    changed = (await client.put("/voice/preferences", json={"language": "de"})).json()["data"]
    assert changed == {"language": "de", "voice": "anna", "speed": 1.25}
    assert (await client.get("/voice/preferences")).json()["data"] == changed
    other = await spoken.http("somebody-else")
    assert (await other.get("/voice/preferences")).json()["data"] == first


@pytest.mark.parametrize("wrong", [{"speed": 9}, {"language": "German"}, {"voice": "x" * 101}])
async def test_what_cannot_be_spoken_is_not_kept(spoken: Spoken, wrong: dict[str, object]) -> None:
    client = await spoken.http()
    assert (await client.put("/voice/preferences", json=wrong)).status_code == 422
    assert (await client.get("/voice/preferences")).json()["data"]["speed"] == 1.0


async def test_the_voices_of_a_language_are_told(spoken: Spoken) -> None:
    client = await spoken.http()
    answer = await client.get("/voice/voices", params={"language": "en"})
    assert answer.json()["data"] == {"voices": ["anna", "ben"]}
    spoken.switched_off = True
    assert (await client.get("/voice/voices", params={"language": "en"})).status_code == 403


async def test_a_session_that_leaves_it_open_speaks_as_its_user_chose(spoken: Spoken) -> None:
    await (await spoken.http()).put("/voice/preferences", json={"language": "en", "voice": "anna", "speed": 1.5})
    await asked(spoken)
    assert spoken.speaking.voiced[0] == Voice("en", "anna", 1.5)


async def test_what_a_session_names_counts_before_what_was_chosen(spoken: Spoken) -> None:
    await (await spoken.http()).put("/voice/preferences", json={"language": "de", "voice": "anna", "speed": 1.5})
    await asked(spoken, language="en", voice="ben")
    assert spoken.speaking.voiced[0] == Voice("en", "ben", 1.5)


async def test_a_chosen_language_that_nobody_hears_gives_way_to_english(spoken: Spoken) -> None:
    await (await spoken.http()).put("/voice/preferences", json={"language": "fi"})
    await asked(spoken)
    assert spoken.speaking.voiced[0].language == "en"


async def test_requests_speak_as_their_user_chose(spoken: Spoken) -> None:
    client = await spoken.http()
    await client.put("/voice/preferences", json={"voice": "ben", "speed": 0.8})
    spoken.hearing.says.append(FLU)
    heard = (await client.post("/voice/utterances", content=wav(say(FLU)))).json()["data"]
    assert (await client.get(f"/voice/turns/{heard['turn_id']}/speech")).status_code == 200
    assert spoken.speaking.voiced[0] == Voice("en", "ben", 0.8)
