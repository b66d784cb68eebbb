"""The sample server as a fixture: a real WebDAV, CalDAV and CardDAV server in Nextcloud's dialect.

Import the fixtures by name into a conftest.py: `from tests.servers.dav import demo_server, demo_source`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.nextcloud.demo.server import DemoServer
from backend.nextcloud.webdav import WebDavSource


@pytest.fixture
async def demo_server(tmp_path: Path) -> AsyncIterator[DemoServer]:
    """A running server over an empty folder. Use its `url`, `user_id`, `password`, `folder`, `source()`, `pid`."""
    async with DemoServer(tmp_path / "demo", samples=None) as server:
        yield server


@pytest.fixture
async def demo_source(demo_server: DemoServer) -> AsyncIterator[WebDavSource]:
    """The files of `demo_server`."""
    source = demo_server.source()
    yield source
    await source.close()
