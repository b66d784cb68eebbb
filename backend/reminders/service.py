"""Reminders of all users: set, told at their time, cancelled, dismissed."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, case, delete, func, select, update

from backend.database import Database
from backend.errors import BadInput, Conflict, NotFound
from backend.jobs.ledger import Job, JobState, Ledger, NewJob
from backend.jobs.shift import Shift, regularly
from backend.jobs.worker import Workers
from backend.reminders.schedule import Schedule
from backend.reminders.tables import ReminderRow
from backend.reminders.wording import message

# The kind of jobs that tell.
TELL = "reminders.tell"

# Where the page lists reminders.
PLACE = "#/reminders"

# What a notification shows of a text without cutting it, with room to spare.
LONGEST_TEXT = 500

# More open reminders than this are a mistake, or somebody's way to have a user flooded.
MOST_OPEN = 500

# Told so long after its time, a reminder says so.
_LATE = timedelta(minutes=5)

# So long one that is over can still be looked up.
_KEPT = timedelta(days=30)

# How often (seconds) what has no job is looked for, and what is over for long is removed.
_LOOK_EVERY = 3600.0

_AT_ONCE = 4


class ReminderState(StrEnum):
    """Where a reminder stands.

    `open` will be told. `due` came and is shown until it is dismissed: there is nothing that notifies, or it could not.
    `told` was told by a notification, the last time. A repeating one goes on when it is `due`, and back to `open` when
    it was told or dismissed.
    """

    OPEN = "open"
    DUE = "due"
    TOLD = "told"
    DISMISSED = "dismissed"
    CANCELLED = "cancelled"


_LISTED = (ReminderState.DUE, ReminderState.OPEN, ReminderState.TOLD)


class Notify(Protocol):
    """Tells a user something outside of the page. `link` is a place in the page ("#/reminders")."""

    async def __call__(self, user_id: str, subject: str, message: str, link: str) -> None:
        """Raises `NotAllowed` for a user who is disabled, `Unavailable` when it should be tried again."""
        ...


async def english(_user_id: str) -> str:
    """The language of everybody, where nobody can be asked."""
    return "en"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder as it stands: see `ReminderRow`."""

    id: str
    user_id: str
    text: str
    schedule: Schedule
    state: ReminderState
    next_at: datetime | None
    due_at: datetime | None
    told_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class _Coming:
    """A reminder whose time, `next_at`, has come by `now`."""

    reminder: Reminder
    next_at: datetime
    now: datetime

    @property
    def due(self) -> datetime:
        """Of all its times that came since, the last one: what was missed is told once."""
        return self.reminder.schedule.latest(self.next_at, self.now)

    @property
    def late(self) -> bool:
        """Whether that is well past."""
        return self.now - self.due > _LATE


class Reminders:
    """Keeps reminders, and tells them while it is started: as the handler of its jobs.

    Without `notify` the page shows what is due. `language` gives a user's language as Nextcloud's code. `lease`
    (seconds) is how long one that a killed process was telling stays untold. `now` gives the time, `new_id` ids.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        *,
        notify: Notify | None = None,
        language: Callable[[str], Awaitable[str]] = english,
        lease: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._notify = notify
        self._language = language
        self._now = now
        self._new_id = new_id
        workers = Workers(ledger, {TELL: (self, _AT_ONCE)}, lease=lease)
        self._shift = Shift("reminders", workers, lambda: regularly(self.recover, _LOOK_EVERY, "reminders"))

    async def set(self, user_id: str, text: str, schedule: Schedule, key: str) -> Reminder:
        """Remind this user. `key` finds it again (see `find`).

        Raises `BadInput` when its time has passed, and when the user has too many.
        """
        now = self._now()
        next_at = schedule.after(now)
        if next_at is None:
            raise BadInput("That time has passed already.", field="moment")
        async with self._database.transaction() as session:
            mine = and_(ReminderRow.user_id == user_id, ReminderRow.next_at.is_not(None))
            if (await session.scalar(select(func.count()).select_from(ReminderRow).where(mine)) or 0) >= MOST_OPEN:
                raise BadInput(f"You have {MOST_OPEN} open reminders; that is the most. Cancel some first.")
            row = ReminderRow(
                id=self._new_id(),
                user_id=user_id,
                key=key,
                text=text,
                moment=schedule.moment.isoformat(),
                zone=schedule.zone.key,
                rule=schedule.rule,
                state=ReminderState.OPEN,
                next_at=next_at,
                late=False,
                created_at=now,
                changed_at=now,
            )
            session.add(row)
        await self._put(row)
        return _reminder(row)

    async def find(self, key: str) -> Reminder | None:
        """The reminder that was set with this key."""
        async with self._database.reading() as session:
            row = await session.scalar(select(ReminderRow).where(ReminderRow.key == key))
        return None if row is None else _reminder(row)

    async def get(self, user_id: str, reminder_id: str) -> Reminder:
        """One reminder of this user. Raises `NotFound`."""
        async with self._database.reading() as session:
            row = await session.get(ReminderRow, reminder_id)
        if row is None or row.user_id != user_id:
            raise NotFound(f"You have no reminder with the id {reminder_id!r}.")
        return _reminder(row)

    async def list(self, user_id: str, offset: int, limit: int) -> tuple[list[Reminder], int]:
        """What is due, then what is open, the next first, then what was told; and how many in all.

        The states happen to stand in the alphabet as in this list.
        """
        listed = and_(ReminderRow.user_id == user_id, ReminderRow.state.in_(_LISTED))
        next_of_open = case((ReminderRow.state == ReminderState.OPEN, ReminderRow.next_at))
        order = (ReminderRow.state, next_of_open, ReminderRow.due_at.desc(), ReminderRow.id)
        async with self._database.reading() as session:
            total = await session.scalar(select(func.count()).select_from(ReminderRow).where(listed)) or 0
            rows = await session.scalars(select(ReminderRow).where(listed).order_by(*order).offset(offset).limit(limit))
            return [_reminder(row) for row in rows], total

    async def cancel(self, user_id: str, reminder_id: str) -> Reminder:
        """Remind no more. Raises `Conflict` when there is nothing to come."""
        still = and_(ReminderRow.id == reminder_id, ReminderRow.next_at.is_not(None))
        cancelled = await self._change(user_id, still, state=ReminderState.CANCELLED, next_at=None)
        if cancelled is None:
            await self.get(user_id, reminder_id)
            raise Conflict("There is nothing to cancel: this reminder was told, or cancelled, already.")
        return cancelled

    async def reopen(self, user_id: str, reminder_id: str) -> Reminder:
        """Take a cancellation back. Raises `Conflict` when its time has passed."""
        next_at = (await self.get(user_id, reminder_id)).schedule.after(self._now())
        if next_at is None:
            raise Conflict("The time of this reminder has passed.")
        ended = and_(ReminderRow.id == reminder_id, ReminderRow.state == ReminderState.CANCELLED)
        reopened = await self._change(user_id, ended, state=ReminderState.OPEN, next_at=next_at)
        if reopened is None:
            raise Conflict("This reminder is not cancelled.")
        await self._put_at(reopened.id, user_id, next_at)
        return reopened

    async def dismiss(self, user_id: str, reminder_id: str) -> Reminder:
        """It was seen. A repeating one comes again. Dismissing twice is fine; raises `Conflict` before it is due."""
        reminder = await self.get(user_id, reminder_id)
        if reminder.state is ReminderState.DISMISSED:
            return reminder
        after = ReminderState.DISMISSED if reminder.next_at is None else ReminderState.OPEN
        same = and_(
            ReminderRow.id == reminder_id,
            ReminderRow.state.in_((ReminderState.DUE, ReminderState.TOLD)),
            _is(ReminderRow.next_at, reminder.next_at),
        )
        dismissed = await self._change(user_id, same, state=after)
        if dismissed is None:
            raise Conflict("This reminder is not due: it can be cancelled, not dismissed.")
        return dismissed

    async def start(self) -> None:
        """Tell what became due in the meantime, and begin to work."""
        if not self._shift.started:
            await self.recover()
            self._shift.start()

    async def stop(self) -> None:
        """Let what is being told end, and stop."""
        await self._shift.stop()

    async def recover(self) -> None:
        """Have a job for every reminder to come, and forget those that are long over."""
        async with self._database.reading() as session:
            rows = (await session.scalars(select(ReminderRow).where(ReminderRow.next_at.is_not(None)))).all()
        known = await self._ledger.find(TELL, [row.id for row in rows])
        for row in rows:
            job = known.get(row.id)
            if job is None or job.state not in (JobState.WAITING, JobState.RUNNING):
                await self._put(row)
        over = and_(
            ReminderRow.state.in_((ReminderState.TOLD, ReminderState.DISMISSED, ReminderState.CANCELLED)),
            ReminderRow.changed_at < self._now() - _KEPT,
        )
        async with self._database.transaction() as session:
            await session.execute(delete(ReminderRow).where(over))

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        async with self._database.transaction() as session:
            await session.execute(delete(ReminderRow).where(ReminderRow.user_id == user_id))

    async def run(self, job: Job) -> None:
        """Tell a reminder that is due. When this ends in the middle it is told again, rather than never."""
        async with self._database.reading() as session:
            row = await session.get(ReminderRow, job.key)
        if row is None or row.next_at is None:
            return
        now = self._now()
        if row.next_at > now:
            await self._put(row)
            return
        coming = _Coming(_reminder(row), row.next_at, now)
        if self._notify is not None:
            zone = coming.reminder.schedule.zone
            local = coming.due.astimezone(zone)
            words = message(await self._language(row.user_id), local, zone.key, late=coming.late)
            await self._notify(row.user_id, row.text, words, PLACE)
        await self._came(coming, told=self._notify is not None)

    async def failed(self, job: Job) -> None:
        """What cannot be told is shown on the page."""
        if job.state is not JobState.DEAD:
            return
        async with self._database.reading() as session:
            row = await session.get(ReminderRow, job.key)
        now = self._now()
        if row is not None and row.next_at is not None and row.next_at <= now:
            await self._came(_Coming(_reminder(row), row.next_at, now), told=False)

    async def _came(self, coming: "_Coming", *, told: bool) -> None:
        """Record that its time came, and have the next one told."""
        reminder = coming.reminder
        following = reminder.schedule.after(coming.now)
        state = ReminderState.DUE
        if told:
            state = ReminderState.TOLD if following is None else ReminderState.OPEN
        same = and_(ReminderRow.id == reminder.id, ReminderRow.next_at == coming.next_at)
        values: dict[str, Any] = {"state": state, "next_at": following, "due_at": coming.due, "late": coming.late}
        if told:
            values["told_at"] = coming.now
        changed = await self._change(reminder.user_id, same, **values)
        if changed is not None and following is not None:
            await self._put_at(reminder.id, reminder.user_id, following)

    async def _change(self, user_id: str, where: ColumnElement[bool], **values: Any) -> Reminder | None:
        mine = and_(ReminderRow.user_id == user_id, where)
        change = update(ReminderRow).where(mine).values(**values, changed_at=self._now()).returning(ReminderRow)
        async with self._database.transaction() as session:
            row = await session.scalar(change)
        return None if row is None else _reminder(row)

    async def _put(self, row: ReminderRow) -> None:
        if row.next_at is not None:
            await self._put_at(row.id, row.user_id, row.next_at)

    async def _put_at(self, reminder_id: str, user_id: str, at: datetime) -> None:
        delay = max(0.0, (at - self._now()).total_seconds())
        await self._ledger.put([NewJob(TELL, reminder_id, user_id, delay=delay)])


def _is(column: Any, value: datetime | None) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.is_(None) if value is None else column == value
    return condition


def _reminder(row: ReminderRow) -> Reminder:
    return Reminder(
        id=row.id,
        user_id=row.user_id,
        text=row.text,
        schedule=Schedule.of(row.moment, row.zone, row.rule),
        state=ReminderState(row.state),
        next_at=row.next_at,
        due_at=row.due_at,
        told_at=row.told_at,
        late=row.late,
    )
