"""Notices that a client hung up, however that shows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def noticing(reader: asyncio.StreamReader, hung_up: asyncio.Event) -> AsyncIterator[None]:
    """Set `hung_up` when the client, which has sent its request, goes away before the block ends.

    It shows as the end of what it sends, or, when it leaves something of ours unread, as a reset: of reading or of
    writing, whichever comes first.
    """

    async def watch() -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        hung_up.set()

    watching = asyncio.create_task(watch())
    try:
        yield
    except ConnectionError:
        hung_up.set()
        raise
    finally:
        watching.cancel()
