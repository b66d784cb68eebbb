"""`kill -9` between any two steps of an action: it has its effect once, and after a restart its state is true."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from backend.actions.action import Action, Draft, Field, State
from backend.actions.journal import Journal
from backend.actions.service import Actions
from backend.database import Database
from backend.jobs.sql import SqlLedger
from tests.integration.actions.notes import Notes, NotesServer
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(90)

# Where it is killed: what is heard then, the kind, and how often it must have happened in the end.
POINTS = [
    ("doing", "notes.put", 0, State.FAILED),
    ("sent", "notes.put", 1, State.DONE),
    ("done", "notes.put", 1, State.DONE),
    ("waiting", "notes.send", 1, State.DONE),
    ("doing", "notes.send", 0, State.FAILED),
    ("sent", "notes.send", 1, State.DONE),
    ("done", "notes.send", 1, State.DONE),
]


@pytest.fixture
def notes() -> Iterator[NotesServer]:
    with NotesServer() as server:
        yield server


async def proposed(records: Database, notes: NotesServer, kind: str) -> Action:
    actions = Actions(records, SqlLedger(records), [Notes(notes.url)], alone=True)
    (action,) = await actions.propose("ann", [Draft(kind, "Put a note.", (Field("text", "Text", "text", "x"),))])
    return action


async def start(records: Database, notes: NotesServer, point: str, action: Action) -> asyncio.subprocess.Process:
    alone = "alone" if records.engine.dialect.name == "sqlite" else "among others"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.actions.mortal",
        records.engine.url.render_as_string(hide_password=False), notes.url, alone, point, action.id,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def kill(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"


async def ended(records: Database, action: Action) -> State:
    """How it ends, after a restart."""
    journal = Journal(records, lambda: datetime.now(UTC))

    async def over() -> bool:
        record = await journal.find(action.id)
        assert record is not None
        return record.action.state not in (State.PROPOSED, State.WAITING, State.DOING)

    await until(over, seconds=30)
    return (await journal.read("ann", action.id)).action.state


@pytest.mark.parametrize(("point", "kind", "times", "state"), POINTS)
async def test_killed_at_any_point_it_happens_once_and_is_told_as_it_is(
    records: Database, notes: NotesServer, point: str, kind: str, times: int, state: State
) -> None:
    action = await proposed(records, notes, kind)
    process = await start(records, notes, point, action)
    await ready(process)
    await kill(process)
    process = await start(records, notes, "nowhere", action)
    assert await ended(records, action) is state
    await kill(process)
    assert notes.puts[action.key] == times
    # Killed again and started again, nothing more happens.
    again = Actions(records, SqlLedger(records), [Notes(notes.url)], alone=True)
    await again.start()
    await again.stop()
    assert (await again.get("ann", action.id)).state is state
    assert notes.puts[action.key] == times


@pytest.mark.parametrize(("arrives", "state"), [(True, State.DONE), (False, State.FAILED)])
async def test_killed_while_the_server_has_the_request_it_is_told_what_the_server_made_of_it(
    records: Database, notes: NotesServer, arrives: bool, state: State
) -> None:
    action = await proposed(records, notes, "notes.put")
    notes.free.clear()
    notes.accepts = arrives
    process = await start(records, notes, "sending", action)
    await asyncio.to_thread(notes.asked.wait)
    await kill(process)
    process = await start(records, notes, "nowhere", action)
    await ready(process)
    notes.free.set()  # the request of the dead process arrives while the new one already runs
    assert await ended(records, action) is state
    await kill(process)
    assert notes.puts[action.key] == int(arrives)


async def test_what_is_confirmed_by_many_processes_at_once_happens_once(records: Database, notes: NotesServer) -> None:
    action = await proposed(records, notes, "notes.put")
    databases = [Database(records.engine.url.render_as_string(hide_password=False)) for _ in range(4)]
    houses = [Actions(one, SqlLedger(one), [Notes(notes.url)], alone=False) for one in databases]
    answers = await asyncio.gather(
        *(house.confirm("ann", action.id, f"key {n}") for n, house in enumerate(houses)),
        *(house.dismiss("ann", action.id) for house in houses[:1]),
        return_exceptions=True,
    )
    won = [answer for answer in answers if isinstance(answer, Action)]
    assert len(won) == 1
    assert notes.puts[action.key] == (1 if won[0].state is State.DONE else 0)
    for database in databases:
        await database.close()
