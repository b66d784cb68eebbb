"""AppAPI's lifecycle: heartbeat, then init (with progress), then enabled or disabled, as often as it likes."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from fastapi import APIRouter, Request
from nc_py_api import AsyncNextcloudApp

from backend.errors import VoiceAssistError
from backend.nextcloud.appapi import nextcloud_errors
from backend.trouble import describe, told, where
from ex_app.auth import AppApiAuth

log = structlog.get_logger(__name__)

_INIT = "/init"
_ENABLED = "/enabled"
PATHS = (_INIT, _ENABLED)

Report = Callable[[int], Awaitable[None]]
Prepare = Callable[[Report], Awaitable[None]]
SetEnabled = Callable[[bool, bool], Awaitable[None]]
# AppAPI sends it along where HaRP stands between it and the app. Its value is a secret and of no interest here.
_BY_HARP = "harp-shared-key"


def build_router(
    auth: AppApiAuth, nextcloud: AsyncNextcloudApp, prepare: Prepare, set_enabled: SetEnabled
) -> APIRouter:
    """The three endpoints. `prepare` reports 0–100 as it works; `set_enabled` registers or unregisters everything.

    It is told whether to enable, and whether Nextcloud reaches us through HaRP.
    """
    router = APIRouter()
    running: set[asyncio.Task[None]] = set()  # keeps the tasks from being collected while they run

    @router.get("/heartbeat")
    async def heartbeat() -> dict[str, str]:
        return {"status": "ok"}

    @router.post(_INIT)
    async def init(request: Request) -> dict[str, str]:
        auth.caller(request.headers)
        # Nextcloud waits 30 s for this answer; the work itself may take longer and reports by itself.
        task = asyncio.create_task(_initialise(nextcloud, prepare))
        running.add(task)
        task.add_done_callback(running.discard)
        return {}

    @router.put(_ENABLED)
    async def enabled(request: Request, enabled: bool) -> dict[str, str]:
        auth.caller(request.headers)
        try:
            async with nextcloud_errors():
                await set_enabled(enabled, _BY_HARP in request.headers)
        except VoiceAssistError as error:
            log.error("enabled.failed", enabled=enabled, error=told(error))
            return {"error": f"VoiceAssist could not be {'enabled' if enabled else 'disabled'}: {describe(error)}"}
        log.info("enabled", enabled=enabled)
        return {"error": ""}

    return router


async def _initialise(nextcloud: AsyncNextcloudApp, prepare: Prepare) -> None:
    async def report(progress: int) -> None:
        await nextcloud.set_init_status(progress)

    try:
        await prepare(report)
        await nextcloud.set_init_status(100)
    except Exception as error:
        log.error("init.failed", error=told(error), where=where(error))
        await nextcloud.set_init_status(0, f"VoiceAssist could not prepare itself: {describe(error)}")
