"""The records of actions. Every change of state is a compare-and-set in one transaction, so only one can win."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.actions.action import Action, Draft, Performed, State
from backend.actions.limits import LIMITS
from backend.actions.stored import (
    draft_from_json,
    draft_to_json,
    emptied,
    performed_from_json,
    performed_to_json,
)
from backend.actions.tables import ActionRow
from backend.database import Database
from backend.errors import NotFound, RateLimited

# A card that was not answered for so long is not what the user wants any more.
EXPIRY = timedelta(minutes=30)

# So long it can be looked up what exactly was written, to whom. The record itself stays.
KEPT = timedelta(days=30)

# The only ways from state to state. `DOING` is entered once: that is what makes an action happen at most once.
NEXT: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.WAITING, State.DOING, State.DISMISSED, State.EXPIRED}),
    State.WAITING: frozenset({State.DOING, State.UNDONE, State.FAILED}),
    State.DOING: frozenset({State.DONE, State.FAILED, State.UNSURE}),
    State.DONE: frozenset({State.UNDONE}),
}

# Never confirmed: these do not count against a user's limits.
_UNCONFIRMED = (State.PROPOSED, State.DISMISSED, State.EXPIRED)

# Rows per statement when many are emptied.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Record:
    """An action with what only its keeper needs: see `ActionRow`."""

    action: Action
    revision: int
    confirmation: str | None
    begun_at: datetime | None


class Journal:
    """Writes and reads actions. `now` gives the time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def add(self, actions: Sequence[Action], turn_id: str | None, conversation_id: str | None) -> None:
        """Write down a group of new actions, in their order."""
        async with self._database.transaction() as session:
            session.add_all(
                ActionRow(
                    id=action.id,
                    user_id=action.user_id,
                    group_id=action.group,
                    position=position,
                    turn_id=turn_id,
                    conversation_id=conversation_id,
                    kind=action.draft.kind,
                    draft=draft_to_json(action.draft),
                    key=action.key,
                    state=action.state,
                    revision=0,
                    created_at=action.created_at,
                    emptied=False,
                )
                for position, action in enumerate(actions)
            )

    async def read(self, user_id: str, action_id: str) -> Record:
        """One action of this user. Raises `NotFound`."""
        record = await self.find(action_id)
        if record is None or record.action.user_id != user_id:
            raise NotFound(f"You have no action with the id {action_id!r}.")
        return record

    async def find(self, action_id: str) -> Record | None:
        """One action, whoever's it is."""
        async with self._database.reading() as session:
            row = await session.get(ActionRow, action_id)
        return None if row is None else _record(row)

    async def group(self, user_id: str, group: str) -> list[Record]:
        """The actions of a group in their order. Raises `NotFound`."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(ActionRow)
                .where(ActionRow.user_id == user_id, ActionRow.group_id == group)
                .order_by(ActionRow.position)
            )
            records = [_record(row) for row in rows]
        if not records:
            raise NotFound(f"You have no group of actions with the id {group!r}.")
        return records

    async def newest_group(self, user_id: str, conversation_id: str) -> list[Action]:
        """The actions that were proposed last in a conversation, in their order."""
        mine = and_(ActionRow.user_id == user_id, ActionRow.conversation_id == conversation_id)
        newest = select(ActionRow.group_id).where(mine).order_by(ActionRow.created_at.desc(), ActionRow.id).limit(1)
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(ActionRow)
                .where(mine, ActionRow.group_id == newest.scalar_subquery())
                .order_by(ActionRow.position)
            )
            return [_record(row).action for row in rows]

    async def page(self, user_id: str, state: State | None, offset: int, limit: int) -> tuple[list[Action], int]:
        """A user's actions, newest first, and how many in all."""
        mine = ActionRow.user_id == user_id
        if state is not None:
            mine = and_(mine, ActionRow.state == state)
        newest = (ActionRow.created_at.desc(), ActionRow.group_id, ActionRow.position)
        async with self._database.reading() as session:
            total = await session.scalar(select(func.count()).select_from(ActionRow).where(mine)) or 0
            rows = await session.scalars(select(ActionRow).where(mine).order_by(*newest).offset(offset).limit(limit))
            return [_record(row).action for row in rows], total

    async def standing(self, state: State) -> list[Record]:
        """All actions in this state, oldest first."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(ActionRow).where(ActionRow.state == state).order_by(ActionRow.created_at)
            )
            return [_record(row) for row in rows]

    async def unanswered(self) -> list[Record]:
        """Proposals whose time is over."""
        late = and_(ActionRow.state == State.PROPOSED, ActionRow.created_at <= self._now() - EXPIRY)
        async with self._database.reading() as session:
            return [_record(row) for row in await session.scalars(select(ActionRow).where(late))]

    async def edit(self, record: Record, draft: Draft) -> Record | None:
        """Replace the draft of a proposal; None when it is not as `record` says any more."""
        values = {"draft": draft_to_json(draft), "revision": record.revision + 1}
        async with self._database.transaction() as session:
            return await _change(session, self._unchanged(record), values)

    async def confirm(self, record: Record, key: str, due: datetime | None) -> Record | None:
        """Proposed → waiting (with `due`) or doing, with the draft of `record`.

        None when the proposal was decided or changed since `record` was read.

        Raises `RateLimited` when this user had too much done of late.
        """
        now = self._now()
        values: dict[str, Any] = {"confirmation": key, "decided_at": now, "due": due}
        values["draft"] = draft_to_json(record.action.draft)
        values |= {"state": State.DOING, "begun_at": now} if due is None else {"state": State.WAITING}
        async with self._database.transaction() as session:
            await self._check_limits(session, record.action.user_id, outgoing=due is not None)
            return await _change(session, self._unchanged(record), values)

    async def move(
        self,
        action: Action,
        to: State,
        *,
        reason: str | None = None,
        performed: Performed | None = None,
        undo_until: datetime | None = None,
    ) -> Record | None:
        """From the state that `action` is in to another one; None when it is not in that state any more."""
        assert to in NEXT[action.state], f"{action.state} → {to}"
        values: dict[str, Any] = {"state": to, "reason": reason, "undo_until": undo_until}
        if performed is not None:
            values["performed"] = performed_to_json(performed)
        if to is State.DOING:
            values["begun_at"] = self._now()
        if action.state is State.PROPOSED:
            values["decided_at"] = self._now()
        async with self._database.transaction() as session:
            return await _change(session, _in_state(action, action.state), values)

    async def begin_undo(self, action: Action, lease: timedelta) -> bool:
        """Whether this is the one that may take it back now. One that ended in the middle blocks others for `lease`."""
        now = self._now()
        free = and_(
            _in_state(action, State.DONE),
            ActionRow.undo_until > now,
            ActionRow.undo_begun.is_(None) | (ActionRow.undo_begun <= now - lease),
        )
        async with self._database.transaction() as session:
            return await _change(session, free, {"undo_begun": now}) is not None

    async def end_undo(self, action: Action, *, undo_until: datetime | None, reason: str | None) -> None:
        """It was not taken back: done as before, until `undo_until` to be tried again."""
        values = {"undo_begun": None, "undo_until": undo_until, "reason": reason}
        async with self._database.transaction() as session:
            await _change(session, _in_state(action, State.DONE), values)

    async def empty_old(self) -> int:
        """Empty what ended actions older than `KEPT` were about; returns how many."""
        old = and_(
            ActionRow.emptied.is_(False),
            ActionRow.created_at <= self._now() - KEPT,
            ActionRow.state.not_in((State.PROPOSED, State.WAITING, State.DOING)),
        )
        async with self._database.transaction() as session:
            rows = (await session.scalars(select(ActionRow).where(old).limit(_BATCH))).all()
            for row in rows:
                record = _record(row)
                row.draft = draft_to_json(emptied(record.action.draft))
                if record.action.performed is not None:
                    row.performed = performed_to_json(replace(record.action.performed, undo=None))
                row.emptied = True
        return len(rows)

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        async with self._database.transaction() as session:
            await session.execute(delete(ActionRow).where(ActionRow.user_id == user_id))

    def _unchanged(self, record: Record) -> ColumnElement[bool]:
        return and_(
            _in_state(record.action, State.PROPOSED),
            ActionRow.revision == record.revision,
            ActionRow.created_at > self._now() - EXPIRY,
        )

    async def _check_limits(self, session: AsyncSession, user_id: str, *, outgoing: bool) -> None:
        now = self._now()
        if self._database.engine.dialect.name == "postgresql":
            # One confirmation of a user at a time, or two would count before either is written. SQLite has one writer.
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(user_id))))
        for limit in LIMITS:
            if limit.outgoing and not outgoing:
                continue
            counted = and_(
                ActionRow.user_id == user_id,
                ActionRow.decided_at > now - limit.window,
                ActionRow.state.not_in(_UNCONFIRMED),
            )
            if limit.outgoing:
                counted = and_(counted, ActionRow.due.is_not(None))
            newest = select(ActionRow.decided_at).where(counted).order_by(ActionRow.decided_at.desc())
            times = (await session.scalars(newest.limit(limit.number))).all()
            if len(times) == limit.number and (oldest := times[-1]) is not None:
                raise RateLimited(
                    f"You had {limit.number} {'messages sent' if limit.outgoing else 'actions done'} in the last "
                    f"{limit.window.total_seconds() / 60:.0f} minutes; that is the most. Confirm it again later.",
                    retry_after=max(1.0, (oldest + limit.window - now).total_seconds()),
                )


def _in_state(action: Action, state: State) -> ColumnElement[bool]:
    return and_(ActionRow.id == action.id, ActionRow.state == state)


async def _change(session: AsyncSession, where: ColumnElement[bool], values: Mapping[str, Any]) -> Record | None:
    row = await session.scalar(update(ActionRow).where(where).values(values).returning(ActionRow))
    return None if row is None else _record(row)


def _record(row: ActionRow) -> Record:
    action = Action(
        id=row.id,
        user_id=row.user_id,
        group=row.group_id,
        draft=draft_from_json(row.kind, row.draft),
        key=row.key,
        state=State(row.state),
        created_at=row.created_at,
        due=row.due,
        performed=None if row.performed is None else performed_from_json(row.performed),
        undo_until=row.undo_until,
        reason=row.reason,
    )
    return Record(action, row.revision, row.confirmation, row.begun_at)
