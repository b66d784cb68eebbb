"""What fifty sessions cost on which nobody speaks."""

import gc
import os
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from backend.voice.limits import Limits
from tests.integration.voice.client import connected
from tests.integration.voice.conftest import Spoken
from tests.sounds import ROOM_DB, at_level, noise, say

_SESSIONS = 50
_MOST_BYTES = 2_000_000


@pytest.fixture
def limits() -> Limits:
    return Limits(per_user=_SESSIONS + 1)


async def test_an_idle_session_costs_less_than_two_megabytes(spoken: Spoken) -> None:
    """The clients live in this process as well, so what is measured is more than a session costs."""
    room = at_level(noise("pink", 3.0), ROOM_DB - 6)
    spoken.hearing.says.append("")
    async with connected(spoken.url) as first:  # what all sessions share is there
        await first.start()
        await first.say(say("nothing"))
        await first.event("transcript.done")
        gc.collect()
        before = _resident()
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(connected(spoken.url)) for _ in range(_SESSIONS)]
            for client in clients:
                await client.start()
            for client in clients:
                await client.hear(np.concatenate([room, room]))
            for client in clients:
                await client.until(lambda client=client: client.acknowledged >= 300)  # type: ignore[misc]
            gc.collect()
            each = (_resident() - before) / _SESSIONS
            print(f"{each / 1e3:,.0f} kB for a session and its client")
            assert len(spoken.voice.sessions) == _SESSIONS + 1
    assert each < _MOST_BYTES


def _resident() -> int:
    """Bytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
