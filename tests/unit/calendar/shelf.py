"""A calendar in memory, for the mirror: objects with ETags, conditions, a history for sync tokens, and broken lines.

It leaves unproved what real servers do to what is written, and how they count changes: `tests/integration/calendar/
test_mirror.py` runs rounds between Radicale and Xandikos.
"""

from collections.abc import Sequence

from backend.calendar.client import Changes
from backend.calendar.event import Resource
from backend.calendar.faults import LineLost
from backend.calendar.mirror.sync import Item, Side
from backend.errors import Conflict, NotFound


class Shelf:
    """One side. `lines` counts down with each write; at 0 the write is done and the answer is lost."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.objects: dict[str, tuple[str, str]] = {}
        self.history: list[str] = []
        self.writes = 0
        self.lines: int | None = None

    async def changes(self, calendar: str, token: str | None) -> Changes:
        now = f"t{len(self.history)}"
        if token is None:
            return Changes(now, {href: etag for href, (etag, _) in self.objects.items()}, frozenset(), True)
        touched = set(self.history[int(token[1:]) :])
        changed = {href: self.objects[href][0] for href in touched if href in self.objects}
        return Changes(now, changed, frozenset(touched - set(changed)), False)

    async def get_many(self, calendar: str, hrefs: Sequence[str]) -> list[Resource]:
        return [Resource(calendar, href, *self.objects[href]) for href in hrefs if href in self.objects]

    async def put(self, calendar: str, href: str, data: str, etag: str | None) -> Resource:
        if (self.objects[href][0] if href in self.objects else None) != etag:
            raise Conflict("not as it was")
        self.set(href, data)
        self._written()
        return Resource(calendar, href, *self.objects[href])

    async def delete(self, href: str, etag: str) -> None:
        if href not in self.objects:
            raise NotFound("not there")
        if self.objects[href][0] != etag:
            raise Conflict("not as it was")
        self.drop(href)
        self._written()

    def new_href(self, calendar: str, name: str) -> str:
        return f"/{self.name}/{name}.ics"

    def set(self, href: str, data: str) -> None:
        """Somebody writes an object."""
        self.history.append(href)
        self.objects[href] = (f"e{len(self.history)}", data)

    def drop(self, href: str) -> None:
        """Somebody removes an object."""
        self.history.append(href)
        del self.objects[href]

    def _written(self) -> None:
        self.writes += 1
        if self.lines is not None:
            self.lines -= 1
            if self.lines < 0:
                self.lines = None
                raise LineLost("on purpose")


class Memory:
    """See `sync.Records`."""

    def __init__(self) -> None:
        self.known: dict[str, Item] = {}
        self.losers: list[tuple[str, Side, str]] = []

    async def items(self) -> dict[str, Item]:
        return dict(self.known)

    async def keep(self, item: Item) -> None:
        self.known[item.uid] = item

    async def drop(self, uid: str) -> None:
        del self.known[uid]

    async def lost(self, uid: str, side: Side, data: str) -> None:
        self.losers.append((uid, side, data))
