"""Replacing the key of stored secrets: all are sealed anew, an interruption is made good, nothing is lost."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import select

import backend.app  # noqa: F401 - brings every slice's tables
from backend.cli_secrets import SEALED, rotated
from backend.database import Base, Database
from backend.errors import Unavailable
from backend.mail.tables import MailAccountRow
from backend.resealing import reseal
from backend.serving import listen
from backend.settings import Settings
from backend.vault import Vault, add_own_key, open_vault
from tests.integration.mail.world import NOW
from tests.servers.ports import free_port

OLD, NEW, OTHER = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in range(3))


async def _store(database: Database, sealed: list[str]) -> None:
    async with database.transaction() as session:
        for number, one in enumerate(sealed):
            servers = dict.fromkeys(("imap_host", "smtp_host"), "x.example") | dict.fromkeys(
                ("imap_security", "smtp_security"), "tls"
            )
            row = MailAccountRow(
                id=f"{number:04}", user_id="ida", name="", address="", login="", sealed_password=one, created_at=NOW
            )
            for name, value in servers.items():
                setattr(row, name, value)
            row.imap_port = row.smtp_port = 1
            session.add(row)


async def _stored(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(MailAccountRow.sealed_password).order_by(MailAccountRow.id)))


async def test_all_are_sealed_anew_once_and_what_cannot_be_opened_is_counted(database: Database) -> None:
    old, both, new = Vault([OLD]), Vault([NEW, OLD]), Vault([NEW])
    await _store(database, [*(old.seal(str(number)) for number in range(250)), Vault([OTHER]).seal("lost")])
    done = await reseal(database, MailAccountRow.sealed_password, both)
    assert (done.renewed, done.current, done.lost) == (250, 0, 1)
    assert [new.open(one) for one in (await _stored(database))[:250]] == [str(number) for number in range(250)]
    again = await reseal(database, MailAccountRow.sealed_password, both)
    assert (again.renewed, again.current, again.lost) == (0, 250, 1)


async def test_the_key_of_the_folder_is_replaced_even_after_an_interruption(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, app_persistent_storage=tmp_path, app_port=free_port())
    first = open_vault("", tmp_path)
    before = (tmp_path / "secrets.key").read_text()
    database = Database(settings.records_url)
    await database.migrate()
    await _store(database, [first.seal("tea")])
    add_own_key(tmp_path)  # a rotation that was killed right after its first step
    assert open_vault("", tmp_path).open(first.seal("tea")) == "tea"
    made = (tmp_path / "secrets.key").read_text().split()[0]
    await rotated(settings, SEALED)
    assert (tmp_path / "secrets.key").read_text() == made != before
    assert (tmp_path / "secrets.key").stat().st_mode & 0o777 == 0o600
    assert [open_vault("", tmp_path).open(one) for one in await _stored(database)] == ["tea"]
    await database.close()


async def test_a_running_voiceassist_is_not_left_behind_with_the_old_key(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, app_persistent_storage=tmp_path, app_port=free_port())
    with listen(settings), pytest.raises(Unavailable, match="running"):
        await rotated(settings, SEALED)
    assert not (tmp_path / "secrets.key").exists()


def test_every_column_that_is_called_sealed_or_secret_is_rotated() -> None:
    """By their names; what is sealed under another name must be listed by hand, as the calendar log is."""
    listed = {(column.class_.__tablename__, column.key) for column in SEALED}
    named = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if "sealed" in column.name or "secret" in column.name
    }
    assert named
    assert named <= listed
