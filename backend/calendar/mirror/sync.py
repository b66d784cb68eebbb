"""One round of mirroring: what changed on either side is brought to the other, once, and is not taken for a change
there. Nothing is deleted that was changed on the other side; of two changes the newer wins and the other is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import icalendar

from backend.calendar import ics
from backend.calendar.client import Changes
from backend.calendar.event import Resource
from backend.calendar.mirror import content
from backend.calendar.mirror.tables import LONGEST_UID
from backend.errors import BadInput, Conflict, NotAllowed, NotFound

Side = Literal["local", "remote"]

# Objects fetched with one request.
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Half:
    """An event on one side, as it was when both agreed."""

    href: str
    etag: str
    hash: str


@dataclass(frozen=True, slots=True)
class Item:
    """An event that is on both sides. `born`: where it was made."""

    uid: str
    born: Side
    halves: Mapping[Side, Half]


@dataclass(frozen=True, slots=True)
class Version:
    """An event on one side, as it is now."""

    uid: str
    resource: Resource
    calendar: icalendar.Calendar
    hash: str


class Records(Protocol):
    """Where the items of one link are kept. Each call is done when it returns."""

    async def items(self) -> dict[str, Item]:
        """All of them, by UID."""
        ...

    async def keep(self, item: Item) -> None:
        """Both sides agree on this one."""
        ...

    async def drop(self, uid: str) -> None:
        """It is gone on both sides."""
        ...

    async def lost(self, uid: str, side: Side, data: str) -> None:
        """Keep what lost a conflict."""
        ...


class Store(Protocol):
    """What is needed of a CalDAV server; `CalDav` is one."""

    async def changes(self, calendar: str, token: str | None) -> Changes:
        """See `CalDav.changes`."""
        ...

    async def get_many(self, calendar: str, hrefs: Sequence[str]) -> list[Resource]:
        """See `CalDav.get_many`."""
        ...

    async def put(self, calendar: str, href: str, data: str, etag: str | None) -> Resource:
        """See `CalDav.put`."""
        ...

    async def delete(self, href: str, etag: str) -> None:
        """See `CalDav.delete`."""
        ...

    def new_href(self, calendar: str, name: str) -> str:
        """See `CalDav.new_href`."""
        ...


@dataclass(slots=True)
class Place:
    """One side of a link: a calendar, and the token by which its server tells what changed."""

    client: Store
    calendar: str
    token: str | None = None


@dataclass(slots=True)
class Outcome:
    """What a round did: how many were written and removed on each side, and why some could not be."""

    written: dict[Side, int] = field(default_factory=lambda: {"local": 0, "remote": 0})
    removed: dict[Side, int] = field(default_factory=lambda: {"local": 0, "remote": 0})
    conflicts: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Now:
    """One side at this moment: the address of each event with its ETag, and the events that are not as they were."""

    etags: dict[str, str]
    changed: dict[str, Version]
    token: str | None


class Round:
    """Mirrors once. Run it again after any interruption: what was written and not recorded is seen to be the same."""

    def __init__(self, places: Mapping[Side, Place], records: Records) -> None:
        self._places = places
        self._records = records
        self._outcome = Outcome()

    async def run(self) -> Outcome:
        """Bring both sides together. Raises `Unavailable` and the like for a side that does not answer."""
        items = await self._records.items()
        now: dict[Side, _Now] = {side: await self._look(side, items) for side in ("local", "remote")}
        uids = dict.fromkeys([*items, *now["local"].changed, *now["remote"].changed])
        for uid in uids:
            try:
                await self._settle(uid, items.get(uid), now)
            except (Conflict, NotFound):
                self._outcome.refused.append("Some entries changed while they were mirrored; they come next time.")
            except (BadInput, NotAllowed) as error:
                self._outcome.refused.append(error.message)
        for side, place in self._places.items():
            # What could not be settled is not told again by a server that is asked for changes only.
            place.token = now[side].token if not self._outcome.refused else None
        return self._outcome

    async def _look(self, side: Side, items: Mapping[str, Item]) -> _Now:
        place = self._places[side]
        known = {item.halves[side].href: item for item in items.values()}
        changes = await place.client.changes(place.calendar, place.token)
        if changes.complete:
            etags = dict(changes.changed)
        else:
            etags = {href: item.halves[side].etag for href, item in known.items()} | dict(changes.changed)
            for href in changes.removed:
                etags.pop(href, None)
        other = [href for href, etag in etags.items() if href not in known or known[href].halves[side].etag != etag]
        changed: dict[str, Version] = {}
        for resource in await self._fetch(place, other):
            version = _version(resource)
            if version is None:
                continue
            uid = version.uid
            expected = items[uid].halves[side].href if uid in items else resource.href
            # A second object with the same UID is no event of its own; the one that is known counts.
            if resource.href == expected or expected not in etags:
                changed.setdefault(uid, version)
        return _Now(etags, changed, changes.token)

    async def _fetch(self, place: Place, hrefs: Sequence[str]) -> list[Resource]:
        found = []
        for start in range(0, len(hrefs), _BATCH):
            found += await place.client.get_many(place.calendar, hrefs[start : start + _BATCH])
        return found

    async def _settle(self, uid: str, item: Item | None, now: Mapping[Side, _Now]) -> None:
        local, remote = (now[side].changed.get(uid) for side in ("local", "remote"))
        if local is not None and remote is not None:
            await self._both(uid, item, local, remote)
        elif local is not None:
            await self._one(uid, item, "local", local, now)
        elif remote is not None:
            await self._one(uid, item, "remote", remote, now)
        elif item is not None:
            await self._gone(item, now)

    async def _both(self, uid: str, item: Item | None, local: Version, remote: Version) -> None:
        """Both sides are new or changed."""
        born: Side = item.born if item is not None else "local"
        if local.hash == remote.hash:
            await self._keep(uid, born, local, remote)
            return
        newer_local = content.age(local.calendar) >= content.age(remote.calendar)
        winner, loser = (local, remote) if newer_local else (remote, local)
        to: Side = "remote" if newer_local else "local"
        await self._records.lost(uid, to, loser.resource.data)
        self._outcome.conflicts += 1
        written = await self._write(to, winner, born, loser.resource.href, loser.resource.etag)
        await self._keep(uid, born, *((local, written) if newer_local else (written, remote)))

    async def _one(self, uid: str, item: Item | None, side: Side, version: Version, now: Mapping[Side, _Now]) -> None:
        """One side is new or changed, the other is as it was, or has none."""
        to: Side = "remote" if side == "local" else "local"
        half = item.halves[to] if item is not None else None
        born = item.born if item is not None else side
        there = half is not None and half.href in now[to].etags
        if item is not None and there and version.hash == item.halves[side].hash:
            # The server wrote it down anew; it says the same.
            fresh = Half(version.resource.href, version.resource.etag, version.hash)
            await self._records.keep(replace(item, halves={**item.halves, side: fresh}))
            return
        if half is not None and there:
            written = await self._write(to, version, born, half.href, half.etag)
        else:
            href = self._places[to].client.new_href(self._places[to].calendar, uid)
            written = await self._write(to, version, born, href, None)
        await self._keep(uid, born, *((version, written) if side == "local" else (written, version)))

    async def _gone(self, item: Item, now: Mapping[Side, _Now]) -> None:
        """Neither side changed; one or both may have lost it."""
        left: list[Side] = [side for side in ("local", "remote") if item.halves[side].href in now[side].etags]
        if len(left) == 2:
            return
        for side in left:
            half = item.halves[side]
            try:
                await self._places[side].client.delete(half.href, half.etag)
            except NotFound:
                continue
            self._outcome.removed[side] += 1
        await self._records.drop(item.uid)

    async def _write(self, to: Side, version: Version, born: Side, href: str, etag: str | None) -> Version:
        place = self._places[to]
        data = content.for_other_side(version.resource.data, home=born == to)
        resource = await place.client.put(place.calendar, href, data, etag)
        self._outcome.written[to] += 1
        written = _version(resource)
        if written is None:
            raise BadInput("A calendar server gives back something else than what was written.")
        return written

    async def _keep(self, uid: str, born: Side, local: Version, remote: Version) -> None:
        halves: dict[Side, Half] = {
            "local": Half(local.resource.href, local.resource.etag, local.hash),
            "remote": Half(remote.resource.href, remote.resource.etag, remote.hash),
        }
        await self._records.keep(Item(uid, born, halves))


def _version(resource: Resource) -> Version | None:
    """An object with events; None for tasks, and for what cannot be read: both are left alone."""
    try:
        calendar = ics.parse(resource.data)
    except BadInput:
        return None
    uid = content.uid_of(calendar)
    if uid is None or len(uid) > LONGEST_UID:
        return None
    return Version(uid, resource, calendar, content.fingerprint(calendar))
