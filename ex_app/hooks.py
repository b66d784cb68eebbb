"""Webhooks of Nextcloud: each call is put into the ledger and answered at once.

Nextcloud gives a webhook 3 s, calls in no particular order and never twice, so a call is a hint: the crawl makes the
index true. Payloads were measured on Nextcloud 34: `event.class`, `event.node {id, path}` (or `source` and `target`),
`user.uid`, `time`. The path is the acting user's view of it, `/<uid>/files/…`.
"""

from typing import Any

import structlog
from fastapi import APIRouter, Request
from nc_py_api import AsyncNextcloudApp

from backend.files.changes import Change, ChangeKind, Changes
from ex_app.auth import AppApiAuth

log = structlog.get_logger(__name__)

PATH = "/hooks/nextcloud"

_NODE = "OCP\\Files\\Events\\Node\\"
_KINDS = {
    f"{_NODE}NodeCreatedEvent": ChangeKind.WRITTEN,
    f"{_NODE}NodeWrittenEvent": ChangeKind.WRITTEN,
    f"{_NODE}NodeTouchedEvent": ChangeKind.WRITTEN,
    f"{_NODE}NodeCopiedEvent": ChangeKind.WRITTEN,
    f"{_NODE}NodeRenamedEvent": ChangeKind.MOVED,
    # Only the event before the deletion carries the id; the crawl confirms that the file is really gone.
    f"{_NODE}BeforeNodeDeletedEvent": ChangeKind.DELETED,
    "OCA\\Files_Trashbin\\Events\\NodeRestoredEvent": ChangeKind.WRITTEN,
}
EVENTS = tuple(_KINDS)


def build_router(auth: AppApiAuth, changes: Changes) -> APIRouter:
    """The endpoint that Nextcloud calls for every change of a file."""
    router = APIRouter()

    @router.post(PATH)
    async def changed(request: Request) -> dict[str, str]:
        auth.caller(request.headers)
        change = parse(await request.json())
        if change is not None:
            await changes.put(change)
        return {}

    return router


def parse(payload: Any) -> Change | None:
    """The change that a webhook reports, None for one that does not concern us. Never raises: a hint may be odd."""
    try:
        event, user_id = payload["event"], payload["user"]["uid"]
        kind = _KINDS[event["class"]]
        node = event.get("target") or event["node"]
        path = _relative(str(node["path"]), user_id)
        if path is None:
            return None
        return Change(kind=kind, user_id=user_id, file_id=int(node["id"]), path=path)
    except (KeyError, TypeError, ValueError, AttributeError):
        log.info("hook.ignored")
        return None


def _relative(path: str, user_id: str) -> str | None:
    """The path below the user's home; None outside of it (trash, versions, uploads, previews)."""
    home = f"/{user_id}/files"
    if path == home:
        return "/"
    return path.removeprefix(home) if path.startswith(home + "/") else None


async def register(nextcloud: AsyncNextcloudApp) -> None:
    """Ask Nextcloud to call us. Registering again would call us twice, so what was there goes first."""
    await nextcloud.webhooks.unregister_all()
    for event in EVENTS:
        await nextcloud.webhooks.register("POST", PATH, event, headers={"Content-Type": "application/json"})


async def unregister(nextcloud: AsyncNextcloudApp) -> None:
    """Ask Nextcloud not to call us any more."""
    await nextcloud.webhooks.unregister_all()
