"""Proposals about tasks (VTODO): one to add, one that is done."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from backend.actions.action import Draft, Field
from backend.calendar import ics, times
from backend.calendar.cards import Fields, Values, written
from backend.calendar.event import NewTask, Task
from backend.calendar.proposals import Who, said, unsaid, who_of
from backend.calendar.service import Calendars, check_writable, choices
from backend.calendar.times import When, is_past, zone_name, zone_of
from backend.errors import Conflict, NotFound


class TaskDrafts:
    """Makes proposals about tasks. Raises as `Drafts` does."""

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars

    async def draft_task_add(self, who: Who, task: NewTask) -> Draft:
        """Propose a new task. Without a list the default one is meant; without that, the card asks."""
        fields = Fields(who.words)
        chosen = task.calendar or (await self._calendars.some(who.user_id, tasks=True)).href
        given = (
            fields.line("title", task.title),
            *_due(fields, task.due),
            Field("calendar", fields.label("calendar"), "choice", chosen),
            fields.notes(task.notes),
        )
        return await self._add(who, unsaid("tasks.add", who, given))

    async def draft_task_complete(self, who: Who, task: Task) -> Draft:
        """Propose to mark a task as done."""
        at = task.resource
        known = {"calendar": at.calendar, "href": at.href, "etag": at.etag, "uid": task.uid}
        return await self._complete(who, unsaid("tasks.complete", who, (), **known))

    async def again(self, user_id: str, proposed: Draft) -> Draft:
        """A proposal after its fields were edited, said as it would be done now."""
        compose: Mapping[str, Callable[[Who, Draft], Awaitable[Draft]]] = {
            "tasks.add": self._add,
            "tasks.complete": self._complete,
        }
        return await compose[proposed.kind](who_of(user_id, proposed), proposed)

    async def _add(self, who: Who, proposed: Draft) -> Draft:
        words, fields, task = who.words, Fields(who.words), new_task(proposed)
        calendar = check_writable(await self._calendars.calendar(who.user_id, task.calendar or ""), tasks=True)
        among = choices(await self._calendars.calendars(who.user_id), tasks=True)
        due = ""
        if task.due is not None:
            day = (
                words.time_of(task.due, task.due)
                if isinstance(task.due, datetime)
                else words.wording.written_day(task.due)
            )
            due = words.say("due", day=day)
        sentence = words.say("task_add", title=task.title, calendar=calendar.name, due=due)
        shown = (
            fields.line("title", task.title),
            *_due(fields, task.due),
            fields.calendar(calendar, among),
            fields.notes(task.notes),
        )
        past = task.due is not None and is_past(task.due, self._calendars.now(), who.clock)
        return said(proposed, sentence, shown, [words.say("warn_past")] if past else [])

    async def _complete(self, who: Who, proposed: Draft) -> Draft:
        values = Values(proposed)
        check_writable(await self._calendars.calendar(who.user_id, values.known("calendar")), tasks=True)
        found = await self._calendars.resource(who.user_id, values.known("calendar"), values.known("href"))
        tasks = [ics.read_task(one, found, who.clock) for one in ics.parse(found.data).todos]
        task = next((one for one in tasks if one.uid == proposed.payload.get("uid")), None)
        if task is None:
            raise NotFound("This task is not on the list any more.")
        if task.done:
            raise Conflict(f"The task “{task.title}” is done already.")
        title = Fields(who.words).line("title", task.title, editable=False)
        sentence = who.words.say("task_complete", title=task.title)
        return said(proposed, sentence, (title,), etag=found.etag)


def new_task(proposed: Draft) -> NewTask:
    """The task that a proposal would make."""
    values = Values(proposed)
    due: When | None = None
    if text := values.text("due"):
        zone = values.text("zone")
        due = times.moment(text, zone_of(zone), field="due") if zone else times.day(text, field="due")
    return NewTask(values.line("title", needed=True), due, values.text("notes"), values.text("calendar"))


def _due(fields: Fields, due: When | None) -> tuple[Field, ...]:
    if isinstance(due, datetime):
        return (
            Field("due", fields.label("due"), "moment", written(due)),
            Field("zone", fields.label("zone"), "zone", zone_name(due.tzinfo)),
        )
    return (Field("due", fields.label("due"), "date", due.isoformat() if due else None),)
