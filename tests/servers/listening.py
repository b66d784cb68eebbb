"""Sockets of 127.0.0.1 on free ports, known before the application that is served on them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[None]]


def listener() -> socket.socket:
    """A bound socket. As in the product, no piece of an answer waits until the client has acknowledged the last one."""
    bound = socket.socket()
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bound.bind(("127.0.0.1", 0))
    return bound


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, Serve]]:
    """The address, and what serves an application there."""
    with listener() as bound:

        @asynccontextmanager
        async def serve(app: ASGIApp) -> AsyncIterator[None]:
            config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none", http="h11")
            server = uvicorn.Server(config)
            config.load()
            server.lifespan = config.lifespan_class(config)
            await server.startup(sockets=[bound])
            turning = asyncio.create_task(server.main_loop())
            try:
                yield
            finally:
                server.should_exit = server.force_exit = True
                await turning
                await server.shutdown(sockets=[bound])

        yield f"http://127.0.0.1:{bound.getsockname()[1]}", serve
