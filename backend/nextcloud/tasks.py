"""Nextcloud's TaskProcessing, as one who has tasks done: text, speech and OCR by whatever provider it has."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from backend.errors import Conflict, NotAllowed, NotFound, Unavailable, VoiceAssistError
from backend.nextcloud.appapi import Clients, nextcloud_errors
from backend.nextcloud.lending import lent

CHAT = "core:text2text:chat"
AUDIO_TO_TEXT = "core:audio2text"
TEXT_TO_SPEECH = "core:text2speech"
OCR = "core:image2text:ocr"

_CONSUMER = "/ocs/v2.php/taskprocessing/tasks_consumer"
_PROVIDER = "/ocs/v2.php/taskprocessing/tasks_provider"

# A task is picked up by a background job, seldom sooner than after a second; a long one is not asked about each time.
_FIRST_POLL_SECONDS = 0.3
_LONGEST_POLL_SECONDS = 3.0
_POLL_GROWTH = 1.3

# Read at a time from a file that a task gave.
_PIECE_BYTES = 65_536

_SUCCESSFUL = "STATUS_SUCCESSFUL"
_ENDED_BADLY = frozenset({"STATUS_FAILED", "STATUS_CANCELLED"})


class Tasks:
    """Schedules tasks as a user and waits for their output."""

    def __init__(self, clients: Clients, now: Callable[[], float] = time.time) -> None:
        self._clients = clients
        self._now = now

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
        async with self._done(user_id, kind, given, timeout) as (_, output):
            return output

    async def run_for_file(
        self, user_id: str, kind: str, given: Mapping[str, object], field: str, *, timeout: float, most: int
    ) -> bytes:
        """As `run`, for a type whose output has a file in `field`: its content, of at most `most` bytes."""
        async with self._done(user_id, kind, given, timeout) as (number, output):
            file_id = output.get(field)
            if not isinstance(file_id, int):
                raise Unavailable(f"Nextcloud's {kind} gave no file.")
            try:
                async with asyncio.timeout(timeout), nextcloud_errors():
                    return await self._content(user_id, f"{_PROVIDER}/{number}/file/{file_id}", most)
            except TimeoutError:
                raise Unavailable(f"Nextcloud did not hand over the file of {kind} within {timeout:g} s.") from None

    def lent(self, user_id: str, content: bytes, ending: str) -> AbstractAsyncContextManager[int]:
        """A file of the user's, by its id, for as long as a task needs it; its name has this ending."""
        return lent(self._clients.of(user_id), user_id, content, ending, self._now())

    @asynccontextmanager
    async def _done(
        self, user_id: str, kind: str, given: Mapping[str, object], timeout: float
    ) -> AsyncIterator[tuple[int, dict[str, object]]]:
        """The number and the output of a task that is done; it is there until the end of the block."""
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
            try:
                async with asyncio.timeout(timeout):
                    output = await self._output(user_id, task)
            except TimeoutError:
                raise Unavailable(f"Nextcloud's {kind} did not answer within {timeout:g} s.") from None
            except (NotAllowed, NotFound) as error:
                raise Unavailable(f"Nextcloud does not know this {kind} any more.") from error
            yield task["id"], output
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

    async def _content(self, user_id: str, path: str, most: int) -> bytes:
        # nc_py_api reads JSON only; its session has the way to anything else.
        session = self._clients.of(user_id)._session
        session.init_adapter()
        response = await session.adapter.get(path, stream=True)
        content = bytearray()
        try:
            if response.status_code != 200:
                raise Unavailable(f"Nextcloud did not hand over the file of a task ({response.status_code}).")
            async for piece in await response.iter_raw(_PIECE_BYTES):
                content += piece
                if len(content) > most:
                    raise Unavailable("Nextcloud's task gave a file that is too large.")
        finally:
            await response.close()
        return bytes(content)
