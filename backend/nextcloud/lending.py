"""A file of ours in a user's home, for as long as a task of Nextcloud reads it: tasks take files by their id only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote
from uuid import uuid4

import structlog
from nc_py_api import AsyncNextcloudApp

from backend.errors import Unavailable, VoiceAssistError
from backend.nextcloud.appapi import nextcloud_errors

log = structlog.get_logger(__name__)

# Hidden from users, and by the file in it from our own index.
_FOLDER = ".voiceassist"
_NO_INDEX = ".noindex"

# A file that is older than this (seconds) was left behind by a process that died. No task takes so long.
_FORGOTTEN_SECONDS = 3600.0

# What somebody said does not wait in the trash (read in the source of Nextcloud 34's files_trashbin).
_SKIP_TRASH = {"X-NC-Skip-Trashbin": "true"}


@asynccontextmanager
async def lent(client: AsyncNextcloudApp, user_id: str, content: bytes, ending: str, now: float) -> AsyncIterator[int]:
    """The id of a new file with this content, which is gone after the block. `now` is in seconds of the epoch.

    Raises as every call to Nextcloud does.
    """
    name = f"{now:.0f}-{uuid4().hex}{ending}"
    try:
        async with nextcloud_errors():
            if await client.files.makedirs(_FOLDER, exist_ok=True) is not None:
                await client.files.upload(f"{_FOLDER}/{_NO_INDEX}", b"")  # before there is anything to index
            await client.files.upload(f"{_FOLDER}/{name}", content)
            there = {node.name: node.info.fileid for node in await client.files.listdir(_FOLDER)}
        if name not in there:
            raise Unavailable("Nextcloud did not keep the file that its task needs.")
        yield there[name]
    finally:
        await _remove(client, user_id, name)
    for other in there:
        if _is_forgotten(other, now):
            await _remove(client, user_id, other)


async def _remove(client: AsyncNextcloudApp, user_id: str, name: str) -> None:
    path = quote(f"/files/{user_id}/{_FOLDER}/{name}")
    try:
        async with nextcloud_errors():
            # nc_py_api's own `delete` knows no headers.
            answer = await client._session.adapter_dav.delete(path, headers=_SKIP_TRASH)
        if answer.status_code not in (204, 404):
            log.warning("nextcloud.lent_file_left", status=answer.status_code)
    except VoiceAssistError as error:
        log.warning("nextcloud.lent_file_left", error=type(error).__name__)


def _is_forgotten(name: str, now: float) -> bool:
    made, _, _ = name.partition("-")
    return made.isdecimal() and now - int(made) > _FORGOTTEN_SECONDS
