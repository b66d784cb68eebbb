"""Setting and cancelling reminders as actions: drafts for cards, and what is done when they are confirmed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from backend.actions.action import Action, Draft, Field, Json, Performed
from backend.errors import BadInput, Conflict, NotFound
from backend.reminders.schedule import Schedule
from backend.reminders.service import LONGEST_TEXT, Reminder, Reminders, ReminderState
from backend.reminders.wording import say, say_when

SET, CANCEL = "reminders.set", "reminders.cancel"


class ReminderPerformer:
    """Does reminder actions (see `Performer`). `now` gives the time."""

    kinds: ClassVar[frozenset[str]] = frozenset({SET, CANCEL})

    def __init__(self, reminders: Reminders, now: Callable[[], datetime]) -> None:
        self._reminders = reminders
        self._now = now

    def draft_set(self, text: str, moment: datetime, zone: str, rule: str | None = None, language: str = "en") -> Draft:
        """A reminder to propose, in this language. `moment` is wall-clock time in `zone`, `rule` the value of an RRULE.

        Raises `BadInput` for a text, time, zone or rule that cannot be had.
        """
        wall = moment.replace(tzinfo=None).isoformat(timespec="minutes")
        fields = [
            Field("text", say(language, "text"), "text", text),
            Field("moment", say(language, "moment"), "moment", wall),
            Field("zone", say(language, "zone"), "zone", zone),
        ]
        if rule is not None:
            fields.append(Field("rule", say(language, "rule"), "rule", rule, editable=False))
        return self._said(Draft(SET, "", tuple(fields), {"language": language}))

    def draft_cancel(self, reminder: Reminder, language: str = "en") -> Draft:
        """The cancellation of a reminder, in this language. Raises `Conflict` when there is nothing to cancel."""
        if reminder.next_at is None:
            raise Conflict("There is nothing to cancel: this reminder was told, or cancelled, already.")
        schedule = reminder.schedule
        local = reminder.next_at.astimezone(schedule.zone)
        fields = [
            Field("text", say(language, "reminder"), "text", reminder.text, editable=False),
            Field("moment", say(language, "moment"), "moment", f"{local:%Y-%m-%dT%H:%M}", editable=False),
            Field("zone", say(language, "zone"), "zone", schedule.zone.key, editable=False),
        ]
        if schedule.rule is not None:
            fields.append(Field("rule", say(language, "rule"), "rule", schedule.rule, editable=False))
        when = say_when(language, schedule, reminder.next_at, "next")
        sentence = say(language, "cancel", text=reminder.text, when=when)
        return Draft(CANCEL, sentence, tuple(fields), {"reminder_id": reminder.id, "language": language})

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """See `Performer.check`."""
        if draft.kind == CANCEL:
            reminder = await self._reminders.get(user_id, _reminder_id(draft.payload))
            return self.draft_cancel(reminder, _language(draft))
        return self._said(draft)

    def delay(self, draft: Draft) -> float:
        """Reminders can be cancelled again: nothing waits."""
        return 0.0

    async def perform(self, action: Action) -> Performed:
        """See `Performer.perform`."""
        language = _language(action.draft)
        if action.draft.kind == CANCEL:
            reminder = await self._reminders.cancel(action.user_id, _reminder_id(action.draft.payload))
            return _cancelled(reminder, language)
        schedule = _schedule(action.draft)
        return _set(await self._reminders.set(action.user_id, _text(action.draft), schedule, action.key), language)

    async def find(self, action: Action) -> Performed | None:
        """See `Performer.find`."""
        if action.draft.kind == SET:
            found = await self._reminders.find(action.key)
            return None if found is None else _set(found, _language(action.draft))
        try:
            reminder = await self._reminders.get(action.user_id, _reminder_id(action.draft.payload))
        except NotFound:
            return None
        if reminder.state is not ReminderState.CANCELLED:
            return None
        return _cancelled(reminder, _language(action.draft))

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """See `Performer.undo`."""
        language = _language(action.draft)
        if action.draft.kind == SET:
            await self._reminders.cancel(action.user_id, _reminder_id(undo))
            return say(language, "undone.set")
        reminder = await self._reminders.reopen(action.user_id, _reminder_id(undo))
        return _coming(language, "undone.cancel", reminder)

    def _said(self, draft: Draft) -> Draft:
        text, schedule, language = _text(draft), _schedule(draft), _language(draft)
        first = schedule.after(self._now())
        if first is None:
            raise BadInput(f"{schedule.moment:%Y-%m-%d %H:%M} in {schedule.zone.key} has passed.", field="moment")
        warnings = []
        if schedule.rule is None and (instead := schedule.skipped()) is not None:
            warnings.append(say(language, "warn.skipped", zone=schedule.zone.key, clock=f"{instead:%H:%M}"))
        when = say_when(language, schedule, first, "first")
        return replace(draft, sentence=say(language, "set", when=when, text=text), warnings=tuple(warnings))


def _language(draft: Draft) -> str:
    return str(draft.payload.get("language", "en"))


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


def _set(reminder: Reminder, language: str) -> Performed:
    return Performed(_coming(language, "done.set", reminder), undo={"reminder_id": reminder.id})


def _cancelled(reminder: Reminder, language: str) -> Performed:
    return Performed(say(language, "done.cancel", text=reminder.text), undo={"reminder_id": reminder.id})


def _coming(language: str, what: str, reminder: Reminder) -> str:
    at = reminder.next_at or reminder.due_at  # found after a crash, it may have been told already
    if at is None:
        return say(language, f"{what}.told", text=reminder.text)
    return say(language, what, when=say_when(language, reminder.schedule, at, "next"), text=reminder.text)
