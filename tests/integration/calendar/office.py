"""A user at work: her calendar on a server, our services over it, and another program that looks at the server."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from backend.actions.action import Action, Draft, Json, Performed, State
from backend.calendar.drafts import Drafts
from backend.calendar.event import Occurrence
from backend.calendar.invitations import SendInvitation
from backend.calendar.performers import CalendarPerformer
from backend.calendar.proposals import Who
from backend.calendar.service import Calendars
from backend.calendar.tasks import TaskDrafts
from backend.database import Database
from backend.preferences import Preferences
from tests.servers.caldav_servers import CalDavServer, OtherCalendar

BERLIN = ZoneInfo("Europe/Berlin")
# A Monday.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=BERLIN)

_keys = itertools.count(1)


@dataclass
class Office:
    """See the module."""

    server: CalDavServer
    calendar: OtherCalendar
    href: str
    calendars: Calendars
    drafts: Drafts
    tasks: TaskDrafts
    performer: CalendarPerformer
    who: Who
    keys: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        server: CalDavServer,
        database: Database,
        calendar: OtherCalendar,
        language: str = "en",
        mail: SendInvitation | None = None,
    ) -> "AsyncIterator[Office]":
        calendars = Calendars(server, Preferences(database), clock=lambda: NOW, mail=mail)
        drafts, tasks = Drafts(calendars), TaskDrafts(calendars)
        href = urlsplit(str(calendar.url)).path
        performer = CalendarPerformer(calendars, drafts, tasks)
        yield cls(
            server, calendar, href, calendars, drafts, tasks, performer, Who(server.user, language, "Europe/Berlin")
        )
        await calendars.close()

    def action(self, draft: Draft) -> Action:
        """The proposal as it is recorded."""
        key = f"action-{next(_keys)}-key"
        return Action(key, self.who.user_id, "group", draft, key, State.DOING, NOW)

    async def do(self, draft: Draft, **edited: Json) -> tuple[Action, Performed]:
        """Edit some fields, check, confirm and perform."""
        if edited:
            fields = tuple(replace(one, value=edited.get(one.name, one.value)) for one in draft.fields)
            draft = replace(draft, fields=fields)
        action = self.action(await self.performer.check(self.who.user_id, draft))
        return action, await self.performer.perform(action)

    async def undo(self, action: Action, performed: Performed) -> str:
        assert performed.undo is not None
        return await self.performer.undo(action, performed.undo)

    async def happening(self, start: datetime, days: float = 1, text: str = "") -> list[Occurrence]:
        """What is in this test's calendar."""
        found = await self.calendars.events(self.who.user_id, start, start + timedelta(days=days), BERLIN, text=text)
        return [one for one in found if one.resource.calendar == self.href]

    async def one(self, start: datetime, days: float = 1, text: str = "") -> Occurrence:
        found = await self.happening(start, days, text)
        assert len(found) == 1, [one.event for one in found]
        return found[0]

    async def raw(self, uid: str | None = None) -> Any:
        """What another program reads: the object with this UID, or the only one."""

        def read() -> Any:
            found = [one.icalendar_instance for one in self.calendar.search()]
            matching = [one for one in found if uid is None or str(one.walk("VEVENT")[0]["UID"]) == uid]
            assert len(matching) == 1, len(matching)
            return matching[0]

        return await asyncio.to_thread(read)

    async def put(self, text: str) -> None:
        """Another program puts an event there."""
        await asyncio.to_thread(self.calendar.save_event, text)


def berlin(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def starts(occurrences: list[Occurrence]) -> list[str]:
    return [f"{one.event.start:%m-%d %H:%M}" for one in occurrences]
