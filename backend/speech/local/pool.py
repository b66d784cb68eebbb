"""Work of models in threads: sherpa-onnx blocks, and lets other threads run meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from backend.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


async def in_pool(pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work`, done in the pool. Raises `Unavailable` when a model fails, or the pool was closed."""
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, lambda: work(*args, **kwargs))
    except RuntimeError as error:  # sherpa-onnx's and the pool's own
        raise Unavailable("The model on this machine has failed, or is not used any more.") from error
