"""Commands about tasks."""

from datetime import date, datetime

from backend.actions.action import Option
from backend.assistant.commands.finding import alike, named, one_of
from backend.assistant.commands.moments import asked_span, deadline, has_clock, said_when
from backend.assistant.commands.request import AskBack, Impossible, Line, Reply, Request
from backend.assistant.shown import Source
from backend.assistant.understanding.intents import SlotType
from backend.calendar.event import Calendar, NewTask, Task
from backend.calendar.service import Calendars, choices
from backend.calendar.tasks import TaskDrafts
from backend.calendar.times import When

# Tasks that are read out.
_MOST_LINES = 20
# Out of 100: a list is called about like this.
_SAME_LIST = 80.0


class TaskCommands:
    """Reads tasks, and proposes new ones and that they are done."""

    def __init__(self, calendars: Calendars, drafts: TaskDrafts) -> None:
        self._calendars = calendars
        self._drafts = drafts

    async def add(self, request: Request) -> Reply:
        """A new task."""
        title = request.title
        if not title:
            raise AskBack("title", request.phrases.say("what_task"))
        when = said_when(request)
        due: When | None = None
        when = when and deadline(when)
        if when is not None and when.start is not None:
            due = when.start if has_clock(when) else when.start.date()
        task = NewTask(title=f"{title[:1].upper()}{title[1:]}", due=due, calendar=await self._list(request))
        return Reply(drafts=[await self._drafts.draft_task_add(request.who, task)])

    async def read(self, request: Request) -> Reply:
        """The open tasks; with a time those that are due by then."""
        tasks = await self._calendars.tasks(request.user_id, request.zone)
        span = asked_span(request)
        if span is not None:
            tasks = [task for task in tasks if task.due is not None and _day(task.due) < _day(span.end)]
        if not tasks:
            return Reply([Line(request.phrases.say("no_tasks"))])
        return Reply([Line(request.phrases.say("tasks")), *(task_line(request, task) for task in tasks[:_MOST_LINES])])

    async def complete(self, request: Request) -> Reply:
        """That a task is done."""
        title = request.title
        if not title:
            raise AskBack("more", request.phrases.say("which_task"))
        found = named(title, await self._calendars.tasks(request.user_id, request.zone), lambda task: task.title)
        if not found:
            raise Impossible(request.phrases.say("no_such_task"))
        task = one_of(request, "task", "which_task", found, lambda one: one.uid, lambda one: one.title)
        return Reply(drafts=[await self._drafts.draft_task_complete(request.who, task)])

    async def _list(self, request: Request) -> str:
        """The list for a new task: the one that was named, or the one that was asked for once and remembered."""
        fitting = choices(await self._calendars.calendars(request.user_id), tasks=True)
        said = request.said(SlotType.LIST)
        best = max(fitting, key=lambda one: alike(said, one.name), default=None) if said else None
        if best is not None and alike(said, best.name) >= _SAME_LIST:
            return best.href
        if (chosen := request.choices.get("list")) is not None:
            await self._calendars.remember(request.user_id, chosen, tasks=True)
            return chosen
        default: Calendar | None = await self._calendars.default(request.user_id, tasks=True)
        if default is None and not fitting:
            default = await self._calendars.some(request.user_id, tasks=True)  # says why there is none
        if default is not None:
            return default.href
        options = [Option(one.href, one.name) for one in fitting]
        raise AskBack("list", request.phrases.say("which_calendar"), options)


def task_line(request: Request, task: Task) -> Line:
    """A task as a line of an answer."""
    wording, today = request.phrases.wording, request.today.date()
    due = ""
    if task.due is not None:
        when = wording.moment(task.due.astimezone(request.zone), today) if isinstance(task.due, datetime) else None
        due = request.phrases.say("due", when=when or wording.day(_day(task.due), today))
    text = request.phrases.say("task", title=task.title, due=due)
    return Line(text, Source("task", task.uid, task.title, text))


def _day(when: date | datetime) -> date:
    return when.date() if isinstance(when, datetime) else when
