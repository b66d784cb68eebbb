"""Nextcloud's TaskProcessing, as one who has tasks done: text, speech and OCR by whatever provider it has."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from backend.errors import Conflict, NotAllowed, NotFound, Unavailable, VoiceAssistError
from backend.nextcloud.appapi import Clients, nextcloud_errors

CHAT = "core:text2text:chat"
AUDIO_TO_TEXT = "core:audio2text"
TEXT_TO_SPEECH = "core:text2speech"
OCR = "core:image2text:ocr"

_CONSUMER = "/ocs/v2.php/taskprocessing/tasks_consumer"

# A task is picked up by a background job, seldom sooner than after a second; a long one is not asked about each time.
_FIRST_POLL_SECONDS = 0.3
_LONGEST_POLL_SECONDS = 3.0
_POLL_GROWTH = 1.3

_SUCCESSFUL = "STATUS_SUCCESSFUL"
_ENDED_BADLY = frozenset({"STATUS_FAILED", "STATUS_CANCELLED"})


class Tasks:
    """Schedules tasks as a user and waits for their output."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def types(self, user_id: str) -> frozenset[str]:
        """The task types that have a provider."""
        async with nextcloud_errors():
            answer = await self._clients.of(user_id).ocs("GET", f"{_CONSUMER}/tasktypes")
        return frozenset(answer["types"])

    async def run(self, user_id: str, kind: str, given: Mapping[str, object], *, timeout: float) -> dict[str, object]:
        """Have a task of type `kind` done and return its output.

        Raises `Unavailable` when no provider takes it, when it fails, or after `timeout` seconds, and `RateLimited`; a
        task that is not waited for any more is deleted.
        """
        client = self._clients.of(user_id)
        body = {"type": kind, "input": dict(given), "appId": self._clients.appapi.app_id}
        try:
            async with nextcloud_errors():
                task = (await client.ocs("POST", f"{_CONSUMER}/schedule", json=body))["task"]
        except Conflict as error:  # 412: nobody in this Nextcloud does tasks of this kind
            raise Unavailable(f"Nextcloud has no provider for {kind} at the moment.") from error
        except (NotAllowed, NotFound) as error:
            raise Unavailable(f"Nextcloud does not take {kind} from this user.") from error
        try:
            async with asyncio.timeout(timeout):
                return await self._output(user_id, task)
        except TimeoutError:
            raise Unavailable(f"Nextcloud's {kind} did not answer within {timeout:g} s.") from None
        except (NotAllowed, NotFound) as error:
            raise Unavailable(f"Nextcloud does not know this {kind} any more.") from error
        finally:
            with suppress(VoiceAssistError):  # tidying up must not hide what happened
                async with nextcloud_errors():
                    await client.ocs("DELETE", f"{_CONSUMER}/task/{task['id']}")

    async def _output(self, user_id: str, task: dict[str, object]) -> dict[str, object]:
        pause = _FIRST_POLL_SECONDS
        while task["status"] != _SUCCESSFUL:
            if task["status"] in _ENDED_BADLY:
                raise Unavailable(f"Nextcloud's {task['type']} failed.")
            await asyncio.sleep(pause)
            pause = min(pause * _POLL_GROWTH, _LONGEST_POLL_SECONDS)
            async with nextcloud_errors():
                answer = await self._clients.of(user_id).ocs("GET", f"{_CONSUMER}/task/{task['id']}")
            task = answer["task"]
        output = task["output"]
        if not isinstance(output, dict):
            raise Unavailable(f"Nextcloud's {task['type']} gave no output.")
        return output
