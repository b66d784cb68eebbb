"""Waiting for what happens elsewhere."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

_LOOK_EVERY = 0.01


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 10.0) -> None:
    """Return as soon as `condition` holds; fail when it does not within `seconds`."""
    end = time.monotonic() + seconds
    for _ in iter(lambda: time.monotonic() < end, False):
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        await asyncio.sleep(_LOOK_EVERY)
    raise AssertionError(f"still waiting after {seconds} s")
