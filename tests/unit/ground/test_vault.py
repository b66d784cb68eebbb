"""Secrets at rest: sealed, opened, sealed anew with another key; the key of the house's own."""

import asyncio
import base64
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadInput, Unavailable
from backend.vault import Vault, open_vault

# The same in every process: the names of tests are made of them.
OLD, NEW, OTHER = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in range(3))

# Opens the vault of a folder when the starting gun, a file, is there, and prints what it makes of a text.
RACER = """
import sys
import time
from pathlib import Path
from backend.vault import open_vault
folder, gun, sealed = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
print("ready", flush=True)
while not gun.exists():
    time.sleep(0.001)
sealed.write_text(open_vault("", folder).seal("tea"))
"""


@given(st.text())
def test_what_is_sealed_is_opened_again(text: str) -> None:
    vault = Vault([NEW])
    assert vault.open(vault.seal(text)) == text


def test_what_is_sealed_does_not_show_what_it_is() -> None:
    vault = Vault([NEW])
    first, second = vault.seal("hunter2"), vault.seal("hunter2")
    assert "hunter2" not in first
    assert first != second


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before = Vault([OLD]).seal("tea")
    both = Vault([NEW, OLD])
    assert both.open(before) == "tea"
    assert Vault([NEW]).open(both.seal("tea")) == "tea"
    with pytest.raises(Unavailable):
        Vault([OLD]).open(both.seal("tea"))


def test_renewed_the_old_key_is_not_needed_any_more() -> None:
    renewed = Vault([NEW, OLD]).renew(Vault([OLD]).seal("tea"))
    assert Vault([NEW]).open(renewed) == "tea"


def test_without_its_key_it_says_what_to_do_and_nothing_of_the_secret() -> None:
    sealed = Vault([OTHER]).seal("tea")
    for broken in (sealed, sealed[:-4] + "AAAA", "", "plain text"):
        for ask in (Vault([NEW, OLD]).open, Vault([NEW, OLD]).renew):
            with pytest.raises(Unavailable, match="Enter the password again") as refused:
                ask(broken)
            assert "tea" not in refused.value.message


@pytest.mark.parametrize("keys", ["secret", f"{NEW},secret", "ü" * 44, NEW[:-4]])
def test_a_key_that_is_none_is_refused_with_the_way_to_make_one(keys: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"SECRETS_KEY holds.*generate_key") as refused:
        open_vault(keys, tmp_path)
    assert refused.value.field == "secrets_key"
    assert NEW not in refused.value.message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", NEW[:-4].encode()])
def test_a_damaged_file_with_the_key_is_named_and_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "secrets.key"
    file.write_bytes(content)
    with pytest.raises(BadInput, match="generate_key") as refused:
        open_vault("", tmp_path)
    assert refused.value.message.startswith(f"The file {file} holds")
    assert NEW[:-4] not in refused.value.message
    assert file.read_bytes() == content


def test_given_keys_are_used_and_none_is_made(tmp_path: Path) -> None:
    vault = open_vault(f" {NEW} , {OLD},", tmp_path)
    assert vault.open(Vault([OLD]).seal("tea")) == "tea"
    assert Vault([NEW]).open(vault.seal("tea")) == "tea"
    assert list(tmp_path.iterdir()) == []


def test_its_own_key_is_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    storage = tmp_path / "new folder"
    sealed = open_vault("", storage).seal("tea")
    (file,) = storage.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_vault(" , ", storage).open(sealed) == "tea"
    assert list(storage.iterdir()) == [file]


async def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    storage, gun = tmp_path / "storage", tmp_path / "gun"
    sealed = [tmp_path / f"sealed {number}" for number in range(4)]
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RACER, str(storage), str(gun), str(file), stdout=asyncio.subprocess.PIPE
        )
        for file in sealed
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"ready\n"
    gun.touch()
    assert [await racer.wait() for racer in racers] == [0] * len(racers)
    vault = open_vault("", storage)
    assert [vault.open(file.read_text()) for file in sealed] == ["tea"] * len(sealed)
    assert len(list(storage.iterdir())) == 1
