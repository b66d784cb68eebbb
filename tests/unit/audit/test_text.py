"""The canonical content of an entry, its keys, and how entries are written for other programs."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.audit.chain import Head
from backend.audit.checkpoints import as_line, read_checkpoints, sign
from backend.audit.entry import LIMITS, Happening
from backend.audit.export import COLUMNS, Format, header, lines
from backend.audit.keys import Key, Keys, open_keys
from backend.audit.tables import EntryRow
from backend.errors import BadInput
from backend.identity.events import Event
from backend.identity.origin import Origin
from tests.unit.audit.world import START, secret

ANY = st.text(st.characters(exclude_categories=()), max_size=400)


@given(ANY, ANY, ANY, st.dictionaries(ANY, ANY, max_size=3))
def test_whatever_an_event_says_its_content_is_canonical_and_fits_the_table(
    user: str, agent: str, reason: str, details: dict[str, str]
) -> None:
    event = Event("auth.login", user, reason=reason, details=details)
    happening = Happening.of(event, Origin("192.0.2.7", agent), "1", START)
    canonical = happening.following(7, "0" * 64, "key").canonical()
    # For objects of texts and whole numbers, RFC 8785 is what Python writes with sorted names and without blanks; the
    # order of names beyond the BMP aside, so the details are compared by value.
    found = json.loads(canonical)
    inner = found.pop("details")
    outer = json.dumps(found | {"details": 0}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical.decode() == outer.replace('"details":0', f'"details":{happening.details}')
    assert json.loads(happening.details) == inner
    assert len(found["agent"]) <= LIMITS["agent"]
    assert "\0" not in canonical.decode()


def row(**other: object) -> EntryRow:
    values = dict.fromkeys(COLUMNS, "x") | {"sequence": 1, "details": '{"a":"b"}'} | other
    return EntryRow(**values)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_the_csv_is_a_formula(begin: str) -> None:
    text = header(Format.CSV) + lines([row(agent=f"{begin}cmd|' /C calc'!A0", user_id=None)], Format.CSV)
    (found,) = csv.DictReader(io.StringIO(text, newline=""))
    assert found["agent"] == f"'{begin}cmd|' /C calc'!A0"
    assert (found["user_id"], found["kind"]) == ("", "x")


def test_an_exported_line_is_the_canonical_content_and_its_hash() -> None:
    key = Key.of(bytes(32))
    happening = Happening.of(Event("auth.login", "änn", details={"b": "1", "a": "2"}), Origin("", ""), "", START)
    content = happening.following(1, "0" * 64, key.id)
    values = json.loads(content.canonical())
    stored = row(**values | {"details": happening.details, "hash": key.entry_hash(content.canonical())})
    line = json.loads(lines([stored], Format.JSONL))
    told = line.pop("hash")
    again = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert key.entry_hash(again) == told


def test_details_that_were_made_unreadable_do_not_stop_an_export() -> None:
    assert json.loads(lines([row(details="{")], Format.JSONL))["details"] == {"unreadable": "{"}


def test_a_checkpoint_is_signed_and_a_changed_one_is_not() -> None:
    key = Key.of(bytes(32))
    line = as_line(sign(Head(sequence=7, hash="ab" * 32), key, "2026-03-06T09:00:00.000000Z"))
    (checkpoint,) = read_checkpoints([line, "\n"], "a file")
    assert checkpoint.is_signed_by(key.checkpoints.public_key())
    (changed,) = read_checkpoints([line.replace('"sequence":7', '"sequence":8')], "a file")
    assert not changed.is_signed_by(key.checkpoints.public_key())
    with pytest.raises(BadInput, match="a file, line 2"):
        read_checkpoints([line, "{}"], "a file")
    with pytest.raises(BadInput, match="no checkpoint"):
        read_checkpoints([], "a file")


def test_the_key_is_made_once_and_a_file_may_hold_an_older_one_too(tmp_path: Path) -> None:
    made = open_keys("", tmp_path).newest.id
    file = tmp_path / "audit.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert open_keys("", tmp_path).newest.id == made
    file.write_text(f"{secret(5)}\n{file.read_text()}\n")
    both = open_keys("", tmp_path)
    assert both.newest.id != made
    assert both.get(made) is not None


@pytest.mark.parametrize("bad", ["short", secret(1)[:-4], secret(1) + "!", "é"])
def test_what_is_no_key_is_refused_and_not_repeated(bad: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="AUDIT_KEY holds something that is no key") as caught:
        open_keys(f"{secret(1)},{bad}", tmp_path)
    assert bad not in caught.value.message
    with pytest.raises(BadInput, match="no key"):
        Keys([])
