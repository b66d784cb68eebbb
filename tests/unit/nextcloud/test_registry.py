"""File ids and ETags of the sample server's folder."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from backend.nextcloud.demo.registry import Registry, Snapshot


@contextmanager
def opened(home: Path) -> Iterator[Registry]:
    (home / "files").mkdir(exist_ok=True)
    with closing(Registry(home / "files", home / "files.db")) as registry:
        yield registry


def ids(snapshot: Snapshot) -> dict[str, int]:
    return {path: entry.file_id for path, entry in snapshot.by_path.items()}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "deep.txt").write_text("deep")
    (folder / "a" / "x.txt").write_text("x")
    (folder / "y.txt").write_text("y")
    return folder


def touch_later(place: Path, text: str) -> None:
    """Write in place; the clock of the file system may be too coarse to see two writes."""
    before = place.stat().st_mtime_ns
    place.write_text(text)
    if place.stat().st_mtime_ns == before:
        os.utime(place, ns=(before + 1_000_000, before + 1_000_000))


def replace(place: Path, text: str) -> None:
    """Save as editors do."""
    other = place.with_name(place.name + "~")
    other.write_text(text)
    other.replace(place)


def test_ids_are_the_same_on_a_second_look_and_after_a_restart(files: Path) -> None:
    with opened(files.parent) as registry:
        first = ids(registry.snapshot())
        assert ids(registry.snapshot()) == first
    with opened(files.parent) as registry:
        assert ids(registry.snapshot()) == first
    assert len(set(first.values())) == len(first) == 6


@pytest.mark.parametrize("change", [touch_later, replace])
def test_new_content_keeps_the_id_and_changes_the_etags_up_to_the_root_only(
    files: Path, change: Callable[[Path, str], None]
) -> None:
    with opened(files.parent) as registry:
        before = registry.snapshot()
        change(files / "a" / "b" / "deep.txt", "DEEP")
        after = registry.snapshot()
    assert ids(after) == ids(before)
    changed = {path for path in after.by_path if after.by_path[path].etag != before.by_path[path].etag}
    assert changed == {"/a/b/deep.txt", "/a/b", "/a", "/"}


def test_without_a_change_no_etag_changes(files: Path) -> None:
    with opened(files.parent) as registry:
        before = registry.snapshot()
    with opened(files.parent) as registry:
        assert registry.snapshot().by_path == before.by_path


@pytest.mark.parametrize("restart", [False, True])
def test_a_renamed_folder_and_all_in_it_keep_their_ids_also_when_nobody_watched(files: Path, restart: bool) -> None:
    with opened(files.parent) as registry:
        before = ids(registry.snapshot())
        if not restart:
            (files / "a").rename(files / "z")
            after = ids(registry.snapshot())
    if restart:
        (files / "a").rename(files / "z")
        with opened(files.parent) as registry:
            after = ids(registry.snapshot())
    assert after == {("/z" + path[2:] if path.startswith("/a") else path): number for path, number in before.items()}


def test_a_file_moved_away_takes_its_id_along_and_its_successor_gets_a_new_one(files: Path) -> None:
    with opened(files.parent) as registry:
        before = ids(registry.snapshot())
        (files / "y.txt").rename(files / "y.old.txt")
        (files / "y.txt").write_text("the next day")
        after = ids(registry.snapshot())
    assert after["/y.old.txt"] == before["/y.txt"]
    assert after["/y.txt"] not in before.values()


def test_two_files_that_swap_names_swap_ids(files: Path) -> None:
    with opened(files.parent) as registry:
        before = ids(registry.snapshot())
        (files / "y.txt").rename(files / "t")
        (files / "a" / "x.txt").rename(files / "y.txt")
        (files / "t").rename(files / "a" / "x.txt")
        after = ids(registry.snapshot())
    assert (after["/y.txt"], after["/a/x.txt"]) == (before["/a/x.txt"], before["/y.txt"])


def test_the_id_of_a_deleted_file_is_never_given_again(files: Path) -> None:
    with opened(files.parent) as registry:
        gone = ids(registry.snapshot())["/y.txt"]
        (files / "y.txt").unlink()
        # The file system likes to give the same inode to the next file.
        (files / "new.txt").write_text("something else")
        assert gone not in ids(registry.snapshot()).values()
    with opened(files.parent) as registry:
        (files / "newer.txt").write_text("one more")
        assert gone not in ids(registry.snapshot()).values()


def test_a_hard_link_is_a_file_of_its_own(files: Path) -> None:
    with opened(files.parent) as registry:
        before = ids(registry.snapshot())
        os.link(files / "y.txt", files / "twin.txt")
        after = ids(registry.snapshot())
    assert after["/y.txt"] == before["/y.txt"]
    assert after["/twin.txt"] not in before.values()


def test_links_and_names_that_cannot_be_written_in_a_url_are_left_out(files: Path) -> None:
    (files / "link").symlink_to(files / "y.txt")
    (files / "loop").symlink_to(files)
    os.mkfifo(files / "pipe")
    Path(os.fsdecode(os.fsencode(str(files)) + b"/bad-\xff")).write_text("?")
    (files / "bell\a").write_text("?")
    with opened(files.parent) as registry:
        assert set(ids(registry.snapshot())) == {"/", "/a", "/a/b", "/a/b/deep.txt", "/a/x.txt", "/y.txt"}


def test_ids_are_on_disk_before_they_are_given_out(files: Path) -> None:
    with opened(files.parent) as registry:
        given = ids(registry.snapshot())
        with closing(sqlite3.connect(files.parent / "files.db")) as other:
            assert dict(other.execute("SELECT path, id FROM node")) == given


class Files(RuleBasedStateMachine):
    """Any sequence of changes, looks and restarts; a model follows renames that a look has seen before and after."""

    place: ClassVar[Path]
    names = st.sampled_from(["a", "b", "c"])

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(dir=self.place))
        self.files = self.home / "files"
        self.files.mkdir(parents=True)
        self.registry = Registry(self.files, self.home / "files.db")
        self.expected: dict[str, int] = ids(self.registry.snapshot())
        self.ever: set[int] = set(self.expected.values())
        self.writes = 0

    def look(self) -> Snapshot:
        snapshot = self.registry.snapshot()
        now = ids(snapshot)
        for path, number in now.items():
            if path in self.expected:
                assert number == self.expected[path], path
            else:
                assert number not in self.ever, path
        assert len(set(now.values())) == len(now)
        self.expected = now
        self.ever |= set(now.values())
        return snapshot

    def file(self, folder: str, name: str) -> Path:
        return self.files / folder / f"{name}.txt"

    @rule(folder=names, name=names)
    def write(self, folder: str, name: str) -> None:
        self.writes += 1
        place = self.file(folder, name)
        place.parent.mkdir(exist_ok=True)
        before = self.registry.snapshot().by_path["/"].etag
        place.write_text("x" * self.writes)
        assert self.look().by_path["/"].etag != before

    @rule(folder=names, name=names, to=names, new=names)
    def rename(self, folder: str, name: str, to: str, new: str) -> None:
        source, target = self.file(folder, name), self.file(to, new)
        if not source.exists() or target.exists() or not target.parent.exists():
            return
        source.rename(target)
        self.expected[f"/{to}/{new}.txt"] = self.expected.pop(f"/{folder}/{name}.txt")
        self.look()

    @rule(folder=names, to=names)
    def rename_folder(self, folder: str, to: str) -> None:
        if not (self.files / folder).exists() or (self.files / to).exists():
            return
        (self.files / folder).rename(self.files / to)
        self.expected = {
            (f"/{to}{path[2:]}" if path == f"/{folder}" or path.startswith(f"/{folder}/") else path): number
            for path, number in self.expected.items()
        }
        self.look()

    @rule(folder=names, name=names)
    def delete(self, folder: str, name: str) -> None:
        self.file(folder, name).unlink(missing_ok=True)
        self.expected.pop(f"/{folder}/{name}.txt", None)
        self.look()

    @precondition(lambda self: self.writes > 0)
    @rule()
    def restart(self) -> None:
        self.registry.close()
        self.registry = Registry(self.files, self.home / "files.db")

    @invariant()
    def seen(self) -> None:
        self.look()

    def teardown(self) -> None:
        self.registry.close()
        shutil.rmtree(self.home)


def test_ids_hold_through_any_sequence_of_changes(tmp_path: Path) -> None:
    Files.place = tmp_path
    run_state_machine_as_test(
        Files, settings=settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    )
