"""What was acknowledged is kept: under load, by several processes, and when they are killed."""

import asyncio
import signal
import sys
from datetime import datetime

import pytest
from sqlalchemy import select, text

from backend.audit.entry import moment
from backend.audit.export import Format
from backend.audit.keys import Keys
from backend.audit.query import Query
from backend.audit.service import Audit
from backend.audit.tables import EntryRow
from backend.audit.verification import verify
from backend.database import Database
from backend.envelope import request_id_var
from backend.errors import Unavailable
from backend.identity.events import Event
from backend.identity.origin import NOWHERE, Origin, come_from
from tests.unit.actions.board import World
from tests.unit.audit.world import Clock, fill, secret


async def resources(records: Database) -> list[str | None]:
    async with records.reading() as session:
        return list(await session.scalars(select(EntryRow.resource).order_by(EntryRow.sequence)))


async def kinds(records: Database) -> list[str]:
    async with records.reading() as session:
        return list(await session.scalars(select(EntryRow.kind).order_by(EntryRow.sequence)))


async def test_many_callers_of_several_houses_lose_nothing_and_make_one_chain(records: Database, keys: Keys) -> None:
    databases = [Database(records.url, durable=True) for _ in range(3)]
    houses = [Audit(one, one, keys) for one in databases]
    await asyncio.gather(
        *(
            house.record(Event("auth.login", "ann", resource=f"{place}:{number}"))
            for number in range(200)
            for place, house in enumerate(houses)
        )
    )
    found = await resources(records)
    assert sorted(map(str, found)) == sorted(f"{place}:{number}" for place in range(3) for number in range(200))
    assert (await verify(records, keys)).problem is None
    for house, database in zip(houses, databases, strict=True):
        await house.close()
        await database.close()


async def test_two_processes_are_killed_and_every_acknowledged_entry_is_there(records: Database, keys: Keys) -> None:
    for _round in range(2):
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.integration.audit.mortal",
                records.url,
                name,
                stdout=asyncio.subprocess.PIPE,
            )
            for name in ("ann", "bob")
        ]
        acknowledged = set()
        for name, process in zip(("ann", "bob"), processes, strict=True):
            assert process.stdout is not None
            for _ in range(100):
                acknowledged.add(f"{name}:{int(await process.stdout.readline())}")
        for process in processes:
            process.send_signal(signal.SIGKILL)
        for name, process in zip(("ann", "bob"), processes, strict=True):
            assert process.stdout is not None
            rest = await process.stdout.read()
            acknowledged |= {f"{name}:{int(line)}" for line in rest.split(b"\n")[:-1]}
            await process.wait()
        assert acknowledged <= set(await resources(records))
        assert (await verify(records, keys)).problem is None


async def test_an_entry_says_who_what_on_what_when_and_from_where(
    records: Database, audit: Audit, clock: Clock
) -> None:
    come_from(Origin("192.0.2.7", "Firefox\0" + "x" * 1000))
    token = request_id_var.set("request-1")
    await audit.record(Event("auth.login", "Ann", resource="session:1", reason="r\ud800", details={"b": "2", "a": "1"}))
    request_id_var.reset(token)
    come_from(NOWHERE)
    (row,), total = await audit.page(Query(), 0, 10)
    assert total == 1
    assert (row.user_id, row.kind, row.resource, row.outcome) == ("Ann", "auth.login", "session:1", "success")
    assert (row.reason, row.address, row.request_id) == ("r\N{REPLACEMENT CHARACTER}", "192.0.2.7", "request-1")
    assert row.agent.startswith("Firefox\N{REPLACEMENT CHARACTER}x")
    assert len(row.agent) == 300
    assert row.details == '{"a":"1","b":"2"}'
    assert row.at == moment(clock.now)


async def test_entries_are_found_by_user_kind_resource_and_time(records: Database, audit: Audit) -> None:
    await fill(audit, 24)
    everything, total = await audit.page(Query(), 0, 5)
    assert ([row.sequence for row in everything], total) == ([24, 23, 22, 21, 20], 24)
    _, anns = await audit.page(Query(user_id="ann"), 0, 1)
    auth, of_kind = await audit.page(Query(kind="auth"), 0, 50)
    assert (anns, of_kind) == (8, 12)
    assert {row.kind for row in auth} == {"auth.login", "auth.logout"}
    (one,), _ = await audit.page(Query(resource="session:7"), 0, 5)
    since, until = (datetime.fromisoformat(row.at) for row in reversed(everything[1:3]))
    within, _ = await audit.page(Query(since=since, until=until), 0, 5)
    assert (one.sequence, [row.sequence for row in within]) == (8, [22])


async def test_an_export_is_recorded_first_and_gives_what_was_there(records: Database, audit: Audit) -> None:
    await fill(audit, 12)
    text_of = "".join([piece async for piece in await audit.export(Query(user_id="bob"), Format.JSONL, "eve")])
    assert text_of.count("\n") == 4
    (newest,), _ = await audit.page(Query(), 0, 1)
    assert (newest.kind, newest.user_id) == ("audit.exported", "eve")
    assert newest.details == '{"format":"jsonl","through":"12","user":"bob"}'


async def test_what_is_old_goes_and_what_is_left_verifies(records: Database, audit: Audit, keys: Keys) -> None:
    await fill(audit, 20)
    old = await audit.checkpoint(None)
    (row,), _ = await audit.page(Query(resource="session:12"), 0, 1)
    assert await audit.retain(datetime.fromisoformat(row.at), "ann") == 12
    new = await audit.checkpoint(None)
    report = await verify(records, keys, [old, new])
    assert (report.problem, report.first, report.checkpoints) == (None, 13, 2)
    assert "audit.retained" in await kinds(records)
    assert await audit.retain(datetime.fromisoformat(row.at), "ann") == 0
    # Everything is too old: what is left says that it was removed.
    clock = Clock()
    for _ in range(100):
        clock()
    await audit.retain(clock(), "ann")
    assert await kinds(records) == ["audit.retained"]
    assert (await verify(records, keys)).problem is None


async def test_with_a_new_key_old_entries_still_verify_and_without_the_old_one_nothing_begins(
    records: Database, audit: Audit, keys: Keys
) -> None:
    await fill(audit, 3)
    both = Keys([secret(2), secret(1)])
    later = Audit(records, records, both)
    await later.open()
    await fill(later, 3)
    assert (await verify(records, both)).entries == 6
    only_new = Keys([secret(2)])
    problem = (await verify(records, only_new)).problem
    assert problem is not None
    assert (problem.trouble, problem.sequence) == ("key missing", 1)
    with pytest.raises(Unavailable, match="Bring it back"):
        await Audit(records, records, Keys([secret(3)])).open()


async def test_an_action_whose_entry_cannot_be_written_does_not_happen(database: Database, keys: Keys) -> None:
    async with database.transaction() as session:
        await session.execute(text("DROP TABLE IF EXISTS audit_head"))
        await session.execute(text("DROP TABLE IF EXISTS audit"))
    audit = Audit(database, database, keys)
    world = World(database, heard=[audit.hear])
    with pytest.raises(Unavailable, match="could not be recorded"):
        await world.propose()

    async with database.engine.begin() as connection:
        await connection.run_sync(EntryRow.metadata.create_all)
    (action,) = await world.propose()
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE audit RENAME TO away"))
    assert (await world.actions.confirm("ann", action.id, "yes")).state == "failed"
    assert world.board.effects == []

    async with database.transaction() as session:  # the control: with the table back the same thing happens
        await session.execute(text("ALTER TABLE away RENAME TO audit"))
    (action,) = await world.propose()
    await world.actions.confirm("ann", action.id, "yes")
    await world.actions.undo("ann", action.id)
    assert world.board.effects == [action.key]
    async with database.reading() as session:
        rows = (await session.scalars(select(EntryRow).order_by(EntryRow.sequence))).all()
    assert [row.kind for row in rows[-4:]] == ["action.proposed", "action.doing", "action.done", "action.undone"]
    assert {row.resource for row in rows[-4:]} == {f"action:{action.id}"}
    assert not any("call the lab" in f"{row.details}{row.reason}" for row in rows)
    await audit.close()
