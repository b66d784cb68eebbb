"""Which entries are asked for, and how they are read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.audit.entry import moment
from backend.audit.tables import EntryRow
from backend.database import Database

# Entries that are read at once when many are: some hundred kilobytes.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """Entries of one user, of a kind ("auth" means "auth.login" as well), on a resource, from `since` to `until`.

    What is None is not asked for. The entry at `since` itself is one of them, that at `until` is not.
    """

    user_id: str | None = None
    kind: str | None = None
    resource: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """It, for the database."""
        found: list[ColumnElement[bool]] = []
        if self.user_id is not None:
            found.append(EntryRow.user_id == self.user_id)
        if self.kind is not None:
            within = EntryRow.kind.startswith(self.kind + ".", autoescape=True)
            found.append(or_(EntryRow.kind == self.kind, within))
        if self.resource is not None:
            found.append(EntryRow.resource == self.resource)
        if self.since is not None:
            found.append(EntryRow.at >= moment(self.since))
        if self.until is not None:
            found.append(EntryRow.at < moment(self.until))
        return found

    def told(self) -> dict[str, str]:
        """It, for the record of who asked for what."""
        times = {"since": self.since, "until": self.until}
        texts = {"user": self.user_id, "kind": self.kind, "resource": self.resource}
        told = {name: value for name, value in texts.items() if value is not None}
        return told | {name: moment(value) for name, value in times.items() if value is not None}


async def page(session: AsyncSession, query: Query, offset: int, limit: int) -> tuple[list[EntryRow], int]:
    """Entries, newest first, and how many there are in all."""
    conditions = query.conditions()
    total = await session.scalar(select(func.count()).select_from(EntryRow).where(*conditions))
    newest_first = select(EntryRow).where(*conditions).order_by(EntryRow.sequence.desc())
    rows = await session.scalars(newest_first.offset(offset).limit(limit))
    return list(rows), total or 0


async def batches(database: Database, query: Query, last: int) -> AsyncIterator[list[EntryRow]]:
    """All entries up to the number `last`, oldest first, some at a time; nothing is held open in between."""
    conditions, after = [*query.conditions(), EntryRow.sequence <= last], 0
    while True:
        wanted = select(EntryRow).where(*conditions, EntryRow.sequence > after)
        async with database.reading() as session:
            rows = list(await session.scalars(wanted.order_by(EntryRow.sequence).limit(_BATCH)))
        if not rows:
            return
        yield rows
        after = rows[-1].sequence
