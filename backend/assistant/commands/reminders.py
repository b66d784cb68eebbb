"""Commands about reminders."""

from datetime import datetime, time, timedelta

from backend.assistant.commands.finding import is_generic, named, one_of
from backend.assistant.commands.moments import asked_span, deadline, has_clock, said_when
from backend.assistant.commands.request import AskBack, Impossible, Line, Reply, Request
from backend.assistant.shown import Source
from backend.assistant.understanding.intents import SlotType
from backend.reminders.performer import ReminderPerformer
from backend.reminders.service import Reminder, Reminders

# "Remind me on Friday" without a time of day: in the morning.
_MORNING = time(9)
# Reminders that are read out, and looked through.
_MOST_LINES, _MOST_READ = 20, 500


class ReminderCommands:
    """Reads reminders, and proposes to set and to cancel them."""

    def __init__(self, reminders: Reminders, performer: ReminderPerformer) -> None:
        self._reminders = reminders
        self._performer = performer

    async def set(self, request: Request) -> Reply:
        """A new reminder."""
        text = request.title
        if not text:
            raise AskBack("title", request.phrases.say("what_reminder"))
        when = said_when(request, SlotType.TIME, SlotType.RECURRENCE, SlotType.DATE)
        when = when and deadline(when)
        length = request.slot(SlotType.DURATION)
        if when is not None and when.start is not None:
            moment = when.start
            if not has_clock(when):
                moment = datetime.combine(moment.date(), _MORNING, moment.tzinfo)
        elif length is not None and length.seconds:
            moment = request.now + timedelta(seconds=length.seconds)
        else:
            raise AskBack("more", request.phrases.say("when"))
        repeating = said_when(request, SlotType.RECURRENCE)
        wall = moment.astimezone(request.zone)
        rule = repeating.rrule if repeating else None
        draft = self._performer.draft_set(
            f"{text[:1].upper()}{text[1:]}", wall, request.zone_name, rule, request.phrases.code
        )
        return Reply(drafts=[draft])

    async def read(self, request: Request) -> Reply:
        """The reminders to come, and those that are due."""
        found = await self._coming(request)
        span = asked_span(request)
        if span is not None:
            found = [one for one in found if one.next_at is not None and span.start <= one.next_at < span.end]
        if not found:
            return Reply([Line(request.phrases.say("no_reminders"))])
        lines = [reminder_line(request, one) for one in found[:_MOST_LINES]]
        return Reply([Line(request.phrases.say("reminders")), *lines])

    async def cancel(self, request: Request) -> Reply:
        """Reminders taken back: one, or all."""
        found = await self._coming(request)
        title = request.title
        if title and not is_generic(request, title):
            found = named(title, found, lambda one: one.text)
        if not found:
            raise Impossible(request.phrases.say("no_such_reminder"))
        if not request.says(request.phrases.everything):
            found = [
                one_of(
                    request,
                    "reminder",
                    "which_reminder",
                    found,
                    lambda one: one.id,
                    lambda one: reminder_line(request, one).text,
                )
            ]
        return Reply(drafts=[self._performer.draft_cancel(one, request.phrases.code) for one in found[:_MOST_LINES]])

    async def _coming(self, request: Request) -> list[Reminder]:
        found, _ = await self._reminders.list(request.user_id, 0, _MOST_READ)
        return [one for one in found if one.next_at is not None]


def reminder_line(request: Request, reminder: Reminder) -> Line:
    """A reminder as a line of an answer."""
    at = reminder.next_at or reminder.due_at
    when = request.phrases.wording.moment(at.astimezone(request.zone), request.today.date()) if at else ""
    text = request.phrases.say("reminder", when=when, text=reminder.text)
    return Line(text, Source("reminder", reminder.id, reminder.text, text))
