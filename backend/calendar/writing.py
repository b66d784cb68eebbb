"""Writes changes of single objects so that nothing is half-done, and takes them back."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.actions.action import Json
from backend.calendar import ics
from backend.calendar.client import CalDav
from backend.calendar.editing import Edited
from backend.calendar.event import Resource
from backend.calendar.faults import LineLost
from backend.errors import Conflict, NotFound, VoiceAssistError


@dataclass(frozen=True, slots=True)
class Step:
    """One object before and after: `data` is what it was (None: not there), `etag` what it has now (None: gone)."""

    calendar: str
    href: str
    data: str | None
    etag: str | None

    def as_json(self) -> Json:
        """For the records."""
        return {"calendar": self.calendar, "href": self.href, "data": self.data, "etag": self.etag}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, as read back: the object (None when it was removed), a series split off, and how to undo."""

    resource: Resource | None
    split: Resource | None
    steps: tuple[Step, ...]

    def undo(self) -> dict[str, Json]:
        """What undoing needs."""
        return {"steps": [step.as_json() for step in self.steps]}


async def create(client: CalDav, calendar: str, uid: str, data: str) -> Written:
    """Put a new object into a calendar. Its name is its UID, so that it cannot be there twice."""
    made = await client.put(calendar, client.new_href(calendar, uid), data, None)
    return Written(made, None, (Step(calendar, made.href, None, made.etag),))


async def write(client: CalDav, before: Resource, edited: Edited) -> Written:
    """Change or remove an object that is still as it was. Raises `Conflict` when it is not; nothing is changed then.

    A series that is split off is written first: until the old one ends, it can be taken away again.
    """
    if edited.data is None:
        await client.delete(before.href, before.etag)
        return Written(None, None, (Step(before.calendar, before.href, before.data, None),))
    split: Resource | None = None
    if edited.split is not None and edited.split_uid is not None:
        href = client.new_href(before.calendar, edited.split_uid)
        split = await client.put(before.calendar, href, edited.split, None)
    try:
        after = await client.put(before.calendar, before.href, edited.data, before.etag)
    except VoiceAssistError:
        if split is not None:
            await _take_away(client, split)
        raise
    steps = [Step(before.calendar, before.href, before.data, after.etag)]
    if split is not None:
        steps.append(Step(before.calendar, split.href, None, split.etag))
    return Written(after, split, tuple(steps))


def steps_of(undo: Mapping[str, Json]) -> tuple[Step, ...]:
    """Back from the records."""
    listed = undo.get("steps")
    found = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            data, etag = one.get("data"), one.get("etag")
            found.append(
                Step(
                    str(one["calendar"]),
                    str(one["href"]),
                    data if isinstance(data, str) else None,
                    etag if isinstance(etag, str) else None,
                )
            )
    return tuple(found)


async def take_back(client: CalDav, steps: tuple[Step, ...]) -> None:
    """Make every object what it was before. Raises `Conflict`, with nothing changed, when one was changed since."""
    for step in steps:
        found = await client.get_many(step.calendar, [step.href])
        if (found[0].etag if found else None) != step.etag:
            raise Conflict("It was changed in the calendar since, so it is not taken back.")
    for step in steps:
        if step.data is not None:
            # Written in any case: what comes out of a trash tells nobody whom it invites.
            restored = (
                await client.restore(step.calendar, step.href, ics.uid_of(step.data)) if step.etag is None else None
            )
            await client.put(step.calendar, step.href, step.data, restored.etag if restored else step.etag)
        elif step.etag is not None:
            await client.delete(step.href, step.etag)


async def _take_away(client: CalDav, split: Resource) -> None:
    try:
        await client.delete(split.href, split.etag)
    except NotFound:
        pass
    except VoiceAssistError as error:
        raise LineLost("a series that was split off could not be taken away again") from error
