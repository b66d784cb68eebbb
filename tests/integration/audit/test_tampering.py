"""Whatever somebody does to the audit in the database, it is found, and the first bad entry is named."""

import random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.audit.chain import read_head
from backend.audit.diagnosis import Trouble
from backend.audit.keys import Keys
from backend.audit.service import Audit
from backend.audit.tables import HeadRow
from backend.audit.verification import verify
from backend.database import Database
from backend.errors import BadInput, Conflict, Unavailable
from backend.identity.events import Event
from tests.integration.audit.vandal import Vandal
from tests.unit.audit.world import Clock, fill, secret

ENTRIES = 40
DAMAGES = 1000


@pytest.mark.timeout(400)
async def test_of_1000_random_damages_all_are_found_and_each_is_named(
    records: Database, audit: Audit, keys: Keys
) -> None:
    await fill(audit, ENTRIES)
    vandal = Vandal(records, random.Random(4))
    await vandal.begin()
    wrong, hows = [], set()
    for number in range(DAMAGES):
        damage = await vandal.damage()
        hows.add(damage.how.split()[0])
        report = await verify(records, keys)
        found = report.problem
        if found is None or found.trouble not in damage.trouble or found.sequence != damage.sequence:
            wrong.append((number, damage, found))
        await vandal.restore()
    assert not wrong, f"{len(wrong)} of {DAMAGES}, the first: {wrong[:3]}"
    assert len(hows) >= 8
    whole = await verify(records, keys)
    assert (whole.problem, whole.entries, whole.last) == (None, ENTRIES, ENTRIES)


async def test_what_was_cut_off_and_written_anew_is_found_by_a_checkpoint_alone(
    records: Database, audit: Audit, keys: Keys, clock: Clock
) -> None:
    await fill(audit, 10)
    async with records.reading() as session:
        head = await read_head(session)
    assert head is not None
    await fill(audit, 10)
    checkpoint = await audit.checkpoint("ann")
    assert checkpoint.sequence == 20
    assert (await verify(records, keys, [checkpoint])).checkpoints == 1

    vandal = Vandal(records, random.Random(1))
    await vandal.begin()
    await vandal.truncate_from(11)
    async with records.transaction() as session:
        await session.execute(
            HeadRow.__table__.update().values(mac=head[1])  # type: ignore[attr-defined]
        )
    assert (await verify(records, keys)).problem is None, "an older state is whole in itself: docs say so"
    problem = (await verify(records, keys, [checkpoint])).problem
    assert problem is not None
    assert (problem.trouble, problem.sequence) == (Trouble.TRUNCATED, 11)

    await fill(audit, 30)
    problem = (await verify(records, keys, [checkpoint])).problem
    assert problem is not None
    assert (problem.trouble, problem.sequence) == (Trouble.TRUNCATED, 20)


async def test_a_checkpoint_finds_that_everything_is_gone(records: Database, audit: Audit, keys: Keys) -> None:
    await fill(audit, 3)
    checkpoint = await audit.checkpoint(None)
    vandal = Vandal(records, random.Random(1))
    await vandal.begin()
    async with records.transaction() as session:
        await session.execute(text("DELETE FROM audit"))
        await session.execute(text("DELETE FROM audit_head"))
    assert (await verify(records, keys)).problem is None
    problem = (await verify(records, keys, [checkpoint])).problem
    assert problem is not None
    assert problem.trouble is Trouble.TRUNCATED


async def test_a_checkpoint_of_somebody_elses_key_is_refused(records: Database, audit: Audit, clock: Clock) -> None:
    await fill(audit, 3)
    checkpoint = await audit.checkpoint(None)
    with pytest.raises(BadInput, match="not signed by a key of this audit"):
        await verify(records, Keys([secret(9)]), [checkpoint])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET user_id = 'bob' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 5",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET sequence = 3",
        "UPDATE audit_head SET first = 0",
    ],
)
async def test_the_database_itself_refuses_to_rewrite_the_audit(
    records: Database, audit: Audit, keys: Keys, statement: str
) -> None:
    await fill(audit, 5)
    with pytest.raises(DBAPIError, match="append-only"):
        async with records.transaction() as session:
            await session.execute(text(statement))
    assert (await verify(records, keys)).entries == 5


async def test_nothing_is_added_behind_a_forged_end_nor_removed_from_a_forged_audit(
    records: Database, audit: Audit, keys: Keys
) -> None:
    await fill(audit, 6)
    await audit.open()
    vandal = Vandal(records, random.Random(1))
    await vandal.begin()
    await vandal.truncate_from(4)
    with pytest.raises(Unavailable, match="audit verify"):
        await audit.record(Event("auth.login", "ann"))
    with pytest.raises(Unavailable, match="audit verify"):
        await audit.open()
    with pytest.raises(Conflict, match="does not verify"):
        await audit.retain(Clock()(), None)
    await vandal.restore()
    await audit.record(Event("auth.login", "ann"))  # the control: with everything in its place it goes on
    assert (await verify(records, keys)).entries == 7


async def test_what_is_no_text_is_found_and_named(records: Database, audit: Audit, keys: Keys) -> None:
    if records.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL stores no text that is none")
    await fill(audit, 6)
    await Vandal(records, random.Random(1)).begin()
    async with records.transaction() as session:
        await session.execute(text("UPDATE audit SET kind = CAST(x'ff' AS TEXT) WHERE sequence = 4"))
    problem = (await verify(records, keys)).problem
    assert problem is not None
    assert (problem.trouble, problem.sequence) == (Trouble.CHANGED, 4)
