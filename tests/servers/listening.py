"""Sockets of 127.0.0.1 on free ports, known before the application that is served on them."""

import asyncio
import contextlib
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
async def serving(config: uvicorn.Config, bound: socket.socket, patience: float) -> AsyncIterator[None]:
    """Serve on `bound`. At the end answers under way have `patience` (seconds), and nothing is waited for otherwise.

    uvicorn itself looks every 100 ms whether it should stop, and waits for 100 ms whatever there is to wait for.
    """
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[bound])
    turning = asyncio.create_task(server.main_loop())
    try:
        yield
    finally:
        turning.cancel()
        for one in server.servers:
            one.close()
        state = server.server_state
        for connection in list(state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while state.connections or state.tasks:  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.005)
        for task in list(state.tasks):
            task.cancel()
        bound.close()


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, Serve]]:
    """The address, and what serves an application there."""
    with listener() as bound:

        @asynccontextmanager
        async def serve(app: ASGIApp) -> AsyncIterator[None]:
            config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none", http="h11")
            async with serving(config, bound, patience=0.1):
                yield

        yield f"http://127.0.0.1:{bound.getsockname()[1]}", serve
