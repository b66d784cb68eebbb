"""Verifies the whole audit: every entry's hash, their chain, the head and checkpoints; names the first bad entry."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.chain import KEY_MISSING, Head, read_head
from backend.audit.checkpoints import Checkpoint
from backend.audit.diagnosis import Entry, Problem, Trouble, diagnose, hash_of
from backend.audit.keys import Keys
from backend.audit.tables import EntryRow
from backend.database import Database
from backend.errors import BadInput, NotFound

# Entries read at once: few enough for some megabytes, many enough that asking costs nothing.
_BATCH = 2000

_COLUMNS = [EntryRow.__table__.c[name] for name in Entry.__struct_fields__]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. Entries `first` to `last` are there, `entries` of them good, up to the first bad one.

    `checkpoints` were compared; those within what retention removed cannot be.
    """

    entries: int
    first: int
    last: int
    checkpoints: int
    problem: Problem | None = None


async def verify(database: Database, keys: Keys, checkpoints: Sequence[Checkpoint] = ()) -> Report:
    """Verify it as it stands at this moment, while others go on writing.

    Raises `BadInput` for a checkpoint that none of our keys has signed.
    """
    for checkpoint in checkpoints:
        key = keys.get(checkpoint.key_id)
        if key is None or not checkpoint.is_signed_by(key.checkpoints.public_key()):
            raise BadInput(
                f"The checkpoint of entry {checkpoint.sequence} ({checkpoint.at}) is not signed by a key of this audit."
            )
    async with database.reading() as session:
        if database.engine.dialect.name == "postgresql":  # SQLite reads one state anyway
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        found = await read_head(session)
        if found is None:
            return await _without_head(session, checkpoints)
        head, mac = found
        problem = _problem_of_head(head, mac, keys)
        if problem is not None:
            return Report(0, head.first, head.sequence, 0, problem)
        return await _verify_chain(session, head, keys, checkpoints)


async def _verify_chain(session: AsyncSession, head: Head, keys: Keys, checkpoints: Sequence[Checkpoint]) -> Report:
    wanted = {checkpoint.sequence for checkpoint in checkpoints}
    hashes = {head.first - 1: head.before}
    expected, previous = head.first, head.before

    def report(problem: Problem | None, compared: int = 0) -> Report:
        return Report(expected - head.first, head.first, head.sequence, compared, problem)

    try:
        async for batch in entries_after(session, None):
            for entry in batch:
                if (
                    entry.sequence != expected
                    or entry.previous != previous
                    or expected > head.sequence
                    or hash_of(entry, expected, keys) != entry.hash
                ):
                    rest = entries_after(session, entry.sequence)
                    return report(await diagnose(entry, expected, head, keys, rest))
                previous = entry.hash
                if expected in wanted:
                    hashes[expected] = previous
                expected += 1
    except _Unreadable as error:
        return report(Problem(Trouble.CHANGED, error.sequence, "it cannot be read"))
    if expected <= head.sequence:
        return report(Problem(Trouble.TRUNCATED, expected, f"it and all up to {head.sequence} are missing"))
    if previous != head.hash:
        return report(Problem(Trouble.CHANGED, head.sequence, "it is not the entry that was the newest"))
    compared = 0
    for checkpoint in sorted(checkpoints, key=lambda one: one.sequence):
        if checkpoint.sequence > head.sequence:
            what = f"it was there at {checkpoint.at}, when a checkpoint was taken at entry {checkpoint.sequence}"
            return report(Problem(Trouble.TRUNCATED, head.sequence + 1, what), compared)
        if checkpoint.sequence < head.first - 1:
            continue
        if hashes[checkpoint.sequence] != checkpoint.hash:
            what = f"at {checkpoint.at} another entry had this number: later ones were cut off and written anew"
            return report(Problem(Trouble.TRUNCATED, checkpoint.sequence, what), compared)
        compared += 1
    return report(None, compared)


def _problem_of_head(head: Head, mac: str, keys: Keys) -> Problem | None:
    key = keys.get(head.key_id)
    if key is None:
        return Problem(Trouble.KEY_MISSING, None, KEY_MISSING.format(key_id=head.key_id))
    if key.head_mac(head.canonical()) != mac:
        return Problem(Trouble.CHANGED, None, "the head, which says where the audit begins and ends")
    return None


async def _without_head(session: AsyncSession, checkpoints: Sequence[Checkpoint]) -> Report:
    first = await session.scalar(select(EntryRow.sequence).order_by(EntryRow.sequence).limit(1))
    if first is not None:
        return Report(
            0, 0, 0, 0, Problem(Trouble.DELETED, None, "the head, which says where the audit begins and ends")
        )
    if checkpoints:
        newest = max(checkpoints, key=lambda one: one.sequence)
        what = f"nothing is there, and a checkpoint was taken at entry {newest.sequence} ({newest.at})"
        return Report(0, 0, 0, 0, Problem(Trouble.TRUNCATED, 1, what))
    return Report(0, 0, 0, 0)


class _Unreadable(Exception):
    """An entry holds what is no text."""

    def __init__(self, sequence: int) -> None:
        super().__init__(sequence)
        self.sequence = sequence


async def entries_after(session: AsyncSession, after: int | None) -> AsyncIterator[list[Entry]]:
    """All entries behind this number (None: all), in their order, some at a time."""
    while True:
        try:
            batch = await _batch(session, after)
        except DBAPIError:
            raise _Unreadable(await _first_unreadable(session, after)) from None
        if not batch:
            return
        yield batch
        after = batch[-1].sequence


async def _batch(session: AsyncSession, after: int | None) -> list[Entry]:
    wanted = select(*_COLUMNS).order_by(EntryRow.sequence).limit(_BATCH)
    if after is not None:
        wanted = wanted.where(EntryRow.sequence > after)
    return [Entry(*values) for values in await session.execute(wanted)]


async def _first_unreadable(session: AsyncSession, after: int | None) -> int:
    numbers = select(EntryRow.sequence).order_by(EntryRow.sequence).limit(_BATCH)
    if after is not None:
        numbers = numbers.where(EntryRow.sequence > after)
    for number in (await session.scalars(numbers)).all():
        try:
            await session.execute(select(*_COLUMNS).where(EntryRow.sequence == number))
        except DBAPIError:
            return number
    raise NotFound("The audit could not be read. Try again.")
