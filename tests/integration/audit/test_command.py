"""`voiceassist audit` over records that a house has written."""

import json
import subprocess
import sys
from pathlib import Path

from backend.audit.service import open_audit
from backend.database import Database
from backend.settings import Settings
from tests.unit.audit.world import fill


def voiceassist(storage: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from backend.cli import main; main()", "audit", *arguments],
        env={"APP_PERSISTENT_STORAGE": str(storage), "PYTHONPATH": str(Path(__file__).parents[3]), "COLUMNS": "300"},
        cwd=storage,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


async def test_an_administrator_verifies_keeps_a_checkpoint_and_learns_what_was_cut_off(tmp_path: Path) -> None:
    code, said = voiceassist(tmp_path, "verify")
    assert (code, "There are no records" in said) == (1, True)

    settings = Settings(app_persistent_storage=tmp_path)
    database = Database(settings.records_url)
    await database.migrate()
    audit = open_audit(settings, database)
    await fill(audit, 5)
    await audit.close()
    assert voiceassist(tmp_path, "verify") == (0, "5 entries are as they were written (1 to 5).\n")
    code, said = voiceassist(tmp_path, "query", "--user", "bob", "--json")
    assert [json.loads(line)["sequence"] for line in said.splitlines()] == [5, 2]
    code, said = voiceassist(tmp_path, "export", "--format", "csv")
    assert (code, len(said.splitlines())) == (0, 6)
    file = tmp_path / "checkpoints"
    assert voiceassist(tmp_path, "checkpoint", "--file", str(file)) == (0, "")
    code, said = voiceassist(tmp_path, "verify", "--checkpoint", str(file))
    assert (code, said) == (0, "7 entries are as they were written (1 to 7), as at 1 checkpoints.\n")
    assert voiceassist(tmp_path, "retain", "--days", "3650") == (0, "0 entries were removed.\n")

    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
        await connection.exec_driver_sql("DELETE FROM audit WHERE sequence > 3")
    await database.close()
    code, said = voiceassist(tmp_path, "verify", "--checkpoint", str(file))
    assert (code, said) == (1, "Truncated: entry 4: it and all up to 7 are missing.\n")


async def test_an_administrator_who_lost_the_key_begins_anew(tmp_path: Path) -> None:
    settings = Settings(app_persistent_storage=tmp_path)
    database = Database(settings.records_url)
    await database.migrate()
    audit = open_audit(settings, database)
    await fill(audit, 5)
    await audit.close()
    await database.close()
    code, said = voiceassist(tmp_path, "begin-anew", "--file", "old.jsonl")
    assert (code, "can be gone on with" in said) == (1, True)
    (tmp_path / "audit.key").unlink()
    code, said = voiceassist(tmp_path, "verify")
    assert (code, "begin-anew" in said) == (1, True)
    code, said = voiceassist(tmp_path, "begin-anew", "--file", "old.jsonl")
    assert (code, said.startswith("5 entries were put away in old.jsonl (SHA-256 ")) == (0, True)
    assert voiceassist(tmp_path, "verify") == (0, "1 entries are as they were written (6 to 6).\n")
