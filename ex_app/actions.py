"""Entries in the menu of a file or folder in Nextcloud: "Ask VoiceAssist about this" and "Index now"."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter
from nc_py_api import AsyncNextcloudApp
from pydantic import BaseModel, Field

from backend.errors import NotFound
from backend.files.hints import Hints
from backend.files.service import FilesService
from backend.identity.principal import CurrentPrincipal

_ASK = "voiceassist_ask"
_INDEX = "voiceassist_index"
_ASK_PATH = "/actions/ask"
_INDEX_PATH = "/actions/index"

# Nextcloud's Files page shows an entry for a node whose media type contains this text: every media type does.
_FILES_AND_FOLDERS = "/"
_READ = 1

# The name of the page that "Ask" opens, with ?fileIds=1,2; see `registration`.
_PAGE = "app"


class PickedNode(BaseModel):
    """What we use of a node that AppAPI sends; `fileType` is "folder" or "dir" for a folder, by version."""

    fileId: int  # noqa: N815 - AppAPI's name
    name: str
    directory: str


class Picked(BaseModel):
    """The body of a file action's callback."""

    files: Annotated[list[PickedNode], Field(max_length=1000)]


def build_router(hints: Hints, files: FilesService) -> APIRouter:
    """The callbacks of the menu entries."""
    router = APIRouter()

    @router.post(_ASK_PATH)
    async def ask(_principal: CurrentPrincipal, picked: Picked) -> dict[str, str]:
        return {"redirect_handler": _PAGE}

    @router.post(_INDEX_PATH)
    async def index(principal: CurrentPrincipal, picked: Picked) -> dict[str, str]:
        for node in picked.files:
            path = f"{node.directory.rstrip('/')}/{node.name}"
            await hints.put(principal.user_id, path)
            # A folder, or a file that no crawl has seen yet, is only looked at.
            with suppress(NotFound):
                await files.retry(principal.user_id, node.fileId)
        return {}

    return router


async def register(nextcloud: AsyncNextcloudApp) -> None:
    """Show the entries."""
    menu = nextcloud.ui.files_dropdown_menu
    common = {"mime": _FILES_AND_FOLDERS, "permissions": _READ, "icon": "img/app-dark.svg"}
    await menu.register_ex(_ASK, "Ask VoiceAssist about this", _ASK_PATH, order=10, **common)
    await menu.register_ex(_INDEX, "Index now", _INDEX_PATH, order=11, **common)


async def unregister(nextcloud: AsyncNextcloudApp) -> None:
    """Take the entries away."""
    menu = nextcloud.ui.files_dropdown_menu
    await menu.unregister(_ASK)
    await menu.unregister(_INDEX)
