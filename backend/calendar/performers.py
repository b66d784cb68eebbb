"""Does what was confirmed: events and tasks are written once, read back, found again after a crash, and taken back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

from backend.actions.action import Action, Draft, Json, Performed
from backend.calendar import expansion, ics
from backend.calendar.cards import Values, original_of
from backend.calendar.drafts import Drafts, Meant, new_change, new_event, new_span
from backend.calendar.editing import Edited, Editor
from backend.calendar.event import Answer, Change, Event, Resource, Scope
from backend.calendar.faults import LineLost
from backend.calendar.ics import Stamp
from backend.calendar.invitations import Host
from backend.calendar.post import Post, newer_than
from backend.calendar.proposals import Who, who_of
from backend.calendar.service import Calendars
from backend.calendar.tasks import TaskDrafts, new_task
from backend.calendar.writing import Written, create, steps_of, take_back, write
from backend.errors import BadInput, Conflict, NotFound, VoiceAssistError

_MAKES = frozenset({"calendar.create", "tasks.add"})


class CalendarPerformer:
    """See `backend.actions.performer.Performer`."""

    kinds: ClassVar[frozenset[str]] = frozenset(
        {
            *("calendar.create", "calendar.move", "calendar.change", "calendar.cancel", "calendar.respond"),
            *("tasks.add", "tasks.complete"),
        }
    )

    def __init__(self, calendars: Calendars, drafts: Drafts, tasks: TaskDrafts) -> None:
        self._calendars = calendars
        self._drafts = drafts
        self._tasks = tasks
        self._post = Post(calendars)

    async def check(self, user_id: str, draft: Draft) -> Draft:
        """See `Performer.check`."""
        drafts = self._tasks if draft.kind.startswith("tasks.") else self._drafts
        return await drafts.again(user_id, draft)

    def delay(self, draft: Draft) -> float:
        """Nothing waits: everything can be taken back."""
        return 0.0

    async def perform(self, action: Action) -> Performed:
        """See `Performer.perform`. Raises `Conflict` when the event was changed since the proposal was said."""
        who = who_of(action.user_id, action.draft)
        match action.draft.kind:
            case "calendar.create":
                return await self._create(who, action)
            case "tasks.add":
                return await self._add_task(who, action)
            case "tasks.complete":
                return await self._complete(who, action)
            case "calendar.respond":
                return await self._respond(who, action)
            case _:
                return await self._edit(who, action)

    async def find(self, action: Action) -> Performed | None:
        """See `Performer.find`. What was only begun of a series that is split is taken away."""
        who, values = who_of(action.user_id, action.draft), Values(action.draft)
        client = self._calendars.client(who.user_id)
        if action.draft.kind in _MAKES:
            made = await client.by_uid(values.text("calendar"), action.key)
            if made is None:
                return None
            written = Written(made, None, steps_of({"steps": [_step(made)]}))
            return self._performed(who, action, written, _first_event(who, made))
        calendar = values.known("calendar")
        found = await client.get_many(calendar, [values.known("href")])
        if not found:
            if action.draft.kind == "calendar.cancel":
                return Performed(self._said(who, action, None))
            raise Conflict("It is not in the calendar any more; nobody can tell why.")
        if any(str(one.get(ics.ACTION, "")) == action.key for one in ics.parse(found[0].data).walk()):
            return Performed(self._said(who, action, self._seen(who, action, found[0])))
        if found[0].etag != action.draft.payload.get("etag"):
            raise Conflict("It was changed in the calendar meanwhile; nobody can tell by whom.")
        begun = await client.by_uid(calendar, action.key)
        if begun is not None:
            await client.delete(begun.href, begun.etag)
        return None

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        """See `Performer.undo`."""
        who = who_of(action.user_id, action.draft)
        client = self._calendars.client(who.user_id)
        steps = steps_of(undo)
        present = [found for step in steps for found in await client.get_many(step.calendar, [step.href])]
        steps = newer_than(present, steps, self._stamp(action))
        host = await self._calendars.host(who.user_id)
        await take_back(client, steps)
        await self._post.taken_back(who, host, present, steps)
        name = "undone_create" if action.draft.kind in _MAKES else "undone"
        return who.words.say(name, title=self._title(action.draft))

    async def _create(self, who: Who, action: Action) -> Performed:
        event, host = new_event(action.draft), await self._calendars.host(who.user_id)
        calendar = event.calendar or ""
        data = ics.new_event(event, action.key, self._stamp(action), host.organizer if event.people else None)
        default = await self._calendars.default(who.user_id)
        written = await create(self._calendars.client(who.user_id), calendar, action.key, data)
        with _after_writing():
            if default is None:
                await self._calendars.used(who.user_id, calendar)
            assert written.resource is not None
            made = _first_event(who, written.resource)
            failed = await self._post.invited(who, host, written.resource)
            return self._performed(who, action, written, made, failed)

    async def _add_task(self, who: Who, action: Action) -> Performed:
        task = new_task(action.draft)
        calendar = task.calendar or ""
        data = ics.new_task(task, action.key, self._stamp(action))
        default = await self._calendars.default(who.user_id, tasks=True)
        written = await create(self._calendars.client(who.user_id), calendar, action.key, data)
        if default is None:
            await self._calendars.used(who.user_id, calendar, tasks=True)
        return self._performed(who, action, written, None)

    async def _complete(self, who: Who, action: Action) -> Performed:
        values = Values(action.draft)
        client = self._calendars.client(who.user_id)
        before = _unchanged(action.draft, await client.get(values.known("calendar"), values.known("href")))
        calendar = ics.parse(before.data)
        for one in calendar.todos:
            if str(one.get("UID", "")) == action.draft.payload.get("uid"):
                ics.complete(one, self._stamp(action))
        written = await write(client, before, Edited(ics.text(calendar)))
        return self._performed(who, action, written, None)

    async def _respond(self, who: Who, action: Action) -> Performed:
        values, meant = Values(action.draft), await self._meant(who, action)
        host = await self._calendars.host(who.user_id)
        given = Answer(values.choice("answer", Answer.ACCEPTED.value))
        edited = self._editor(who, action, host).respond(
            meant.occurrence.resource.data, meant.occurrence.original, values.scope(), host.me, given
        )
        written = await write(self._calendars.client(who.user_id), meant.occurrence.resource, edited)
        with _after_writing():
            failed = await self._post.answered(who, host, meant.event, written)
            return self._performed(who, action, written, meant.event, failed)

    async def _edit(self, who: Who, action: Action) -> Performed:
        meant, host = await self._meant(who, action), await self._calendars.host(who.user_id)
        before, original, scope = meant.occurrence.resource, meant.occurrence.original, Values(action.draft).scope()
        editor = self._editor(who, action, host)
        if action.draft.kind == "calendar.cancel":
            edited = editor.cancel(before.data, original, scope)
        else:
            edited = editor.change(before.data, original, scope, self._change(action.draft, meant))
        written = await write(self._calendars.client(who.user_id), before, edited)
        with _after_writing():
            failed = await self._post.changed(who, host, meant, scope, written, editor)
            now = meant.event
            if action.draft.kind != "calendar.cancel" and written.resource is not None:
                now = self._seen(who, action, written.split or written.resource) or now
            return self._performed(who, action, written, now, failed)

    def _change(self, draft: Draft, meant: Meant) -> Change:
        if draft.kind == "calendar.move":
            start, end = new_span(draft, meant.event)
            return Change(start=start, end=end)
        return new_change(draft, meant.event)

    async def _meant(self, who: Who, action: Action) -> Meant:
        meant = await self._drafts.meant(who, action.draft)
        _unchanged(action.draft, meant.occurrence.resource)
        return meant

    def _editor(self, who: Who, action: Action, host: Host) -> Editor:
        return Editor(who.clock, self._stamp(action), host.organizer)

    def _stamp(self, action: Action) -> Stamp:
        return Stamp(action.key, self._calendars.now())

    def _seen(self, who: Who, action: Action, resource: Resource) -> Event | None:
        """The occurrence that an action was about, as it reads now: where it moved to, or where it was."""
        draft = action.draft
        original = original_of(draft.payload.get("original"), who.clock)
        if original is None or Values(draft).scope() is Scope.THIS:
            try:
                return expansion.occurrence(resource, original, who.clock).event
            except BadInput:
                return None
        if draft.kind == "calendar.move":
            start, _ = Values(draft).span({}) if draft.payload.get("all_day") else new_span(draft, _any(who, resource))
            original = start
        try:
            return expansion.occurrence(resource, original, who.clock).event
        except BadInput:
            return None

    def _performed(
        self, who: Who, action: Action, written: Written, event: Event | None, failed: bool = False
    ) -> Performed:
        said = self._said(who, action, event)
        if failed:
            said = f"{said} {who.words.say('mail_failed')}"
        return Performed(said, written.undo())

    def _said(self, who: Who, action: Action, event: Event | None) -> str:
        draft = action.draft
        name = f"done_{draft.kind.removeprefix('calendar.').replace('.', '_').replace('tasks', 'task')}"
        calendar = next((one.label for f in draft.fields for one in f.options if one.value == f.value), "")
        title = event.title if event is not None else self._title(draft)
        when = who.words.time_of(event.start, event.end) if event is not None else ""
        return who.words.say(name, title=title, when=when, calendar=calendar)

    @staticmethod
    def _title(draft: Draft) -> str:
        return str(draft.value("title") or draft.payload.get("title") or "")


@contextmanager
def _after_writing() -> Iterator[None]:
    """What goes wrong once it is written must not be taken for "nothing was changed"."""
    try:
        yield
    except VoiceAssistError as error:
        raise LineLost("it was written, and what came after went wrong") from error


def _unchanged(draft: Draft, resource: Resource) -> Resource:
    if resource.etag != draft.payload.get("etag"):
        raise Conflict("It was changed in the calendar meanwhile, so nothing was changed now. Look and ask again.")
    return resource


def _first_event(who: Who, resource: Resource) -> Event | None:
    master = ics.master(ics.parse(resource.data))
    return ics.read(master, who.clock) if master is not None else None


def _any(who: Who, resource: Resource) -> Event:
    found = _first_event(who, resource)
    if found is None:
        raise NotFound("The series is not in the calendar any more.")
    return found


def _step(made: Resource) -> Json:
    return {"calendar": made.calendar, "href": made.href, "data": None, "etag": made.etag}
