"""Looks through one user's files by folder ETag.

The ETag of a folder changes when anything below it changes, so an unchanged home costs one request and a changed file
one request per folder above it. The cursor is the ETag recorded with each folder. It is recorded when everything below
is, deepest folders first: a crawl that is killed, or that gave way to others, starts again from the home and passes
over what was finished.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from backend.errors import BadInput, NotAllowed, NotFound, Unavailable
from backend.files.changes import Changes
from backend.files.listing import Folder, Viewer
from backend.nextcloud.files import FileSource

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Crawled:
    """What a crawl cost and found: requests to Nextcloud, folders listed, files that are gone, folders left out.

    `complete` tells whether everything was looked into before the time was up.
    """

    requests: int = 0
    folders: int = 0
    gone: int = 0
    refused: int = 0
    complete: bool = True


@dataclass(slots=True)
class _Visit:
    """A folder whose subfolders are being looked into; `open` of them are not finished."""

    folder: Folder
    parent: "_Visit | None"
    open: int = 0
    complete: bool = True


def _never() -> bool:
    return False


async def crawl(
    source: FileSource,
    changes: Changes,
    begin: Callable[[], Awaitable[None]],
    viewer: Viewer | None = None,
    time_is_up: Callable[[], bool] = _never,
) -> Crawled:
    """Bring the rows of this user's files up to date. Raises what the source raises when it cannot be asked at all.

    `begin` is called when something has changed, before it is looked for. Without a `viewer` there is only this user.
    After `time_is_up` nothing more is looked into; the next crawl goes on there.
    """
    user_id = source.user_id
    viewer = viewer or Viewer(user_id, frozenset({user_id}))
    found = Crawled(requests=1)
    home = await changes.home(user_id, await source.stat("/"))
    if home is not None:
        await begin()
        await _look_into(home, source, changes, found, viewer, time_is_up)
    # Also when nothing changed: the last crawl may have been killed just before this. What is missing may still turn up
    # where a crawl that gave way has not been.
    if found.complete:
        found.gone = await changes.settle_missing(user_id)
    return found


async def _look_into(
    home: Folder,
    source: FileSource,
    changes: Changes,
    found: Crawled,
    viewer: Viewer,
    time_is_up: Callable[[], bool],
) -> None:
    todo = [_Visit(home, None)]
    while todo:
        if time_is_up() and found.folders > 1:
            found.complete = False
            return
        visit = todo.pop()
        found.requests += 1
        try:
            # Group folders lie in people's own storage.
            nodes = await source.children(visit.folder.path, access_rules=not visit.folder.mount_type)
        except (NotFound, NotAllowed, BadInput, Unavailable) as error:
            if visit.parent is None:
                raise
            if isinstance(error, Unavailable):
                # An external storage that is down must not hide the rest; this raises when it is the whole server.
                found.requests += 1
                await source.stat("/")
            # Moved, deleted or closed to us since its parent was listed. What was known of it stays until the parent,
            # which is left unfinished, tells what became of it.
            log.info("crawl.folder_refused", folder_id=visit.folder.folder_id, error=type(error).__name__)
            found.refused += 1
            visit.complete = False
            inside = []
        else:
            found.folders += 1
            inside = await changes.listed(viewer, visit.folder, nodes)
        visit.open = len(inside)
        # Newest last on the stack: the home's first folder is looked into first.
        todo += [_Visit(folder, visit) for folder in reversed(inside)]
        await _finish(visit, source.user_id, changes)


async def _finish(visit: _Visit, user_id: str, changes: Changes) -> None:
    """Record the folder, and those above it, if nothing below them is left to do."""
    current: _Visit | None = visit
    while current is not None and current.open == 0:
        if current.complete:
            await changes.crawled(user_id, current.folder)
        parent = current.parent
        if parent is not None:
            parent.open -= 1
            parent.complete = parent.complete and current.complete
        current = parent
