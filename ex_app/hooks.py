"""Webhooks of Nextcloud: each call becomes a hint in the ledger and is answered at once.

A file's change is looked at; a change in a calendar has what is linked to that user's calendars mirrored.

Nextcloud gives a webhook 3 s, calls in no particular order and never twice, so what happened is not taken from the
call: it only says where to look, and the crawl finds out what is true. Payloads were measured on Nextcloud 34:
`event.class`, `event.node {id, path}` (or `source` and `target`), `user.uid`, `time`. The path is the acting user's
view of it, `/<uid>/files/…`. A calendar object's has `calendarData {principaluri}` of the calendar's owner and
`shares`, and for a move two of each; of its text nothing is used.
"""

import http
import re
from typing import Any, Protocol
from urllib.parse import unquote

import structlog
from fastapi import APIRouter, Request
from nc_py_api import AsyncNextcloudApp, NextcloudException

from backend.errors import BadInput
from backend.files.hints import Hints
from ex_app.auth import AppApiAuth

log = structlog.get_logger(__name__)

PATH = "/hooks/nextcloud"

_NODE = "OCP\\Files\\Events\\Node\\"
_CALENDAR = "OCP\\Calendar\\Events\\CalendarObject"
FILE_EVENTS = (
    f"{_NODE}NodeCreatedEvent",
    f"{_NODE}NodeWrittenEvent",
    f"{_NODE}NodeTouchedEvent",
    f"{_NODE}NodeCopiedEvent",
    f"{_NODE}NodeRenamedEvent",
    f"{_NODE}NodeDeletedEvent",
    "OCA\\Files_Trashbin\\Events\\NodeRestoredEvent",
)
CALENDAR_EVENTS = tuple(
    f"{_CALENDAR}{change}Event" for change in ("Created", "Updated", "Deleted", "Moved", "MovedToTrash", "Restored")
)
EVENTS = (*FILE_EVENTS, *CALENDAR_EVENTS)

_PRINCIPAL = re.compile(r"principals/users/([^/]+)/?")
_SHARED_WITH = "{http://owncloud.org/ns}principal"


class CalendarHints(Protocol):
    """Hears that something changed in a user's calendars."""

    async def put(self, user_id: str) -> None:
        """Recorded when this returns."""
        ...


def build_router(auth: AppApiAuth, hints: Hints, calendars: CalendarHints) -> APIRouter:
    """The endpoint that Nextcloud calls for every change of a file or of an entry in a calendar."""
    router = APIRouter()

    @router.post(PATH)
    async def changed(request: Request) -> dict[str, str]:
        auth.caller(request.headers)
        try:
            payload = await request.json()
        except (ValueError, RecursionError):
            raise BadInput("The body of this webhook is not JSON.") from None
        for user_id, path in parse(payload):
            await hints.put(user_id, path)
        for user_id in calendar_users(payload):
            await calendars.put(user_id)
        return {}

    return router


def parse(payload: Any) -> set[tuple[str, str]]:
    """The users and paths in their homes that a webhook names: where a node is, and where it was.

    Empty for what does not concern us. Never raises: a hint may be odd.
    """
    try:
        event = payload["event"]
        nodes = [event[key] for key in ("node", "source", "target") if event.get(key)]
        places = {_relative(str(node["path"])) for node in nodes} if event["class"] in FILE_EVENTS else set()
    except (KeyError, TypeError, AttributeError):
        log.info("hook.ignored")
        return set()
    return {place for place in places if place is not None}


def calendar_users(payload: Any) -> set[str]:
    """The users whose calendars a webhook says have changed: a calendar's owner, and those who share it.

    Empty for what does not concern us. Never raises.
    """
    try:
        event = payload["event"]
        if event["class"] not in CALENDAR_EVENTS:
            return set()
        calendars = [event.get(key) or {} for key in ("calendarData", "sourceCalendarData", "targetCalendarData")]
        shares = [share for key in ("shares", "sourceShares", "targetShares") for share in event.get(key) or ()]
        principals = [calendar.get("principaluri") for calendar in calendars]
        principals += [share.get(_SHARED_WITH) for share in shares]
        found = [_PRINCIPAL.fullmatch(principal) for principal in principals if isinstance(principal, str)]
    except (KeyError, TypeError, AttributeError):
        return set()
    return {unquote(match[1]) for match in found if match}


def _relative(path: str) -> tuple[str, str] | None:
    """User and path of `/<uid>/files/…`; None outside of homes (trash, versions, uploads, previews)."""
    parts = path.split("/", 3)
    if len(parts) < 3 or parts[0] or not parts[1] or parts[2] != "files":
        return None
    return parts[1], "/" + "".join(parts[3:])


async def register(nextcloud: AsyncNextcloudApp) -> None:
    """Ask Nextcloud to call us. Registering again would call us twice, so what was there goes first.

    Where its app for webhooks is switched off, the crawl finds everything out by itself.
    """
    try:
        await nextcloud.webhooks.unregister_all()
    except NextcloudException as error:
        if error.status_code != http.HTTPStatus.NOT_FOUND:
            raise
        log.warning("hooks.none", remedy="occ app:enable webhook_listeners")
        return
    for event in EVENTS:
        await nextcloud.webhooks.register("POST", PATH, event, headers={"Content-Type": "application/json"})


async def unregister(nextcloud: AsyncNextcloudApp) -> None:
    """Ask Nextcloud not to call us any more."""
    await nextcloud.webhooks.unregister_all()
