"""Begins the audit anew where nothing can be added to it any more: its key is lost, or its head is not as it was
written. What was there is put away in a file, and the new chain goes on behind it: its first entry holds the file's
digest.
"""

import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.chain import Head, append, checked_head, read_head, write_head
from backend.audit.entry import NOTHING, Happening
from backend.audit.export import Format, lines
from backend.audit.keys import Keys
from backend.audit.tables import EntryRow
from backend.errors import BadInput, Conflict, Unavailable

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class PutAway:
    """What a file keeps: so many entries, the number of the last one, the SHA-256 of the file. `reason` says why."""

    entries: int
    last: int
    sha256: str
    reason: str

    def details(self) -> dict[str, str]:
        """It, as details of the new chain's first entry."""
        return {"entries": str(self.entries), "last": str(self.last), "sha256": self.sha256}


async def begin_anew(
    session: AsyncSession, keys: Keys, file: Path, happening: Callable[[PutAway], Happening]
) -> PutAway:
    """Put every entry away in `file`, as an export has them, and begin a chain behind them with the newest key and
    what `happening` makes of it. The caller holds the lock (see `chain`).

    Raises `Conflict` where the audit can be gone on with, `BadInput` where the file cannot be written or exists.
    """
    try:
        await checked_head(session, keys)
    except Unavailable as error:
        reason = error.message
    else:
        raise Conflict("The audit can be gone on with: its key is there, and it ends where it ended.")
    found = await read_head(session)
    away, ended = await _put_away(session, file, reason)
    try:
        last = max(away.last, found[0].sequence if found else 0)  # the end may have been cut off
        head = Head(ended, last + 1, ended, keys.newest.id, last)
        await write_head(session, head, keys, replacing=found is not None)
        await session.execute(delete(EntryRow))
        await append(session, keys, [happening(away)])
    except BaseException:
        _remove(file)
        raise
    return away


async def _put_away(session: AsyncSession, file: Path, reason: str) -> tuple[PutAway, str]:
    """Write the file, for good; what it holds, and the hash of the last entry."""
    entries, last, ended, digest = 0, 0, NOTHING, hashlib.sha256()
    try:
        opened = file.open("xb")
    except FileExistsError:
        raise BadInput(f"{file} exists. Name a file that does not.", field="file") from None
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.", field="file") from error
    try:
        with opened:
            async for rows in _batches(session):
                piece = lines(rows, Format.JSONL).encode()
                digest.update(piece)
                opened.write(piece)
                entries, last, ended = entries + len(rows), rows[-1].sequence, rows[-1].hash
            opened.flush()
            os.fsync(opened.fileno())
    except BaseException as error:
        _remove(file)
        if isinstance(error, OSError):
            raise BadInput(f"{file} cannot be written: {error.strerror}.", field="file") from error
        raise
    return PutAway(entries, last, digest.hexdigest(), reason), ended


async def _batches(session: AsyncSession) -> AsyncIterator[list[EntryRow]]:
    after: int | None = None
    while True:
        wanted = select(EntryRow).order_by(EntryRow.sequence).limit(_BATCH)
        rows = list(await session.scalars(wanted if after is None else wanted.where(EntryRow.sequence > after)))
        if not rows:
            return
        yield rows
        after = rows[-1].sequence
        session.expunge_all()


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
