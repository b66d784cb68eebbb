"""The audit: records what was done, tells what was recorded, and lets go of what is old."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from backend.actions.action import Action, State
from backend.audit import query as queries
from backend.audit.beginning import PutAway, begin_anew
from backend.audit.chain import Head, checked_head, cut, lock
from backend.audit.checkpoints import Checkpoint, sign
from backend.audit.entry import Happening, moment
from backend.audit.export import Format, header, lines
from backend.audit.keys import Keys, open_keys
from backend.audit.query import Query
from backend.audit.tables import EntryRow
from backend.audit.verification import Report, verify
from backend.audit.writer import Writer
from backend.database import Database
from backend.envelope import current_request_id
from backend.errors import Conflict, NotFound
from backend.identity.events import Event, Outcome
from backend.identity.origin import current_origin
from backend.settings import Settings

_FAILED = (State.FAILED, State.UNSURE)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Audit:
    """The audit of all users. Several processes may write to one database; each caller waits for its own entry.

    `database` is for reading, `durable` for writing (see `Database`); `now` gives the time.
    """

    def __init__(
        self, database: Database, durable: Database, keys: Keys, now: Callable[[], datetime] = _utc_now
    ) -> None:
        self._database = database
        self._durable = durable
        self._keys = keys
        self._now = now
        self._writer = Writer(durable, keys)

    async def open(self) -> None:
        """See that it can be added to. Raises `Unavailable` when it was tampered with, or its key is missing."""
        async with self._database.reading() as session:
            await checked_head(session, self._keys)

    async def close(self) -> None:
        """Write what waits, and give the connections back."""
        await self._writer.close()
        if self._durable is not self._database:
            await self._durable.close()

    async def record(self, event: Event) -> None:
        """Record an event, with where the request that is being served came from; returns when it is kept for good.

        It is a `Record` of identity events. Raises `Unavailable` when it cannot be recorded: then the thing must not
        happen. Not to be awaited inside of a transaction (see `Writer.write`).
        """
        request_id = current_request_id().removeprefix("-")
        await self._writer.write(Happening.of(event, current_origin(), request_id, self._now()))

    async def hear(self, action: Action) -> None:
        """Record that an action is about to change its state: a `Heard` of the actions.

        What it is about stays in the action's own record, and so does the reason of a failure, which may quote it.
        """
        outcome = Outcome.FAILED if action.state in _FAILED else Outcome.SUCCESS
        details = {"action": action.draft.kind, "group": action.group}
        event = Event(f"action.{action.state}", action.user_id, outcome, f"action:{action.id}", details=details)
        await self.record(event)

    async def page(self, query: Query, offset: int, limit: int) -> tuple[list[EntryRow], int]:
        """Entries that are asked for, newest first, and how many there are in all."""
        async with self._database.reading() as session:
            return await queries.page(session, query, offset, limit)

    async def export(self, query: Query, form: Format, user_id: str | None) -> AsyncIterator[str]:
        """Entries that are asked for as text, oldest first, in pieces.

        That this user exports them is recorded before this returns, and is not one of them.
        """
        last = (await self._head()).sequence
        details = query.told() | {"format": form, "through": str(last)}
        await self.record(Event("audit.exported", user_id, resource="audit", details=details))
        return self._pieces(query, form, last)

    async def checkpoint(self, user_id: str | None) -> Checkpoint:
        """Where the audit stands, signed. That it was taken is recorded behind it.

        Raises `NotFound` before the first entry.
        """
        head = await self._head()
        if not head.sequence:
            raise NotFound("The audit has no entry yet, so there is nothing to take a checkpoint of.")
        details = {"through": str(head.sequence)}
        await self.record(Event("audit.checkpoint", user_id, resource="audit", details=details))
        return sign(head, self._keys.newest, moment(self._now()))

    async def verify(self, checkpoints: Sequence[Checkpoint] = ()) -> Report:
        """Whether all of it is as it was written, and as it was at these checkpoints.

        It takes a second for some 50,000 entries, of this thread: it is for the command line.
        """
        return await verify(self._database, self._keys, checkpoints)

    async def retain(self, since: datetime, user_id: str | None) -> int:
        """Remove the entries before `since`; how many that were.

        Removed is what lies before the first entry that is to be kept, so that no gap comes about. That it was removed
        is recorded first. Raises `Conflict` when the audit does not verify: what was tampered with is not to be
        removed.
        """
        report = await self.verify()
        if report.problem is not None:
            raise Conflict(f"Nothing was removed, for the audit does not verify: {report.problem.told()}")
        kept = select(EntryRow.sequence).where(EntryRow.at >= moment(since)).order_by(EntryRow.sequence).limit(1)
        async with self._database.reading() as session:
            first = await session.scalar(kept)
        first = report.last + 1 if first is None else first  # the record of this removal is kept in any case
        if first <= report.first:
            return 0
        details = {"before": str(first), "entries": str(first - report.first), "since": moment(since)}
        await self.record(Event("audit.retained", user_id, resource="audit", details=details))
        async with self._durable.transaction() as session:
            await lock(session)
            return await cut(session, self._keys, first)

    async def begin_anew(self, file: Path, user_id: str | None) -> PutAway:
        """Put the audit away in `file` and begin another one behind it, which says so: for a key that was lost.

        Raises `Conflict` where the audit can be gone on with, `BadInput` where the file cannot be written or exists.
        """

        def happening(away: PutAway) -> Happening:
            event = Event("audit.begun_anew", user_id, resource="audit", reason=away.reason, details=away.details())
            return Happening.of(event, current_origin(), "", self._now())

        async with self._durable.transaction() as session:
            await lock(session)
            return await begin_anew(session, self._keys, file, happening)

    async def _head(self) -> Head:
        async with self._database.reading() as session:
            return await checked_head(session, self._keys) or Head()

    async def _pieces(self, query: Query, form: Format, last: int) -> AsyncIterator[str]:
        if begin := header(form):
            yield begin
        async for rows in queries.batches(self._database, query, last):
            yield lines(rows, form)


def open_audit(settings: Settings, database: Database) -> Audit:
    """The audit in the records of `database`, with the key that the settings name or one of its own."""
    keys = open_keys(settings.audit_key.get_secret_value(), settings.app_persistent_storage)
    sqlite = database.engine.dialect.name == "sqlite"
    return Audit(database, Database(database.url, durable=True) if sqlite else database, keys)
