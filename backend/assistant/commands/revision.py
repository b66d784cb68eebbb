"""A change of what is proposed, in words: "make it three", "change the title to budget"."""

from collections.abc import Mapping
from datetime import date, datetime

from backend.actions.action import Draft, Json
from backend.assistant.commands.request import Request
from backend.assistant.understanding.command import Slot
from backend.assistant.understanding.intents import SlotType

# Fields that hold when something is, in the kinds of actions that have one.
_WHEN = ("start", "moment", "due")


def revised(request: Request, draft: Draft) -> Mapping[str, Json]:
    """New values of the fields of a proposal, by name; empty when the words change nothing of it."""
    values: dict[str, Json] = {}
    names = {field.name for field in draft.fields if field.editable}
    when = next((name for name in _WHEN if name in names), None)
    if when is not None and (moved := _moved(request, draft.value(when))) is not None:
        values[when] = moved
    for kind, name in ((SlotType.NEW_TITLE, "title"), (SlotType.NEW_PLACE, "location"), (SlotType.PLACE, "location")):
        if name in names and (said := request.said(kind)):
            values[name] = said
    return values


def _moved(request: Request, value: Json) -> str | None:
    """The value of a time field with another day, another time of day, or both."""
    if not isinstance(value, str) or not value:
        return None
    clock = _of(request, SlotType.NEW_TIME, SlotType.TIME)
    day = _of(request, SlotType.NEW_DATE, SlotType.DATE)
    if clock is None and day is None:
        return None
    if "T" not in value:
        return None if day is None else day.date().isoformat()
    wall = datetime.fromisoformat(value).replace(tzinfo=None)
    new_day: date = wall.date() if day is None else day.date()
    new_time = wall.time() if clock is None else clock.time()
    return datetime.combine(new_day, new_time).isoformat(timespec="minutes")


def _of(request: Request, *kinds: SlotType) -> datetime | None:
    slots: list[Slot | None] = [request.slot(kind) for kind in kinds]
    found = next((slot for slot in slots if slot is not None and slot.when is not None), None)
    if found is None or found.when is None or found.when.start is None:
        return None
    return found.when.start.astimezone(request.zone).replace(tzinfo=None)
