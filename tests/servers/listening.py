"""A port of 127.0.0.1 that is known before the application that is served on it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, Serve]]:
    """The address, and what serves an application there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))

        @asynccontextmanager
        async def serve(app: ASGIApp) -> AsyncIterator[None]:
            config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none", http="h11")
            server = uvicorn.Server(config)
            config.load()
            server.lifespan = config.lifespan_class(config)
            await server.startup(sockets=[listener])
            turning = asyncio.create_task(server.main_loop())
            try:
                yield
            finally:
                server.should_exit = server.force_exit = True
                await turning
                await server.shutdown(sockets=[listener])

        yield f"http://127.0.0.1:{listener.getsockname()[1]}", serve
