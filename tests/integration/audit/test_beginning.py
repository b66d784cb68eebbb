"""An audit whose key is lost: it is put away whole, and another one begins behind it."""

import hashlib
import json
import random
from pathlib import Path

import pytest

from backend.audit.keys import Keys
from backend.audit.query import Query
from backend.audit.service import Audit
from backend.database import Database
from backend.errors import BadInput, Conflict, Unavailable
from backend.identity.events import Event
from tests.integration.audit.vandal import Vandal
from tests.unit.audit.world import KEYS, Clock, fill, secret


def other(records: Database, clock: Clock) -> Audit:
    """The same records with another key, and without the one that wrote them."""
    return Audit(records, records, Keys([secret(9)]), clock)


async def test_what_was_is_kept_in_a_file_whose_digest_the_new_audit_holds(
    records: Database, audit: Audit, clock: Clock, tmp_path: Path
) -> None:
    await fill(audit, 2_005)  # more than one batch
    await audit.close()
    lost, file = other(records, clock), tmp_path / "old.jsonl"
    with pytest.raises(Unavailable, match="begin-anew"):
        await lost.record(Event("auth.login", "ann"))
    away = await lost.begin_anew(file, "root")
    kept = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["sequence"] for line in kept] == list(range(1, 2_006))
    assert away.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    (row,), total = await lost.page(Query(), 0, 10)
    assert (total, row.sequence, row.kind, row.user_id) == (1, 2_006, "audit.begun_anew", "root")
    assert json.loads(row.details) == {"entries": "2005", "last": "2005", "sha256": away.sha256}
    assert "which is not there" in str(row.reason)
    assert row.previous == kept[-1]["hash"]
    await fill(lost, 5)
    report = await lost.verify()
    assert (report.problem, report.first, report.last) == (None, 2_006, 2_011)
    await lost.close()
    # The key turned up: each line is what its hash covers, so it can be verified still.
    for line in kept:
        told = line.pop("hash")
        content = json.dumps(line, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
        assert KEYS.newest.entry_hash(content) == told


async def test_an_audit_that_can_be_gone_on_with_is_left_alone(audit: Audit, tmp_path: Path) -> None:
    await fill(audit, 3)
    with pytest.raises(Conflict, match="can be gone on with"):
        await audit.begin_anew(tmp_path / "old.jsonl", None)
    assert not (tmp_path / "old.jsonl").exists()
    assert (await audit.verify()).entries == 3


async def test_a_file_that_cannot_be_written_leaves_everything_as_it_was(
    records: Database, audit: Audit, clock: Clock, tmp_path: Path
) -> None:
    await fill(audit, 3)
    lost, taken = other(records, clock), tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    for file, words in ((taken, "exists"), (tmp_path / "none" / "old", "cannot be written")):
        with pytest.raises(BadInput, match=words):
            await lost.begin_anew(file, None)
    assert taken.read_text("utf-8") == "mine"
    assert (await audit.verify()).entries == 3
    await lost.begin_anew(tmp_path / "old", None)
    await lost.close()


async def test_what_was_put_away_cannot_be_made_to_look_empty(
    records: Database, audit: Audit, keys: Keys, clock: Clock, tmp_path: Path
) -> None:
    """Somebody cuts the end off and spoils the head: the numbers that were given out are not given out again."""
    await fill(audit, 10)
    vandal = Vandal(records, random.Random(1))
    await vandal.begin()
    async with records.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM audit WHERE sequence > 6")
        await connection.exec_driver_sql("UPDATE audit_head SET mac = 'x'")
    with pytest.raises(Unavailable):
        await audit.record(Event("auth.login", "ann"))
    away = await audit.begin_anew(tmp_path / "old", None)
    assert (away.entries, away.last) == (6, 6)
    report = await audit.verify()
    assert (report.problem, report.first, report.last) == (None, 11, 11)
