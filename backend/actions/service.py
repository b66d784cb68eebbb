"""Actions: proposed, shown with every field, edited, confirmed, done once, taken back."""

import asyncio
import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from backend.actions.action import Action, Draft, Json, State
from backend.actions.execution import FIND, PERFORM, UNRECORDED, Execution, Heard, MayAct, Patience, anybody
from backend.actions.journal import EXPIRY, Journal, Record
from backend.actions.performer import Performer
from backend.actions.values import with_values
from backend.database import Database
from backend.errors import BadInput, Conflict, Unavailable
from backend.jobs.ledger import Ledger
from backend.jobs.shift import Shift, regularly
from backend.jobs.worker import Workers

# How often (seconds) proposals expire and what was left behind is looked for.
_LOOK_EVERY = 60.0

# Actions of many users that are done at the same time after waiting, and looked up at the same time.
_AT_ONCE = 8

# An action that is being done when VoiceAssist stops is given so long (seconds) to end.
_GRACE = 10.0

_KEY_LENGTH = 128

_BECAME = {
    State.PROPOSED: "It was changed in the meantime. Look at it again before you confirm it.",
    State.WAITING: "It was confirmed already and is about to be done.",
    State.DOING: "It is being done already.",
    State.DONE: "It was done already.",
    State.FAILED: "It was confirmed already and could not be done.",
    State.UNSURE: "It was confirmed already, and it cannot be told whether it was done.",
    State.UNDONE: "It was taken back already.",
    State.DISMISSED: "It was dismissed already.",
    State.EXPIRED: "It was not confirmed in time. Ask for it again.",
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Actions:
    """What `performers` can do, for all users. `heard` hear of every change of state (see `Heard`).

    `now` gives the time, `new_id` ids, `new_key` what cannot be guessed. `alone`, `patience` and `may_act` as in
    `Execution`. `execution` is the handler of their jobs, which are done while this is started.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        performers: Iterable[Performer],
        *,
        heard: Sequence[Heard] = (),
        alone: bool,
        patience: Patience | None = None,
        may_act: MayAct = anybody,
        now: Callable[[], datetime] = _utc_now,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        new_key: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._journal = Journal(database, now)
        self._patience = patience or Patience()
        self.execution = Execution(
            self._journal, ledger, performers, heard, now, alone=alone, patience=self._patience, may_act=may_act
        )
        self._now = now
        self._new_id = new_id
        self._new_key = new_key
        workers = Workers(ledger, {PERFORM: (self.execution, _AT_ONCE), FIND: (self.execution, _AT_ONCE)})
        self._shift = Shift("actions", workers, lambda: regularly(self.recover, _LOOK_EVERY, "actions"))

    async def propose(
        self,
        user_id: str,
        drafts: Sequence[Draft],
        *,
        turn_id: str | None = None,
        conversation_id: str | None = None,
    ) -> list[Action]:
        """Put drafts that were asked for in one sentence before the user, as one group. Nothing is done yet."""
        for draft in drafts:
            self.execution.performer(draft.kind)
        group, now = self._new_id(), self._now()
        actions = [
            Action(self._new_id(), user_id, group, draft, self._new_key(), State.PROPOSED, now) for draft in drafts
        ]
        for action in actions:
            if not await self.execution.tell(action):
                raise Unavailable(UNRECORDED)
        await self._journal.add(actions, turn_id, conversation_id)
        return actions

    async def edit(self, user_id: str, action_id: str, values: Mapping[str, Json]) -> Action:
        """Change fields of a proposal; its sentence and warnings are made anew.

        Raises `BadInput` with the `field` at fault, and `Conflict` when it was decided or changed in the meantime.
        """
        record = await self._journal.read(user_id, action_id)
        await self._require_open(record)
        draft = await self._checked(user_id, with_values(record.action.draft, values))
        return (await self._edited(record, draft)).action

    async def confirm(self, user_id: str, action_id: str, key: str, values: Mapping[str, Json] | None = None) -> Action:
        """Have a proposal done, with these values in its fields, and tell how it stands then.

        `key` is the client's own for this confirmation: with the same one, the same action is given again and nothing
        is done twice. Raises `Conflict` when it was decided otherwise, or when the values bring something that the
        user has not seen (a warning, another field): then they are kept and can be confirmed. Raises `RateLimited`.
        """
        if not key.strip() or len(key) > _KEY_LENGTH:
            raise BadInput(f"A confirmation needs a key of 1 to {_KEY_LENGTH} characters.", field="key")
        record = await self._journal.read(user_id, action_id)
        if record.action.state is State.PROPOSED:
            await self._require_open(record)
            if values:
                record = await self._with_seen_values(record, values)
            action = await self.execution.confirm(record, key)
            if action is not None:
                return action
        return await self._confirmed_before(user_id, action_id, key)

    async def confirm_group(self, user_id: str, group: str, key: str) -> list[Action]:
        """Have all proposals of a group done, one after the other; the group as it stands then.

        What follows one that was not done stays proposed: it may have been meant for the case that it was.
        """
        records = await self._journal.group(user_id, group)
        if not any(one.action.state is State.PROPOSED or one.confirmation == key for one in records):
            raise _conflict(records[-1].action.state)
        for record in records:
            if record.action.state is not State.PROPOSED and record.confirmation != key:
                continue
            action = await self.confirm(user_id, record.action.id, key)
            if action.state not in (State.WAITING, State.DONE, State.UNDONE):
                break
        return [one.action for one in await self._journal.group(user_id, group)]

    async def dismiss(self, user_id: str, action_id: str) -> Action:
        """Have a proposal not be done. Dismissing it twice is fine."""
        action = (await self._journal.read(user_id, action_id)).action
        if action.state is State.PROPOSED:
            dismissed = await self.execution.call_off(action, State.DISMISSED)
            if dismissed is not None:
                return dismissed
            action = (await self._journal.read(user_id, action_id)).action
        if action.state is not State.DISMISSED:
            raise _conflict(action.state)
        return action

    async def dismiss_group(self, user_id: str, group: str) -> list[Action]:
        """Have none of a group's proposals be done; what was decided before stays as it is."""
        for record in await self._journal.group(user_id, group):
            if record.action.state is State.PROPOSED:
                with suppress(Conflict):
                    await self.dismiss(user_id, record.action.id)
        return [one.action for one in await self._journal.group(user_id, group)]

    async def undo(self, user_id: str, action_id: str) -> Action:
        """Stop an action that waits, or take back one that was done a short while ago. Undoing it twice is fine.

        Raises `Conflict` when it cannot be taken back: too late, changed since, or nothing that can be.
        """
        action = (await self._journal.read(user_id, action_id)).action
        if action.state is State.UNDONE:
            return action
        if action.state not in (State.WAITING, State.DONE):
            raise _conflict(action.state)
        return await self.execution.undo(action)

    async def get(self, user_id: str, action_id: str) -> Action:
        """One action. Raises `NotFound` when it is not this user's."""
        return (await self._journal.read(user_id, action_id)).action

    async def list(self, user_id: str, offset: int, limit: int, state: State | None = None) -> tuple[list[Action], int]:
        """A user's actions, newest first, and how many in all."""
        return await self._journal.page(user_id, state, offset, limit)

    async def newest(self, user_id: str, conversation_id: str) -> Sequence[Action]:
        """The group that was proposed last in this conversation: what "yes" confirms, and "take it back" undoes.

        Proposals whose time is over are left out.
        """
        found = await self._journal.newest_group(user_id, conversation_id)
        return [action for action in found if not self._is_late(action)]

    def can_undo(self, action: Action) -> bool:
        """Whether it can be stopped or taken back at this moment."""
        if action.state is State.DONE:
            return action.undo_until is not None and action.undo_until > self._now()
        return action.state is State.WAITING

    async def recover(self) -> None:
        """Look after what was left behind: proposals without an answer, what waits or was left in the middle."""
        for record in await self._journal.unanswered():
            await self.execution.call_off(record.action, State.EXPIRED)
        await self.execution.look_after()
        await self._journal.empty_old()

    async def start(self) -> None:
        """Find out what became of what an earlier process left, and begin to work."""
        if not self._shift.started:
            await self.recover()
            self._shift.start()

    async def stop(self) -> None:
        """Let what is being done end, and stop. What waits is done after the next start."""
        await self._shift.stop(grace=0.0)  # what is being done does not depend on its job
        await self.execution.close(_GRACE)

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        await self._journal.forget_user(user_id)

    async def _require_open(self, record: Record) -> None:
        if self._is_late(record.action):
            await self.execution.call_off(record.action, State.EXPIRED)
            raise _conflict(State.EXPIRED)
        if record.action.state is not State.PROPOSED:
            raise _conflict(record.action.state)

    async def _checked(self, user_id: str, draft: Draft) -> Draft:
        try:
            async with asyncio.timeout(self._patience.find):
                return await self.execution.performer(draft.kind).check(user_id, draft)
        except TimeoutError as error:
            raise Unavailable("The server did not answer in time; nothing was changed. Try again.") from error

    async def _edited(self, record: Record, draft: Draft) -> Record:
        edited = await self._journal.edit(record, draft)
        if edited is None:
            raise _conflict((await self._journal.read(record.action.user_id, record.action.id)).action.state)
        return edited

    async def _with_seen_values(self, record: Record, values: Mapping[str, Json]) -> Record:
        """The record with these values, when they bring nothing that was not on the card: that is what is confirmed."""
        shown = with_values(record.action.draft, values)
        checked = await self._checked(record.action.user_id, shown)
        if news := _news(shown, checked):
            await self._edited(record, checked)
            raise Conflict(
                f"With your change this is new: {'; '.join(news)}. Look at it again and confirm it then.",
                details={"state": State.PROPOSED},
            )
        return replace(record, action=replace(record.action, draft=checked))

    async def _confirmed_before(self, user_id: str, action_id: str, key: str) -> Action:
        await self.execution.joined(action_id)
        record = await self._journal.read(user_id, action_id)
        if record.confirmation != key:
            raise _conflict(record.action.state)
        return record.action

    def _is_late(self, action: Action) -> bool:
        return action.state is State.PROPOSED and action.created_at <= self._now() - EXPIRY


def _news(shown: Draft, checked: Draft) -> list[str]:
    """What of a checked draft was not shown: labels of fields, and warnings."""
    values = {one.name: one.value for one in shown.fields}
    fields = [one.label for one in checked.fields if one.name not in values or values[one.name] != one.value]
    return fields + [warning for warning in checked.warnings if warning not in shown.warnings]


def _conflict(state: State) -> Conflict:
    return Conflict(_BECAME[state], details={"state": state})
