"""What a day looks like: events, tasks, reminders, unread mail, each with where it comes from."""

from collections.abc import Coroutine
from datetime import date, datetime, timedelta
from typing import Any

from backend.assistant.commands.calendar import said_span
from backend.assistant.commands.events import lines as event_lines
from backend.assistant.commands.mail import MailCommands, mail_line
from backend.assistant.commands.moments import Span, asked_span
from backend.assistant.commands.reminders import reminder_line
from backend.assistant.commands.request import Line, Reply, Request
from backend.assistant.commands.tasks import task_line
from backend.calendar.service import Calendars
from backend.errors import Unavailable
from backend.reminders.service import Reminders

# More of each kind is no overview.
_MOST_EVENTS, _MOST_TASKS, _MOST_MAILS, _MOST_REMINDERS = 15, 5, 5, 50


class Briefings:
    """Sums up a day. What one of the servers does not tell is left out, and said to be."""

    def __init__(self, calendars: Calendars, mail: MailCommands, reminders: Reminders) -> None:
        self._calendars = calendars
        self._mail = mail
        self._reminders = reminders

    async def day(self, request: Request) -> Reply:
        """The day that was asked about, today without one."""
        span = asked_span(request) or Span(request.today, request.today + timedelta(days=1))
        missing: list[str] = []
        found = [
            *await self._part(self._events(request, span), missing),
            *await self._part(self._tasks(request, span), missing),
            *await self._part(self._due(request, span), missing),
            *await self._part(self._unread(request), missing),
        ]
        when = said_span(request, span)
        when = when[:1].upper() + when[1:]
        head = request.phrases.say("day" if found else "day_empty", when=when)
        return Reply([Line(head), *found, *(Line(one) for one in missing)])

    async def _part(self, lines: Coroutine[Any, Any, list[Line]], missing: list[str]) -> list[Line]:
        try:
            return await lines
        except Unavailable as error:
            missing.append(error.message)
            return []

    async def _events(self, request: Request, span: Span) -> list[Line]:
        found = await self._calendars.events(request.user_id, span.start, span.end, request.zone)
        one_day = span.end - span.start <= timedelta(days=1)
        return event_lines(request, found[:_MOST_EVENTS], day=not one_day)

    async def _tasks(self, request: Request, span: Span) -> list[Line]:
        last = span.end.astimezone(request.zone).date()
        found = [
            task
            for task in await self._calendars.tasks(request.user_id, request.zone)
            if task.due is not None and _day(task.due) < last
        ]
        if not found:
            return []
        return [Line(request.phrases.say("tasks")), *(task_line(request, task) for task in found[:_MOST_TASKS])]

    async def _due(self, request: Request, span: Span) -> list[Line]:
        found, _ = await self._reminders.list(request.user_id, 0, _MOST_REMINDERS)
        coming = [one for one in found if one.next_at is not None and span.start <= one.next_at < span.end]
        if not coming:
            return []
        return [Line(request.phrases.say("reminders")), *(reminder_line(request, one) for one in coming)]

    async def _unread(self, request: Request) -> list[Line]:
        found = await self._mail.unread(request, _MOST_MAILS)
        if not found:
            return []
        return [Line(request.phrases.say("unread")), *(mail_line(request, one) for one in found)]


def _day(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when
