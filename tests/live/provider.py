"""A second ExApp for the tests: it does tasks of one type for a real Nextcloud, as the test wants them."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import uvicorn
from fastapi import FastAPI
from nc_py_api import AsyncNextcloudApp
from nc_py_api.ex_app.providers.task_processing import TaskProcessingProvider

from tests.servers.ports import free_port

APP = "va_live_chat"
SECRET = "va-live-chat-secret-1234567890"
VERSION = "1.0.0"


class Provider:
    """Does tasks of type `kind`. `reply` makes the output from a task's input.

    None leaves the task undone, an exception fails it.
    """

    def __init__(self, nextcloud: AsyncNextcloudApp, kind: str) -> None:
        self._nextcloud = nextcloud
        self._kind = kind
        self.reply: Callable[[dict[str, object]], object] = lambda _given: None
        self.users: list[str] = []

    async def serve(self) -> None:
        """Take tasks until cancelled."""
        tasks = self._nextcloud.providers.task_processing
        while True:
            found = await tasks.next_task([APP], [self._kind])
            if not found:
                await asyncio.sleep(0.2)
                continue
            task = found["task"]
            self.users.append(task["userId"])
            try:
                said = self.reply(task["input"])
            except Exception as error:
                await tasks.report_result(task["id"], error_message=str(error))
            else:
                if said is not None:
                    await tasks.report_result(task["id"], {"output": said})

    async def offer(self) -> None:
        """Be a provider of Nextcloud's."""
        await self._nextcloud.providers.task_processing.register(
            TaskProcessingProvider(id=APP, name="Live test", task_type=self._kind, expected_runtime=1)
        )

    async def withdraw(self) -> None:
        """Be none any more."""
        await self._nextcloud.providers.task_processing.unregister(APP)


@asynccontextmanager
async def task_provider(url: str, kind: str) -> AsyncIterator[tuple[Provider, int]]:
    """The running app and its port; whoever uses it registers it with Nextcloud."""
    app = FastAPI()

    @app.get("/heartbeat")
    async def heartbeat() -> dict[str, str]:
        return {"status": "ok"}

    @app.put("/enabled")
    async def enabled() -> dict[str, str]:
        return {"error": ""}

    nextcloud = AsyncNextcloudApp(
        nextcloud_url=url, app_id=APP, app_version=VERSION, app_secret=SECRET, aa_version=os.environ.get("AA", "34.0.0")
    )

    @app.post("/init")
    async def init() -> dict[str, str]:
        await nextcloud.set_init_status(100)
        return {}

    @app.post("/trigger")
    async def trigger() -> dict[str, str]:
        return {}

    with socket.create_server(("127.0.0.1", free_port())) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        provider = Provider(nextcloud, kind)
        serving = asyncio.create_task(provider.serve())
        try:
            yield provider, listening.getsockname()[1]
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
            server.should_exit = True
            await running
