"""File ids and ETags for a plain folder: what Nextcloud keeps in its file cache, here from the file system."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Seen:
    """What the file system says of one file or folder at one moment. Sizes in bytes, `mtime` in nanoseconds."""

    is_folder: bool
    inode: int
    size: int
    mtime: int

    def is_same_object(self, other: "Seen") -> bool:
        """Whether the two are one file or folder under two names. A reused inode number does not count for files."""
        if self.inode != other.inode or self.is_folder != other.is_folder:
            return False
        return self.is_folder or (self.size == other.size and self.mtime == other.mtime)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder with its id and ETag. `size` of a folder is that of all files below it."""

    file_id: int
    path: str
    is_folder: bool
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All files and folders at one moment, by path ("/" is the folder itself) and by id."""

    by_path: MappingProxyType[str, Entry]
    by_id: MappingProxyType[int, Entry]


class Registry:
    """Gives every file and folder an id that survives renames, changes of content and restarts.

    A path keeps its id when its content is replaced (editors write a new file and rename it into place); a file that
    turns up under a new path keeps its id by its inode. Ids are never given twice.
    """

    def __init__(self, folder: Path, database: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._records = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._records.execute(
            "CREATE TABLE IF NOT EXISTS node (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT UNIQUE NOT NULL, "
            "is_folder INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL)"
        )
        self._known: dict[str, tuple[int, Seen]] = {
            path: (file_id, Seen(bool(is_folder), inode, size, mtime))
            for file_id, path, is_folder, inode, size, mtime in self._records.execute(
                "SELECT id, path, is_folder, inode, size, mtime FROM node"
            )
        }

    def close(self) -> None:
        """Close the records."""
        with self._lock:
            self._records.close()

    def snapshot(self) -> Snapshot:
        """Walk the folder. Changes since the last walk are recorded before the ids are given out."""
        with self._lock:
            now = dict(walk(self._folder))
            ids = self._identify(now)
        return _snapshot(now, ids)

    def _identify(self, now: dict[str, Seen]) -> dict[str, int]:
        known = self._known
        if len(known) == len(now) and all(path in known and known[path][1] == seen for path, seen in now.items()):
            return {path: file_id for path, (file_id, _) in known.items()}
        by_inode = {seen.inode: (path, seen) for path, seen in now.items()}
        ids: dict[str, int] = {}
        for path, seen in now.items():
            if path in known:
                file_id, before = known[path]
                elsewhere, found = by_inode.get(before.inode, (path, before))
                moved_away = before.inode != seen.inode and elsewhere != path and before.is_same_object(found)
                if before.is_folder == seen.is_folder and not moved_away:
                    ids[path] = file_id
        taken = set(ids.values())
        lost = {before.inode: (file_id, before) for file_id, before in known.values() if file_id not in taken}
        for path, seen in now.items():
            if path not in ids and seen.inode in lost:
                file_id, before = lost[seen.inode]
                if seen.is_same_object(before):
                    ids[path] = file_id
                    del lost[seen.inode]
        self._record(now, ids)
        return ids

    def _record(self, now: dict[str, Seen], ids: dict[str, int]) -> None:
        """Write what changed and add new ids to `ids`. Either all of it is written or nothing."""
        self._records.execute("BEGIN IMMEDIATE")
        try:
            kept = {file_id: path for path, file_id in ids.items()}
            stale = [
                (file_id,)
                for path, (file_id, before) in self._known.items()
                if kept.get(file_id) != path or now[path] != before
            ]
            self._records.executemany("DELETE FROM node WHERE id = ?", stale)
            again = {file_id for (file_id,) in stale}
            for path, seen in now.items():
                file_id = ids.get(path)
                if file_id is None or file_id in again:
                    row = (file_id, path, seen.is_folder, seen.inode, seen.size, seen.mtime)
                    added = self._records.execute("INSERT INTO node VALUES (?, ?, ?, ?, ?, ?)", row)
                    assert added.lastrowid is not None
                    ids[path] = added.lastrowid
            self._records.execute("COMMIT")
        except BaseException:
            self._records.execute("ROLLBACK")
            raise
        self._known = {path: (ids[path], seen) for path, seen in now.items()}


def servable(name: str) -> bool:
    """Whether a file name can be written in a URL and in XML (no stray bytes, no control characters)."""
    return not any(sign < " " or "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff" for sign in name)


def file_etag(stat: os.stat_result) -> str:
    """The ETag of a file, without quotes: another one after every change of its content."""
    return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"


def walk(folder: Path) -> Iterator[tuple[str, Seen]]:
    """Every file and folder below `folder`, and itself as "/". Links and what vanishes meanwhile are left out."""
    yield "/", _seen(folder.stat())
    waiting = [(str(folder), "")]
    while waiting:
        place, path = waiting.pop()
        try:
            with os.scandir(place) as children:
                for child in children:
                    if not servable(child.name):
                        continue
                    try:
                        stat = child.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    below = f"{path}/{child.name}"
                    if S_ISDIR(stat.st_mode):
                        yield below, _seen(stat)
                        waiting.append((child.path, below))
                    elif S_ISREG(stat.st_mode):
                        yield below, _seen(stat)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue


def _seen(stat: os.stat_result) -> Seen:
    return Seen(S_ISDIR(stat.st_mode), stat.st_ino, stat.st_size, stat.st_mtime_ns)


def _snapshot(now: dict[str, Seen], ids: dict[str, int]) -> Snapshot:
    """Entries with folder ETags that are made from all that is below, so that a change reaches the root."""
    below: dict[str, list[Entry]] = {}
    by_path: dict[str, Entry] = {}
    # Deepest first: a folder comes after everything in it.
    for path in sorted(now, key=lambda path: path.count("/") if path != "/" else 0, reverse=True):
        seen = now[path]
        if seen.is_folder:
            children = sorted(below.pop(path, []), key=lambda entry: entry.path)
            told = "\n".join(f"{child.file_id} {child.path} {child.etag}" for child in children)
            etag = blake2b(told.encode(), digest_size=10).hexdigest()
            entry = Entry(ids[path], path, True, etag, sum(child.size for child in children))
        else:
            entry = Entry(ids[path], path, False, f"{seen.inode:x}-{seen.mtime:x}-{seen.size:x}", seen.size)
        by_path[path] = entry
        if path != "/":
            below.setdefault(path.rpartition("/")[0] or "/", []).append(entry)
    by_id = {entry.file_id: entry for entry in by_path.values()}
    return Snapshot(MappingProxyType(by_path), MappingProxyType(by_id))
