"""Does confirmed actions: once each, whatever happens in the middle, and takes them back.

An action that began and whose end is not known is never done again: its performer is asked what the server has, and
again later when the server does not answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from backend.actions.action import Action, Performed, State
from backend.actions.journal import Journal, Record
from backend.actions.performer import Performer
from backend.errors import Broken, Conflict, NotAllowed, Unavailable, VoiceAssistError
from backend.jobs.ledger import Job, JobState, Ledger, NewJob
from backend.trouble import told, where

log = structlog.get_logger(__name__)

T = TypeVar("T")

Heard = Callable[[Action], Awaitable[None]]
"""Hears of every change of an action's state, with the action as it will be. A confirmed action, or an undo, of which
one of these cannot hear (it raises) does not happen."""

MayAct = Callable[[str], Awaitable[object]]
"""Raises when nothing may be done for this user at the moment: `NotAllowed` for one who is disabled."""

# The kinds of jobs: do an action that waited, and ask what became of one that began.
PERFORM, FIND = "actions.perform", "actions.find"

# A done action can be taken back for so long.
UNDO = timedelta(minutes=10)

# A message that should have left so long ago (VoiceAssist was not running) may be wrong by now, or sent otherwise.
TOO_LATE = timedelta(hours=1)

# A server that does not answer for so long will not tell us any more what became of an action.
GIVE_UP = timedelta(days=1)

UNRECORDED = "Nothing was done: it could not be recorded, and nothing is done without a record. Try again later."
_NOT_DONE = "It broke off before anything was changed. Nothing was done."
_NOBODY_KNOWS = "It broke off, and it cannot be told whether it was done. Look there before you do it again."
_LATE = "VoiceAssist was not running when this should have been sent. Nothing was sent."
_UNDO_BROKE_OFF = "Taking it back broke off, and it cannot be told whether it was. Look there."


async def anybody(_user_id: str) -> None:
    """Everybody may act: where there is one person only."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long (seconds) is waited for a performer.

    `perform` for doing or undoing (a mail with attachments over a slow line), `find` for one look at the server.
    `settle`: what was on its way to the server when doing broke off has arrived there after so long; only then "it is
    not there" is believed.
    """

    perform: float = 60.0
    find: float = 30.0
    settle: float = 10.0


class Execution:
    """Does actions and looks after them. It is the handler of both kinds of jobs.

    `may_act` is asked before an action that waited is done: its user may have been disabled since.
    `alone`: no other process does actions of these records, so what is being done, but not here, was left behind.
    Otherwise it was when it is over its time.
    """

    def __init__(
        self,
        journal: Journal,
        ledger: Ledger,
        performers: Iterable[Performer],
        heard: Sequence[Heard],
        now: Callable[[], datetime],
        *,
        alone: bool,
        patience: Patience,
        may_act: MayAct,
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._performers: Mapping[str, Performer] = {kind: one for one in performers for kind in one.kinds}
        self._heard = heard
        self._now = now
        self._alone = alone
        self._patience = patience
        self._may_act = may_act
        self._lease = timedelta(seconds=patience.perform + patience.find + patience.settle)
        self._tasks: dict[asyncio.Task[Any], str] = {}

    def performer(self, kind: str) -> Performer:
        """Who does actions of this kind. Raises `Conflict` when nobody does."""
        performer = self._performers.get(kind)
        if performer is None:
            raise Conflict(f"VoiceAssist cannot do this here ({kind!r}): it is not set up.")
        return performer

    async def confirm(self, record: Record, key: str) -> Action | None:
        """Have a proposal done, or wait in which it can still be stopped; None when it changed since it was read."""
        return await self._protected(record.action.id, self._confirm(record, key))

    async def undo(self, action: Action) -> Action:
        """Stop a waiting action, or take a done one back. Raises `Conflict` when that cannot be."""
        return await self._protected(action.id, self._undo(action))

    async def call_off(self, action: Action, to: State, reason: str | None = None) -> Action | None:
        """Have it not be done, for good; None when somebody else was faster."""
        record = await self._journal.move(action, to, reason=reason)
        if record is None:
            return None
        await self.tell(record.action)  # that nothing is done needs nobody's leave
        return record.action

    async def tell(self, action: Action) -> bool:
        """Tell those who hear of every change; whether all of them could."""
        try:
            for hear in self._heard:
                await hear(action)
        except Exception as error:
            log.error("actions.not_recorded", kind=action.draft.kind, error=told(error), where=where(error))
            return False
        return True

    async def joined(self, action_id: str) -> None:
        """Wait for what this process is doing about this action."""
        if tasks := [task for task, held in self._tasks.items() if held == action_id]:
            await asyncio.wait(tasks)

    async def close(self, grace: float) -> None:
        """Give what is being done `grace` seconds; what is left then is looked up at the next start."""
        if self._tasks:
            _, late = await asyncio.wait(list(self._tasks), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def look_after(self) -> None:
        """Have jobs for what waits, and for what was left in the middle."""
        now = self._now()
        waiting = await self._journal.standing(State.WAITING)
        await self._put_missing(PERFORM, waiting, lambda one: ((one.action.due or now) - now).total_seconds())
        doing = await self._journal.standing(State.DOING)
        left = [one for one in doing if one.action.id not in self._tasks.values()]
        await self._put_missing(FIND, left, lambda one: self._wait_for(one, now))

    async def run(self, job: Job) -> None:
        """Do a job. It may come twice, and late."""
        record = await self._journal.find(job.key)
        if record is None:
            return
        if job.kind == PERFORM and record.action.state is State.WAITING:
            await self._perform_due(record)
        elif job.kind == FIND and record.action.state is State.DOING and job.key not in self._tasks.values():
            await self._protected(job.key, self._settle(record))

    async def failed(self, job: Job) -> None:
        """Nobody can be asked any more what became of an action when its job was given up."""
        record = await self._journal.find(job.key) if job.kind == FIND and job.state is JobState.DEAD else None
        if record is not None and record.action.state is State.DOING:
            await self._ended(record.action, State.UNSURE, reason=_NOBODY_KNOWS)

    async def _protected(self, action_id: str, work: Coroutine[Any, Any, T]) -> T:
        """Do it to its end, also when whoever asked for it goes away."""
        task = asyncio.create_task(work, name=f"action {action_id}")
        self._tasks[task] = action_id
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        if not task.cancelled():
            task.exception()  # nobody may be left to hear of it

    async def _confirm(self, record: Record, key: str) -> Action | None:
        draft = record.action.draft
        delay = self.performer(draft.kind).delay(draft)
        due = self._now() + timedelta(seconds=delay) if delay > 0 else None
        confirmed = await self._journal.confirm(record, key, due)
        if confirmed is None:
            return None
        if due is None:
            return await self._carry_out(confirmed.action)
        if not await self.tell(confirmed.action):
            return await self.call_off(confirmed.action, State.FAILED, UNRECORDED)
        await self._ledger.put([NewJob(PERFORM, confirmed.action.id, confirmed.action.user_id, delay=delay)])
        return confirmed.action

    async def _perform_due(self, record: Record) -> None:
        action, now = record.action, self._now()
        due = action.due or now
        if due > now:  # clocks differ a little
            delay = (due - now).total_seconds()
            await self._ledger.put([NewJob(PERFORM, action.id, action.user_id, delay=delay)])
        elif now - due > TOO_LATE:
            await self.call_off(action, State.FAILED, _LATE)
        else:
            try:
                await self._may_act(action.user_id)
            except NotAllowed as error:
                await self.call_off(action, State.FAILED, error.message)
                return
            await self._protected(action.id, self._begin(action))

    async def _begin(self, action: Action) -> None:
        begun = await self._journal.move(action, State.DOING)
        if begun is not None:
            await self._carry_out(begun.action)

    async def _carry_out(self, action: Action) -> Action:
        """Do an action that has just begun, and only here."""
        if not await self.tell(action):
            return await self._ended(action, State.FAILED, reason=UNRECORDED)
        try:
            async with asyncio.timeout(self._patience.perform):
                performed = await self.performer(action.draft.kind).perform(action)
        except Exception as error:
            if isinstance(error, VoiceAssistError) and not isinstance(error, Broken):
                return await self._ended(action, State.FAILED, reason=error.message)
            log.warning("actions.broke_off", kind=action.draft.kind, error=told(error), where=where(error))
            return await self._look(action)
        return await self._done(action, performed)

    async def _look(self, action: Action) -> Action:
        """Doing broke off: what the server has now is the answer; that it has nothing is not yet."""
        try:
            performed = await self._find(action)
        except Conflict:
            return await self._ended(action, State.UNSURE, reason=_NOBODY_KNOWS)
        except Exception as error:
            log.warning("actions.not_found_out", kind=action.draft.kind, error=told(error), where=where(error))
            performed = None
        if performed is not None:
            return await self._done(action, performed)
        await self._ledger.put([NewJob(FIND, action.id, action.user_id, delay=self._patience.settle)])
        return action

    async def _settle(self, record: Record) -> None:
        """Find out what became of an action that was left in the middle. Raises what the server's trouble is."""
        action = record.action
        if record.begun_at is not None and self._now() - record.begun_at > GIVE_UP:
            await self._ended(action, State.UNSURE, reason=_NOBODY_KNOWS)
            return
        try:
            performed = await self._find(action)
        except Conflict:
            await self._ended(action, State.UNSURE, reason=_NOBODY_KNOWS)
            return
        if performed is None:
            await self._ended(action, State.FAILED, reason=_NOT_DONE)
        else:
            await self._done(action, performed)

    async def _find(self, action: Action) -> Performed | None:
        try:
            async with asyncio.timeout(self._patience.find):
                return await self.performer(action.draft.kind).find(action)
        except TimeoutError as error:
            raise Unavailable("The server did not say in time whether this was done.") from error

    async def _done(self, action: Action, performed: Performed) -> Action:
        undo_until = None if performed.undo is None else self._now() + UNDO
        return await self._ended(action, State.DONE, performed=performed, undo_until=undo_until)

    async def _ended(
        self,
        action: Action,
        to: State,
        *,
        reason: str | None = None,
        performed: Performed | None = None,
        undo_until: datetime | None = None,
    ) -> Action:
        """Record what became of it. That it happened stays true when others cannot hear of it."""
        ended = replace(action, state=to, reason=reason, performed=performed, undo_until=undo_until)
        await self.tell(ended)
        await self._journal.move(action, to, reason=reason, performed=performed, undo_until=undo_until)
        return ended

    async def _undo(self, action: Action) -> Action:
        if action.state is State.WAITING:
            stopped = await self.call_off(action, State.UNDONE)
            if stopped is None:
                raise Conflict("It is being done already and cannot be stopped any more.")
            return stopped
        performed = action.performed
        if performed is None or performed.undo is None or not await self._journal.begin_undo(action, self._lease):
            raise Conflict("It cannot be taken back any more, or is being taken back at this moment.")
        undone = replace(action, state=State.UNDONE, undo_until=None)
        if not await self.tell(undone):
            await self._journal.end_undo(action, undo_until=action.undo_until, reason=None)
            raise Unavailable(UNRECORDED)
        try:
            async with asyncio.timeout(self._patience.perform):
                said = await self.performer(action.draft.kind).undo(action, performed.undo)
        except Exception as error:
            await self.tell(action)  # it stands, as far as we know
            if isinstance(error, VoiceAssistError) and not isinstance(error, Broken):
                await self._journal.end_undo(action, undo_until=action.undo_until, reason=None)
                raise
            log.warning("actions.undo_broke_off", kind=action.draft.kind, error=told(error), where=where(error))
            await self._journal.end_undo(action, undo_until=None, reason=_UNDO_BROKE_OFF)
            raise Unavailable(_UNDO_BROKE_OFF) from error
        taken_back = Performed(said)
        await self._journal.move(action, State.UNDONE, performed=taken_back)
        return replace(undone, performed=taken_back)

    def _wait_for(self, record: Record, now: datetime) -> float:
        """Seconds after which nobody is at this action any more."""
        settle = self._patience.settle
        if self._alone or record.begun_at is None:
            return settle
        return max(settle, (record.begun_at + self._lease - now).total_seconds())

    async def _put_missing(self, kind: str, records: Sequence[Record], delay: Callable[[Record], float]) -> None:
        known = await self._ledger.find(kind, [one.action.id for one in records])
        at_work = {key for key, job in known.items() if job.state in (JobState.WAITING, JobState.RUNNING)}
        await self._ledger.put(
            NewJob(kind, one.action.id, one.action.user_id, delay=max(0.0, delay(one)))
            for one in records
            if one.action.id not in at_work
        )
