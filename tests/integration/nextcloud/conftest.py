"""The sample server for every test here, and an alarm for blocking calls."""

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from tests.servers.dav import demo_server, demo_source

__all__ = ["demo_server", "demo_source"]


@pytest.fixture
def blockbuster() -> Iterator[BlockBuster]:
    """Raises when a call of ours blocks the event loop."""
    with blockbuster_ctx("backend.nextcloud") as alarm:
        yield alarm
