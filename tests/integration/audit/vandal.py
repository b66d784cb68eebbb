"""Somebody who owns the database, but not the key, and rewrites the audit in it; the test's restorer as well."""

import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, text, update

from backend.audit.diagnosis import Trouble
from backend.audit.tables import EntryRow, HeadRow
from backend.database import Base, Database

_TABLES = [Base.metadata.tables[row.__tablename__] for row in (EntryRow, HeadRow)]
_SQLITE_TRIGGERS = ("audit_no_update", "audit_no_delete", "audit_head_no_delete", "audit_head_forward")

TEXTS = ("at", "user_id", "kind", "resource", "outcome", "reason", "address", "agent", "request_id", "details")
HASHES = ("previous", "hash")
HEAD = ("first", "before", "sequence", "hash", "mac")


@dataclass(frozen=True)
class Damage:
    """What was done: what must be found, and at which entry (None: at the head)."""

    how: str
    trouble: frozenset[Trouble]
    sequence: int | None


class Vandal:
    """Does one damage at a time to an audit of the entries 1 to `size`, and puts it back as it was."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        self._database = database
        self._chance = chance
        self._saved: list[list[dict[str, Any]]] = []
        self.size = 0

    async def begin(self) -> None:
        """Remove the triggers, and remember what is there."""
        async with self._database.transaction() as session:
            if self._database.engine.dialect.name == "sqlite":
                for name in _SQLITE_TRIGGERS:
                    await session.execute(text(f"DROP TRIGGER {name}"))
            else:
                for table in _TABLES:
                    await session.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL"))
            for table in _TABLES:
                rows = (await session.execute(select(table))).mappings().all()
                self._saved.append([dict(row) for row in rows])
        self.size = len(self._saved[0])

    async def restore(self) -> None:
        """Put everything back."""
        async with self._database.transaction() as session:
            for table, rows in zip(_TABLES, self._saved, strict=True):
                await session.execute(delete(table))
                await session.execute(insert(table), rows)

    async def damage(self) -> Damage:
        """Do one of the damages."""
        kinds = (
            self.change, self.change, self.change, self.change_head, self.delete, self.delete_and_close_up, self.insert,
            self.append, self.swap, self.move_away, self.truncate, self.truncate_with_head, self.remove_head,
            self.replay,
        )  # fmt: skip
        return await self._chance.choice(kinds)()

    async def change(self) -> Damage:
        """Another value in one column of one entry."""
        sequence = self._any()
        column = self._chance.choice((*TEXTS, *HASHES, "key_id"))
        old = self._saved[0][sequence - 1][column]
        await self._set(sequence, {column: self._other(old, column)})
        trouble = Trouble.KEY_MISSING if column == "key_id" else Trouble.CHANGED
        return Damage(f"changed {column}", frozenset({trouble}), sequence)

    async def change_head(self) -> Damage:
        """Another value in one column of the head."""
        column = self._chance.choice(HEAD)
        old = self._saved[1][0][column]
        await self._set_head({column: old + 1 if isinstance(old, int) else self._other(old, "hash")})
        return Damage(f"changed the head's {column}", frozenset({Trouble.CHANGED}), None)

    async def delete(self) -> Damage:
        """Entries are gone from the middle."""
        first = self._chance.randint(1, self.size - 1)
        last = self._chance.randint(first, self.size - 1)
        await self._run(delete(EntryRow).where(EntryRow.sequence.between(first, last)))
        return Damage(f"deleted {first} to {last}", frozenset({Trouble.DELETED}), first)

    async def delete_and_close_up(self) -> Damage:
        """An entry is gone, and the later ones have moved up."""
        gone = self._chance.randint(1, self.size - 1)
        await self._run(delete(EntryRow).where(EntryRow.sequence == gone))
        await self._shift(gone + 1, -1)
        return Damage(f"deleted {gone} and closed up", frozenset({Trouble.DELETED}), gone)

    async def insert(self) -> Damage:
        """An entry more in the middle, and the later ones have moved down."""
        place = self._any()
        await self._shift(place, 1)
        forged = dict(self._chance.choice(self._saved[0])) | {"sequence": place, "user_id": "eve"}
        await self._run(insert(EntryRow).values(forged))
        return Damage(f"inserted as {place}", frozenset({Trouble.INSERTED}), place)

    async def append(self) -> Damage:
        """An entry more at the end."""
        number = self.size + self._chance.randint(1, 5)
        forged = dict(self._chance.choice(self._saved[0])) | {"sequence": number}
        await self._run(insert(EntryRow).values(forged))
        return Damage(f"appended as {number}", frozenset({Trouble.INSERTED}), number)

    async def swap(self) -> Damage:
        """Two entries have changed places."""
        first, second = sorted(self._chance.sample(range(1, self.size + 1), 2))
        await self._set(first, {"sequence": -1})
        await self._set(second, {"sequence": first})
        await self._set(-1, {"sequence": second})
        return Damage(f"swapped {first} and {second}", frozenset({Trouble.REORDERED}), first)

    async def move_away(self) -> Damage:
        """An entry has a number behind all others."""
        sequence = self._any()
        await self._set(sequence, {"sequence": self.size + 7})
        return Damage(f"moved {sequence} to the end", frozenset({Trouble.REORDERED}), sequence)

    async def truncate(self) -> Damage:
        """The last entries are gone."""
        first = self._any()
        await self._run(delete(EntryRow).where(EntryRow.sequence >= first))
        return Damage(f"truncated from {first}", frozenset({Trouble.TRUNCATED}), first)

    async def truncate_with_head(self) -> Damage:
        """The last entries are gone, and the head says so."""
        first = self._chance.randint(2, self.size)
        await self.truncate_from(first)
        return Damage(f"truncated from {first}, the head forged", frozenset({Trouble.CHANGED}), None)

    async def truncate_from(self, first: int) -> None:
        """The entries from this one on are gone, and the head says so."""
        last = self._saved[0][first - 2]
        await self._run(delete(EntryRow).where(EntryRow.sequence >= first))
        await self._set_head({"sequence": first - 1, "hash": last["hash"]})

    async def remove_head(self) -> Damage:
        """The head is gone, and perhaps the last entries with it."""
        await self._run(delete(HeadRow))
        await self._run(delete(EntryRow).where(EntryRow.sequence > self._any()))
        return Damage("removed the head", frozenset({Trouble.DELETED}), None)

    async def replay(self) -> Damage:
        """One entry stands a second time, in the place of another."""
        kept, gone = self._chance.sample(range(1, self.size + 1), 2)
        await self._run(delete(EntryRow).where(EntryRow.sequence == gone))
        await self._run(insert(EntryRow).values(self._saved[0][kept - 1] | {"sequence": gone}))
        return Damage(f"{kept} in the place of {gone}", frozenset({Trouble.DELETED}), gone)

    def _any(self) -> int:
        return self._chance.randint(1, self.size)

    def _other(self, old: str | None, column: str) -> str:
        if old is None:
            return "x"
        if column in HASHES or column == "key_id":
            place = self._chance.randrange(len(old))
            return old[:place] + ("0" if old[place] != "0" else "1") + old[place + 1 :]
        # A column that is full already would not take a blank more, and PostgreSQL not say so.
        longer = old[:-1] + " " if column == "at" else old + " "
        return self._chance.choice((longer, "" if old else "x", "x" + old[1:] if old[:1] != "x" else "y"))

    async def _shift(self, first: int, by: int) -> None:
        """Move the entries from this one on; over negative numbers, for no two may have the same in between."""
        await self._run(update(EntryRow).where(EntryRow.sequence >= first).values(sequence=-(EntryRow.sequence + by)))
        await self._run(update(EntryRow).where(EntryRow.sequence < 0).values(sequence=-EntryRow.sequence))

    async def _set(self, sequence: int, values: dict[str, Any]) -> None:
        await self._run(update(EntryRow).where(EntryRow.sequence == sequence).values(values))

    async def _set_head(self, values: dict[str, Any]) -> None:
        await self._run(update(HeadRow).values(values))

    async def _run(self, statement: Any) -> None:
        async with self._database.transaction() as session:
            await session.execute(statement, execution_options={"synchronize_session": False})
