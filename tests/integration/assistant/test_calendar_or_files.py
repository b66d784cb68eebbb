"""Questions that speak of the user, asked of a calendar and of files: which of the two answers."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.assistant.conftest import BuildWorld, World
from tests.integration.commands.clinic import BERLIN, Clinic, clinic
from tests.servers.caldav_servers import USER, CalDavServer

LEASE = "Grillen auf dem Balkon ist nur mit einem Elektrogrill erlaubt."
TRIP = "For the trip to the lake everybody has to bring rubber boots and a raincoat."
LETTER = "Your eye doctor appointment is on 3 March 2031 at 9:40."
BRIEF = "Ihr Augenarzttermin ist am 3. März 2031 um 9:40 Uhr."
PAPERS = [("Mietvertrag", "Hausordnung", LEASE), ("Lake", "Packing", TRIP), ("Letter", "Eyes", LETTER)]
PAPERS += [("Brief", "Augen", BRIEF)]

NO_EVENT = "I find no such event in your calendar."
KEIN_TERMIN = "Ich finde keinen solchen Termin in Ihrem Kalender."


@pytest.fixture
async def desk(caldav_server: CalDavServer, tmp_path: Path) -> AsyncIterator[Clinic]:
    """A calendar with a dance class in three days, and nothing else from now on."""
    (tmp_path / "desk").mkdir()
    async with clinic(caldav_server, tmp_path / "desk") as made:
        day = datetime.now(BERLIN) + timedelta(days=3)
        made.add_event("lesson", "Dance class", f"{day:%Y%m%d}T160000", f"{day:%Y%m%d}T170000")
        yield made


@pytest.fixture
async def world(build_world: BuildWorld, desk: Clinic) -> World:
    """An assistant with this calendar and these papers. Its language model is not to be asked for what is clear."""
    world = await build_world(commands=desk.acting.commands)
    world.search.instead = PAPERS
    return world


async def asked(world: World, text: str, user: str = USER) -> dict[str, Any]:
    """The end of the turn of a question."""
    done = (await world.ask(text, user, zone="Europe/Berlin"))[-1]
    assert done["type"] == "turn.done", done
    return done


def cited(done: dict[str, Any]) -> list[tuple[str, str]]:
    """What an answer cites: of which kind, and called what."""
    return [(citation["kind"], citation["title"]) for citation in done["citations"]]


@pytest.mark.parametrize(
    ("text", "paper", "says"),
    [
        ("Darf ich auf dem Balkon grillen?", "Mietvertrag", "Elektrogrill"),
        ("Wo darf ich grillen?", "Mietvertrag", "Elektrogrill"),
        ("What do I have to bring for the trip?", "Lake", "rubber boots"),
        ("What do I have to bring to the trip to the lake?", "Lake", "rubber boots"),
        ("When is my eye doctor appointment?", "Letter", "9:40"),
        ("Wann ist mein Augenarzttermin?", "Brief", "9:40"),
    ],
)
async def test_what_the_calendar_does_not_tell_is_answered_from_the_files(
    world: World, text: str, paper: str, says: str
) -> None:
    done = await asked(world, text)
    assert ("file", paper) in cited(done)
    assert says in done["text"]
    assert "event" not in dict(cited(done))


@pytest.mark.parametrize(
    ("text", "missed", "refused"),
    [
        ("When is my violin concert?", NO_EVENT, "Your files do not seem to answer this."),
        ("Wann ist mein Geigenkonzert?", KEIN_TERMIN, "Ihre Dateien scheinen das nicht zu beantworten."),
    ],
)
async def test_a_thing_that_neither_has_is_said_to_be_in_neither(
    world: World, text: str, missed: str, refused: str
) -> None:
    world.search.instead = [("Stones", "", "Granite is an igneous rock.")]
    done = await asked(world, text)
    assert done["text"].startswith(f"{missed} {refused}")
    assert done["answered"] is False


@pytest.mark.parametrize(
    "text",
    ["When is my dance class?", "Wann ist meine Dance Class?", "what's next?", "Was steht als Nächstes an?"],
)
async def test_what_the_calendar_tells_is_not_searched_for(world: World, text: str) -> None:
    done = await asked(world, text)
    assert cited(done) == [("event", "Dance class")]
    assert world.search.calls == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("What do I have tomorrow?", "nothing in your calendar"),
        ("any meetings tomorrow?", "nothing in your calendar"),
        ("Do I have an appointment tomorrow?", "nothing in your calendar"),
        ("am I free tomorrow at 3?", "You are free"),
        ("Was habe ich morgen vor?", "Ihr Kalender ist leer"),
        ("Was steht morgen an?", "Ihr Kalender ist leer"),
        ("Habe ich morgen Termine?", "Ihr Kalender ist leer"),
        ("Bin ich morgen um drei frei?", "Sie sind frei"),
    ],
)
async def test_a_question_about_the_calendar_is_answered_by_an_empty_one_and_sent_nowhere(
    build_world: BuildWorld, desk: Clinic, text: str, says: str
) -> None:
    world = await build_world(with_model=True, commands=desk.acting.commands)
    done = await asked(world, text)
    assert says in done["text"]
    assert (world.search.calls, world.model.requests) == ([], [])


async def test_who_has_no_calendar_is_answered_from_the_files(world: World) -> None:
    done = await asked(world, "When is my eye doctor appointment?", "anna")
    assert cited(done) == [("file", "Letter")]
    # Positive control: what is clearly about the calendar is not answered without one.
    assert (await world.ask("What do I have tomorrow?", "anna"))[-1]["code"] == "NOT_FOUND"


async def test_events_that_come_close_are_told_where_the_files_do_not_answer(world: World) -> None:
    world.search.instead = [("Stones", "", "Granite is an igneous rock.")]
    done = await asked(world, "What do I have to bring to my dance class?")
    assert done["text"].startswith("Your files do not seem to answer this.")
    assert "In your calendar:" in done["text"]
    assert cited(done)[-1] == ("event", "Dance class")
    # Positive control: what the files tell is not mixed with what only comes close.
    world.search.instead = [("Pool", "Dance class", "You have to bring clean shoes to the dance class.")]
    done = await asked(world, "What do I have to bring to my dance class?")
    assert cited(done) == [("file", "Pool")]
