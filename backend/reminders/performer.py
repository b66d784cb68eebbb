"""Setting and cancelling reminders as actions: drafts for cards, and what is done when they are confirmed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from backend.actions.action import Action, Draft, Field, Json, Performed
from backend.errors import BadInput, Conflict, NotFound
from backend.reminders.schedule import Schedule
from backend.reminders.service import LONGEST_TEXT, Reminder, Reminders, ReminderState
from backend.reminders.wording import every, on_day

SET, CANCEL = "reminders.set", "reminders.cancel"


class ReminderPerformer:
    """Does reminder actions (see `Performer`). `now` gives the time."""

    kinds: ClassVar[frozenset[str]] = frozenset({SET, CANCEL})

    def __init__(self, reminders: Reminders, now: Callable[[], datetime]) -> None:
        self._reminders = reminders
        self._now = now

    def draft_set(self, text: str, moment: datetime, zone: str, rule: str | None = None) -> Draft:
        """A reminder to propose. `moment` is wall-clock time in `zone`, `rule` the value of an RRULE.

        Raises `BadInput` for a text, time, zone or rule that cannot be had.
        """
        wall = moment.replace(tzinfo=None).isoformat(timespec="minutes")
        fields = [
            Field("text", "Remind me to", "text", text),
            Field("moment", "When", "moment", wall),
            Field("zone", "Time zone", "zone", zone),
        ]
        if rule is not None:
            fields.append(Field("rule", "Repeats", "rule", rule, editable=False))
        return self._said(Draft(SET, "", tuple(fields)))

    def draft_cancel(self, reminder: Reminder) -> Draft:
        """The cancellation of a reminder to propose. Raises `Conflict` when there is nothing to cancel."""
        if reminder.next_at is None:
            raise Conflict("There is nothing to cancel: this reminder was told, or cancelled, already.")
        schedule = reminder.schedule
        local = reminder.next_at.astimezone(schedule.zone)
        fields = [
            Field("text", "Reminder", "text", reminder.text, editable=False),
            Field("moment", "When", "moment", f"{local:%Y-%m-%dT%H:%M}", editable=False),
            Field("zone", "Time zone", "zone", schedule.zone.key, editable=False),
        ]
        if schedule.rule is not None:
            fields.append(Field("rule", "Repeats", "rule", schedule.rule, editable=False))
        sentence = f"Cancel the reminder “{reminder.text}”: {_when(schedule, reminder.next_at, 'next')}"
        return Draft(CANCEL, sentence, tuple(fields), {"reminder_id": reminder.id})

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """See `Performer.check`."""
        if draft.kind == CANCEL:
            return self.draft_cancel(await self._reminders.get(user_id, _reminder_id(draft.payload)))
        return self._said(draft)

    def delay(self, draft: Draft) -> float:
        """Reminders can be cancelled again: nothing waits."""
        return 0.0

    async def perform(self, action: Action) -> Performed:
        """See `Performer.perform`."""
        if action.draft.kind == CANCEL:
            return _cancelled(await self._reminders.cancel(action.user_id, _reminder_id(action.draft.payload)))
        schedule = _schedule(action.draft)
        return _set(await self._reminders.set(action.user_id, _text(action.draft), schedule, action.key))

    async def find(self, action: Action) -> Performed | None:
        """See `Performer.find`."""
        if action.draft.kind == SET:
            found = await self._reminders.find(action.key)
            return None if found is None else _set(found)
        try:
            reminder = await self._reminders.get(action.user_id, _reminder_id(action.draft.payload))
        except NotFound:
            return None
        return _cancelled(reminder) if reminder.state is ReminderState.CANCELLED else None

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """See `Performer.undo`."""
        if action.draft.kind == SET:
            await self._reminders.cancel(action.user_id, _reminder_id(undo))
            return "The reminder was cancelled."
        reminder = await self._reminders.reopen(action.user_id, _reminder_id(undo))
        return f"You will be reminded again {_coming(reminder)}"

    def _said(self, draft: Draft) -> Draft:
        text, schedule = _text(draft), _schedule(draft)
        first = schedule.after(self._now())
        if first is None:
            raise BadInput(f"{schedule.moment:%Y-%m-%d %H:%M} in {schedule.zone.key} has passed.", field="moment")
        warnings = []
        if schedule.rule is None and (instead := schedule.skipped()) is not None:
            warnings.append(f"The clocks skip this time in {schedule.zone.key}: it will be {instead:%H:%M}.")
        return replace(
            draft, sentence=f"Remind you {_when(schedule, first, 'first')}: {text}", warnings=tuple(warnings)
        )


def _text(draft: Draft) -> str:
    text = draft.value("text")
    if not isinstance(text, str) or not text.strip():
        raise BadInput("Say what you want to be reminded of.", field="text")
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"A reminder has at most {LONGEST_TEXT} characters; this has {len(text)}.", field="text")
    return text.strip()


def _schedule(draft: Draft) -> Schedule:
    moment, zone, rule = draft.value("moment"), draft.value("zone"), draft.value("rule")
    return Schedule.of(str(moment), str(zone), None if rule is None else str(rule))


def _reminder_id(payload: Mapping[str, Json]) -> str:
    return str(payload["reminder_id"])


def _set(reminder: Reminder) -> Performed:
    return Performed(f"You will be reminded {_coming(reminder)}", undo={"reminder_id": reminder.id})


def _cancelled(reminder: Reminder) -> Performed:
    return Performed(f"Cancelled: {reminder.text}", undo={"reminder_id": reminder.id})


def _coming(reminder: Reminder) -> str:
    at = reminder.next_at or reminder.due_at  # found after a crash, it may have been told already
    return f"{_when(reminder.schedule, at, 'next')}: {reminder.text}" if at else f"of this: {reminder.text}"


def _when(schedule: Schedule, at: datetime, which: str) -> str:
    """At a time, or by a rule with the time that comes "first" or "next"."""
    local = at.astimezone(schedule.zone)
    if schedule.rule is None:
        return f"on {on_day(local)} at {local:%H:%M} ({schedule.zone.key})"
    repeated = every(schedule.rule, schedule.zone)
    return f"{repeated} at {local:%H:%M} ({schedule.zone.key}), {which} on {on_day(local)}"
