"""A user's contacts: looked up, listed, remembered by what they are called."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.contacts.asked import spoken_key
from backend.contacts.book import AddressBooks, CopyState
from backend.contacts.carddav import Book
from backend.contacts.matching import Directory
from backend.contacts.person import Contact
from backend.contacts.resolved import Resolved
from backend.contacts.sounds import words
from backend.errors import BadInput, NotFound, RateLimited, Unavailable
from backend.preferences import Preferences
from backend.trouble import told

log = structlog.get_logger(__name__)

MEANT = "contacts.meant"
"""The preference that holds what a user calls people: what was said, and the UID of the card."""

MAX_SAID = 200
"""Characters; people are spoken of in fewer."""

# A contact that was just added elsewhere is known after this time.
_FRESH = timedelta(seconds=60)
# An older copy is good enough when the server is slower than this (seconds): somebody waits for an answer.
_PATIENCE = 1.0
# People whose contacts are kept ready in memory; 5,000 contacts take about 15 MB.
_KEPT = 32
# Choices that are remembered of one user, the latest.
_MOST_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class _Ready:
    version: int
    contacts: Sequence[Contact]
    directory: Directory


class Contacts:
    """What can be asked of a user's contacts, from a copy that follows the server."""

    def __init__(self, books: AddressBooks, preferences: Preferences, now: Callable[[], datetime]) -> None:
        self._books = books
        self._preferences = preferences
        self._now = now
        self._ready: OrderedDict[str, _Ready] = OrderedDict()
        self._refreshing: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, datetime] = {}

    async def resolve(self, user_id: str, said: str, *, heard: bool = False) -> Resolved:
        """Who is meant by "Dr. Smith", "my sister", "Anna from radiology" or an e-mail address.

        `heard`: the words came by ear, so names that sound the same are the same. Raises `BadInput` for a text that is
        too long, `Unavailable` when there is no copy yet and the server does not answer.
        """
        if len(said) > MAX_SAID:
            raise BadInput(f"A person is named in at most {MAX_SAID} characters, not {len(said)}.", field="said")
        ready = await self._up_to_date(user_id)
        remembered = (await self._preferences.of(user_id)).get(MEANT)
        chosen = remembered if isinstance(remembered, dict) else {}
        return await asyncio.to_thread(ready.directory.resolve, said, heard=heard, remembered=chosen)

    async def people(
        self, user_id: str, query: str = "", offset: int = 0, limit: int = 50
    ) -> tuple[Sequence[Contact], int]:
        """A page of the contacts of whom every word of `query` is said, by name; and how many there are."""
        ready = await self._up_to_date(user_id)
        wanted = words(query)
        found = [one for one in ready.contacts if not wanted or _is_said(one, wanted)]
        found.sort(key=lambda one: (words(one.person.family or one.person.name), one.person.name))
        return found[offset : offset + limit], len(found)

    async def person(self, user_id: str, uid: str) -> Contact:
        """The contact with this UID. Raises `NotFound`."""
        found = (await self._up_to_date(user_id)).directory.by_uid(uid)
        if found is None:
            raise NotFound("There is no such contact.")
        return found

    async def names(self, user_id: str) -> Sequence[str]:
        """All names and nicknames, for a speech recogniser to expect."""
        ready = await self._up_to_date(user_id)
        names = {name for one in ready.contacts for name in (one.person.name, *one.person.nicknames)}
        return sorted(names)

    async def remember(self, user_id: str, said: str, uid: str) -> None:
        """Take `said` for the contact with this UID from now on. Raises `NotFound` when there is none."""
        await self.person(user_id, uid)
        remembered = (await self._preferences.of(user_id)).get(MEANT)
        chosen = dict(remembered) if isinstance(remembered, dict) else {}
        key = spoken_key(said)
        if not key or len(said) > MAX_SAID:
            raise BadInput("What a person is called cannot be empty or long.", field="said")
        chosen.pop(key, None)
        chosen[key] = uid
        await self._preferences.put(user_id, MEANT, dict(list(chosen.items())[-_MOST_REMEMBERED:]))

    async def books(self, user_id: str) -> Sequence[Book]:
        """The user's address books."""
        await self._up_to_date(user_id)
        return await self._books.books(user_id)

    async def refresh(self, user_id: str) -> None:
        """Compare with the server now. Raises `Unavailable`, `RateLimited` or `NotAllowed`."""
        await asyncio.shield(self._refresh(user_id))

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        await self._end(self._refreshing.get(user_id))
        self._ready.pop(user_id, None)
        self._failed.pop(user_id, None)
        await self._books.forget_user(user_id)

    async def close(self) -> None:
        """End what goes on in the background."""
        for task in list(self._refreshing.values()):
            await self._end(task)

    async def _up_to_date(self, user_id: str) -> _Ready:
        state = await self._books.state(user_id)
        if not self._is_fresh(user_id, state):
            state = await self._compared(user_id, state)
        ready = self._ready.get(user_id)
        if ready is None or ready.version != state.version:
            contacts = await self._books.contacts(user_id)
            directory = await asyncio.to_thread(Directory, contacts, user_id)
            ready = self._ready[user_id] = _Ready(state.version, contacts, directory)
        self._ready.move_to_end(user_id)
        while len(self._ready) > _KEPT:
            self._ready.popitem(last=False)
        return ready

    def _is_fresh(self, user_id: str, state: CopyState) -> bool:
        if state.compared_at is None:
            return False
        failed = self._failed.get(user_id)
        return self._now() - max(state.compared_at, failed or state.compared_at) < _FRESH

    async def _compared(self, user_id: str, state: CopyState) -> CopyState:
        """After a comparison with the server, or without when there is a copy and the server has trouble."""
        task = self._refresh(user_id)
        if state.compared_at is None:
            await asyncio.shield(task)
        elif task in (await asyncio.wait({task}, timeout=_PATIENCE))[0]:
            try:
                task.result()
            except (Unavailable, RateLimited) as error:
                log.warning("contacts.copy_is_old", error=told(error))
        return await self._books.state(user_id)

    def _refresh(self, user_id: str) -> asyncio.Task[None]:
        """The one comparison of a user's contacts that goes on."""
        task = self._refreshing.get(user_id)
        if task is None:
            task = asyncio.create_task(self._books.refresh(user_id), name="contacts: compare with the server")
            self._refreshing[user_id] = task
            task.add_done_callback(lambda done: self._refreshed(user_id, done))
        return task

    def _refreshed(self, user_id: str, task: asyncio.Task[None]) -> None:
        self._refreshing.pop(user_id, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Unavailable | RateLimited):
            self._failed[user_id] = self._now()
        else:
            self._failed.pop(user_id, None)

    async def _end(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            task.cancel()
            await asyncio.wait({task})


def _is_said(contact: Contact, wanted: Sequence[str]) -> bool:
    """Whether each word begins a word of the card."""
    person = contact.person
    said = words(
        " ".join(
            (
                *(person.name, *person.nicknames, person.title, person.role, person.organisation, *person.units),
                *(mail.value for mail in person.emails),
            )
        )
    )
    return all(any(word.startswith(one) for word in said) for one in wanted)
