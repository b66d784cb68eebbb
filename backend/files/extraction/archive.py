"""Zip archives, and the office formats that are ones, opened with a guard against bombs."""

import zipfile
from pathlib import Path
from typing import IO

from backend.files.extraction.reasons import BOMB, DAMAGED, PASSWORD, Unreadable

MAX_ENTRIES = 20_000
# Deflate reaches 1,032:1 at most; real spreadsheets full of equal cells reach 100:1.
MAX_RATIO = 250
# A small member may well be a long run of spaces; only from this size on does its ratio count.
RATIO_COUNTS_FROM = 16 * 2**20


class Archive:
    """An open zip archive within limits. Use as a context manager.

    Raises `Unreadable` when it is damaged, or when its members together unpack to more than `limit` bytes. A member
    never gives more bytes than the directory declares (zipfile stops there), so checking the declared sizes is enough.
    """

    def __init__(self, path: Path, limit: int) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable(DAMAGED) from error
        infos = self._zip.infolist()
        bomb = len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > limit
        bomb = bomb or any(
            info.file_size > RATIO_COUNTS_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size)
            for info in infos
        )
        if bomb:
            self._zip.close()
            raise Unreadable(BOMB)
        self._infos = {info.filename.lstrip("/"): info for info in infos}
        self._folded = {name.lower(): name for name in self._infos}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The members' names, in the order of the directory."""
        return list(self._infos)

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/").lower() in self._folded

    def encrypted(self, name: str) -> bool:
        """Whether the member needs a password."""
        return bool(self._infos[name].flag_bits & 0x1)

    def read(self, name: str) -> bytes:
        """The member's content; case is ignored, as Office does. `Unreadable` when missing, damaged or encrypted."""
        actual = self._folded.get(name.lstrip("/").lower())
        if actual is None:
            raise Unreadable(DAMAGED)
        if self.encrypted(actual):
            raise Unreadable(PASSWORD)
        try:
            return self._zip.read(self._infos[actual])
        except MemoryError:
            raise
        except Exception as error:  # zipfile, zlib, lzma and bz2 each have errors of their own for damage
            raise Unreadable(DAMAGED) from error

    def open(self, name: str) -> IO[bytes]:
        """The member as a stream; reading it raises errors of zipfile and zlib. `Unreadable` when it is missing."""
        actual = self._folded.get(name.lstrip("/").lower())
        if actual is None:
            raise Unreadable(DAMAGED)
        return self._zip.open(self._infos[actual])

    def head(self, name: str, size: int) -> bytes:
        """The first `size` bytes of a member; fewer, or none, when it is damaged."""
        try:
            with self.open(name) as member:
                return member.read(size)
        except MemoryError:
            raise
        except Exception:  # see `read`
            return b""

    def get(self, name: str) -> bytes | None:
        """The member's content, or None when it is missing or damaged."""
        try:
            return self.read(name)
        except Unreadable:
            return None
