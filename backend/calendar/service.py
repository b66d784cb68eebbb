"""A user's calendars as one: what is in them, which one is meant, who is free, and what is written into them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from backend.calendar import expansion, ics
from backend.calendar.client import CalDav
from backend.calendar.event import Calendar, Occurrence, Person, Resource, Task
from backend.calendar.freebusy import Busy, Span, busy_of, of_others
from backend.calendar.invitations import Host, SendInvitation
from backend.calendar.slots import Hours, Slot, find_slots
from backend.calendar.times import When, now_utc
from backend.errors import BadInput, NotAllowed, NotFound
from backend.nextcloud.dav import DavAccount, DavAccounts
from backend.preferences import Preferences

_DEFAULT = "calendar.default"
_DEFAULT_TASKS = "calendar.default_tasks"
# Connections are kept for this many users; the one who has not asked for longest is let go.
_MOST_CLIENTS = 200


class Calendars:
    """Every user's own calendars. Methods raise `Unavailable`, `NotAllowed` or `RateLimited` for the server's sake.

    `mail` sends invitations where the server sends none. Time zones say when a day begins for who asks.
    """

    def __init__(
        self,
        accounts: DavAccounts,
        preferences: Preferences,
        *,
        mail: SendInvitation | None = None,
        connect: Callable[[DavAccount], CalDav] = CalDav,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._accounts = accounts
        self._preferences = preferences
        self._connect = connect
        self._clients: OrderedDict[str, CalDav] = OrderedDict()
        self.mail = mail
        self.now = clock

    def client(self, user_id: str) -> CalDav:
        """The user's own connection. Raises `NotFound` for nobody."""
        if user_id not in self._clients:
            self._clients[user_id] = self._connect(self._accounts.of(user_id))
        self._clients.move_to_end(user_id)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        return self._clients[user_id]

    async def close(self) -> None:
        """Close all connections."""
        clients = list(self._clients.values())
        self._clients.clear()
        await asyncio.gather(*(client.close() for client in clients))

    async def forget_user(self, user_id: str) -> None:
        """Let go of a user who is no more. What is remembered goes with the preferences."""
        if (client := self._clients.pop(user_id, None)) is not None:
            await client.close()

    async def calendars(self, user_id: str) -> list[Calendar]:
        """All calendars of a user, as the server orders them."""
        return await self.client(user_id).calendars()

    async def calendar(self, user_id: str, href: str) -> Calendar:
        """One calendar. Raises `NotFound`."""
        for one in await self.calendars(user_id):
            if one.href == href:
                return one
        raise NotFound("You have no such calendar any more.")

    async def default(self, user_id: str, *, tasks: bool = False) -> Calendar | None:
        """The calendar for new events (or tasks): the remembered one, or the only one there is; None: ask which."""
        fitting = choices(await self.calendars(user_id), tasks=tasks)
        remembered = (await self._preferences.of(user_id)).get(_DEFAULT_TASKS if tasks else _DEFAULT)
        for one in fitting:
            if one.href == remembered:
                return one
        return fitting[0] if len(fitting) == 1 else None

    async def some(self, user_id: str, *, tasks: bool = False) -> Calendar:
        """The default calendar; the first fitting one, for a card to ask, when none is known. Raises `NotFound`."""
        default = await self.default(user_id, tasks=tasks)
        if default is not None:
            return default
        fitting = choices(await self.calendars(user_id), tasks=tasks)
        if not fitting:
            raise NotFound(f"You have no calendar that {'tasks' if tasks else 'events'} can be put into.")
        return fitting[0]

    async def remember(self, user_id: str, href: str, *, tasks: bool = False) -> Calendar:
        """Use this calendar for new events (or tasks) from now on. Raises `NotFound` or `NotAllowed`."""
        chosen = check_writable(await self.calendar(user_id, href), tasks=tasks)
        await self.used(user_id, href, tasks=tasks)
        return chosen

    async def used(self, user_id: str, href: str, *, tasks: bool = False) -> None:
        """Remember a calendar that was just written to."""
        await self._preferences.put(user_id, _DEFAULT_TASKS if tasks else _DEFAULT, href)

    async def events(
        self, user_id: str, start: datetime, end: datetime, zone: tzinfo, *, text: str = "", limit: int = 500
    ) -> list[Occurrence]:
        """What happens between two moments, in order; with `text`, what has all of its words in title, place, notes or
        people. Raises `BadInput` when the end is before the start."""
        if end < start:
            raise BadInput(f"The end ({end.isoformat()}) is before the start ({start.isoformat()}).", field="end")
        client = self.client(user_id)
        wanted = [one for one in await client.calendars() if one.takes_events]
        found = await asyncio.gather(*(client.query(one.href, "VEVENT", start, end) for one in wanted))
        resources = [resource for each in found for resource in each]
        happening = await asyncio.to_thread(expansion.occurrences, resources, start, end, zone)
        words = text.casefold().split()
        return [one for one in happening if all(word in _searched(one) for word in words)][:limit]

    async def resource(self, user_id: str, calendar: str, href: str) -> Resource:
        """An object as the server has it now. Raises `NotFound`."""
        return await self.client(user_id).get(calendar, href)

    async def occurrence(
        self, user_id: str, calendar: str, href: str, original: When | None, zone: tzinfo
    ) -> Occurrence:
        """One occurrence as it is now. Raises `NotFound`, or `BadInput` when the series has no such one any more."""
        found = await self.resource(user_id, calendar, href)
        return await asyncio.to_thread(expansion.occurrence, found, original, zone)

    async def tasks(self, user_id: str, zone: tzinfo, *, done: bool = False) -> list[Task]:
        """The tasks that are open, or those that are done; what is due first comes first, what is never due last."""
        client = self.client(user_id)
        wanted = [one for one in await client.calendars() if one.takes_tasks]
        found = await asyncio.gather(*(client.query(one.href, "VTODO") for one in wanted))
        tasks = []
        for resource in (resource for each in found for resource in each):
            try:
                components = ics.parse(resource.data).todos
            except BadInput:
                continue
            tasks += [ics.read_task(one, resource, zone) for one in components if "RECURRENCE-ID" not in one]
        wanted_tasks = [task for task in tasks if task.done == done]
        return sorted(wanted_tasks, key=lambda task: (task.due is None, str(task.due or ""), task.title))

    async def host(self, user_id: str) -> Host:
        """How a user invites people."""
        scheduling = await self.client(user_id).scheduling()
        me = set(scheduling.addresses)
        organizer = Person("", scheduling.addresses[0]) if scheduling.addresses else None
        by_mail = await self.mail.address(user_id) if self.mail is not None else None
        if by_mail is not None:
            me.add(by_mail.address.lower())
            if not scheduling.sends:
                organizer = by_mail
        return Host(organizer, scheduling.sends, frozenset(me), by_mail=by_mail is not None)

    async def busy(self, user_id: str, start: datetime, end: datetime, zone: tzinfo) -> list[Span]:
        """When the user is busy between two moments, as spans that do not overlap."""
        return busy_of(await self.events(user_id, start, end, zone), start, end, zone)

    async def busy_others(
        self, user_id: str, people: Sequence[Person], start: datetime, end: datetime
    ) -> dict[str, Busy]:
        """When others are busy, by their address; None where the server does not tell (RFC 6638 5)."""
        client = self.client(user_id)
        scheduling = await client.scheduling()
        return await of_others(client, scheduling, people, start, end, self.now())

    async def slots(
        self,
        user_id: str,
        people: Sequence[Person],
        minutes: int,
        start: datetime,
        end: datetime,
        zone: tzinfo,
        hours: Hours = Hours(),  # noqa: B008 - frozen
    ) -> list[Slot]:
        """Times at which the user and these people are free for so many minutes, the earliest first. Who is `unknown`
        in a slot may be busy: the server does not tell."""
        start = max(start, self.now())
        own, others = await asyncio.gather(
            self.busy(user_id, start, end, zone), self.busy_others(user_id, people, start, end)
        )
        unknown = [person for person in people if others.get(person.address.lower()) is None]
        taken = own + [span for spans in others.values() if spans is not None for span in spans]
        return find_slots(taken, minutes, start, end, zone, hours, unknown)


def choices(calendars: Sequence[Calendar], *, tasks: bool = False) -> list[Calendar]:
    """The calendars that new events (or tasks) can be put into."""
    return [one for one in calendars if one.writable and (one.takes_tasks if tasks else one.takes_events)]


def check_writable(calendar: Calendar, *, tasks: bool = False) -> Calendar:
    """The calendar, when events (or tasks) can be put into it. Raises `NotAllowed`."""
    if not calendar.writable:
        raise NotAllowed(f"The calendar “{calendar.name}” is read-only for you: nothing was changed.", field="calendar")
    if not choices([calendar], tasks=tasks):
        raise NotAllowed(f"“{calendar.name}” takes no {'tasks' if tasks else 'events'}.", field="calendar")
    return calendar


def _searched(occurrence: Occurrence) -> str:
    event = occurrence.event
    people = [one.person for one in event.attendees] + ([event.organizer] if event.organizer else [])
    names = " ".join(f"{person.name} {person.address}" for person in people)
    return f"{event.title}\n{event.location}\n{event.notes}\n{names}".casefold()
