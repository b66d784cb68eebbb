"""VoiceAssist as a provider of Nextcloud's TaskProcessing: Nextcloud Assistant asks it like any other agent.

Nextcloud gives a task to whoever asks for the next one; a trigger says that there may be one. The conversation token is
the id of the conversation here, so a user finds it in VoiceAssist as well.
"""

import asyncio
import json
from contextlib import suppress

import structlog
from fastapi import APIRouter, Request
from nc_py_api import AsyncNextcloudApp
from nc_py_api.ex_app.providers.task_processing import TaskProcessingProvider

from backend.assistant.citations import harmless
from backend.assistant.service import Assistant
from backend.errors import VoiceAssistError
from backend.nextcloud.users import Users
from backend.trouble import describe, told, where
from ex_app.auth import AppApiAuth

log = structlog.get_logger(__name__)

_TYPE = "core:contextagent:interaction"
# AppAPI's own name for it.
PATH = "/trigger"
_EXPECTED_SECONDS = 10

# Without a trigger (it may have been lost) Nextcloud is asked this often, in seconds.
_POLL_SECONDS = 30.0
_RETRY_SECONDS = 10.0


def provider_id(nextcloud: AsyncNextcloudApp) -> str:
    """The id of our provider. Ids are Nextcloud's, not the app's: two installations under two names must differ."""
    return f"{nextcloud.app_cfg.app_name}-context-agent"


class TaskProvider:
    """Answers Nextcloud's tasks, one after the other, while `run` runs."""

    def __init__(self, nextcloud: AsyncNextcloudApp, assistant: Assistant, users: Users) -> None:
        self._nextcloud = nextcloud
        self._assistant = assistant
        self._users = users
        self._wakeup = asyncio.Event()

    def trigger(self) -> None:
        """There may be a task."""
        self._wakeup.set()

    async def run(self) -> None:
        """Take tasks until cancelled."""
        while True:
            self._wakeup.clear()
            try:
                while await self._next():
                    pass
                pause = _POLL_SECONDS
            except Exception as error:  # Nextcloud is away, or says what nobody understands: it will be asked again
                log.warning("tasks.trouble", error=told(error), where=where(error))
                pause = _RETRY_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wakeup.wait(), pause)

    async def _next(self) -> bool:
        """Answer one task; False when there is none."""
        response = await self._nextcloud.providers.task_processing.next_task([provider_id(self._nextcloud)], [_TYPE])
        if not response or not response.get("task"):
            return False
        task = response["task"]
        output, message = None, None
        try:
            given = task["input"]
            output = await self._answer(task["userId"], str(given["input"]), str(given.get("conversation_token") or ""))
        except VoiceAssistError as error:
            message = error.message
        except Exception as error:  # one task that we do not understand must not be the last
            log.error("tasks.crashed", error=told(error), where=where(error))
            message = describe(error)
        await self._nextcloud.providers.task_processing.report_result(task["id"], output, message)
        return True

    async def _answer(self, user_id: str | None, text: str, token: str) -> dict[str, str]:
        if not user_id:
            raise VoiceAssistError("VoiceAssist answers from a user's files, and this task has no user.")
        await self._users.require_enabled(user_id)
        answer = await self._assistant.answer(user_id, text, token or None)
        sources = "".join(f"\n[{cited.number}] {harmless(cited.path)}" for cited in answer.citations)
        return {
            "output": answer.text + (f"\n{sources}" if sources else ""),
            "conversation_token": answer.conversation_id,
            "actions": json.dumps([]),
        }


def build_router(auth: AppApiAuth, provider: TaskProvider) -> APIRouter:
    """The endpoint that says that there may be a task."""
    router = APIRouter()

    @router.post(PATH)
    async def trigger(request: Request) -> dict[str, str]:
        auth.caller(request.headers)
        provider.trigger()
        return {}

    return router


async def register(nextcloud: AsyncNextcloudApp) -> None:
    """Offer ourselves as a provider."""
    await nextcloud.providers.task_processing.register(
        TaskProcessingProvider(
            id=provider_id(nextcloud), name="VoiceAssist", task_type=_TYPE, expected_runtime=_EXPECTED_SECONDS
        )
    )


async def unregister(nextcloud: AsyncNextcloudApp) -> None:
    """Offer ourselves no more."""
    await nextcloud.providers.task_processing.unregister(provider_id(nextcloud))
