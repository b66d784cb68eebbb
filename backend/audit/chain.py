"""The chain of entries in the database: where it begins and ends, what is put at its end, what is taken from its begin.

Everything here runs inside of a transaction of the caller's that nobody else writes the audit in: `locked` waits for
that.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.entry import NOTHING, Happening
from backend.audit.keys import Keys
from backend.audit.tables import EntryRow, HeadRow
from backend.errors import Unavailable

# The number of PostgreSQL's advisory lock that writers of the audit take; nothing else of ours takes it.
_LOCK = 0x0A0D17

_ONLY = 1  # the head's one row

DAMAGED = "The audit is not as it was written, so nothing is added to it: run `voiceassist audit verify`."
KEY_MISSING = (
    "The audit was written with the key {key_id}, which is not there. Bring it back into AUDIT_KEY, or the file "
    "audit.key into the storage folder. If it is lost, `voiceassist audit begin-anew` puts the old audit away."
)


class Head(msgspec.Struct, frozen=True):
    """Where the chain begins and ends.

    `first` is the number of the oldest entry that is kept and `before` the hash of the one before it, which retention
    removed: they anchor what is left. `sequence` and `hash` are those of the newest entry. Fields are in the order of
    RFC 8785.
    """

    before: str = NOTHING
    first: int = 1
    hash: str = NOTHING
    key_id: str = ""
    sequence: int = 0

    def canonical(self) -> bytes:
        """What its keyed hash covers."""
        return msgspec.json.encode(self)


async def lock(session: AsyncSession) -> None:
    """Wait until nobody else writes the audit, to the end of this transaction."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    # SQLite: the transaction began with the write lock.


async def read_head(session: AsyncSession) -> tuple[Head, str] | None:
    """The head and its MAC as they stand in the database, unchecked; None before the first entry."""
    row = (await session.execute(select(HeadRow.__table__))).first()
    if row is None:
        return None
    return Head(row.before, row.first, row.hash, row.key_id, row.sequence), row.mac


async def checked_head(session: AsyncSession, keys: Keys) -> Head | None:
    """The head, if it is as it was written. Raises `Unavailable` when it is not, or its key is missing.

    A forged head would hide that entries were cut off, so nothing is added behind one.
    """
    found = await read_head(session)
    if found is None:
        if await session.scalar(select(EntryRow.sequence).limit(1)) is not None:
            raise Unavailable(DAMAGED)
        return None
    head, mac = found
    key = keys.get(head.key_id)
    if key is None:
        raise Unavailable(KEY_MISSING.format(key_id=head.key_id))
    if key.head_mac(head.canonical()) != mac:
        raise Unavailable(DAMAGED)
    return head


async def append(session: AsyncSession, keys: Keys, happenings: Sequence[Happening]) -> Head:
    """Put these at the end of the chain, in this order; the head as it stands then."""
    old = await checked_head(session, keys)
    head = old or Head()
    key, previous = keys.newest, head.hash
    rows = []
    for sequence, happening in enumerate(happenings, head.sequence + 1):
        content = happening.following(sequence, previous, key.id)
        previous = key.entry_hash(content.canonical())
        place = {"sequence": sequence, "key_id": key.id, "previous": content.previous, "hash": previous}
        rows.append(msgspec.structs.asdict(happening) | place)
    await session.execute(insert(EntryRow), rows)
    new = Head(head.before, head.first, previous, key.id, head.sequence + len(rows))
    await write_head(session, new, keys, replacing=old is not None)
    return new


async def cut(session: AsyncSession, keys: Keys, first: int) -> int:
    """Remove what comes before the entry `first`; how many entries that were.

    The head says first that the chain begins there; the triggers let go what lies before it, and nothing else.
    """
    head = await checked_head(session, keys)
    if head is not None and first <= head.first:
        return 0
    before = await session.scalar(select(EntryRow.previous).where(EntryRow.sequence == first))
    if head is None or before is None:
        raise Unavailable(DAMAGED)
    await write_head(session, Head(before, first, head.hash, keys.newest.id, head.sequence), keys, replacing=True)
    await session.execute(delete(EntryRow).where(EntryRow.sequence < first))
    return first - head.first


async def write_head(session: AsyncSession, head: Head, keys: Keys, *, replacing: bool) -> None:
    """Write the head, over another one where there is one."""
    if replacing:
        await session.execute(update(HeadRow).where(HeadRow.id == _ONLY).values(**_columns(head, keys)))
    else:
        await session.execute(insert(HeadRow).values(id=_ONLY, **_columns(head, keys)))


def _columns(head: Head, keys: Keys) -> dict[str, object]:
    return msgspec.structs.asdict(head) | {"mac": keys.newest.head_mac(head.canonical())}
