from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Database
from backend.nextcloud.sources import AppApiSources
from tests.integration.files.town import USERS, Town
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> AsyncIterator[Town]:
    with AppApiServer(Cloud(USERS)).serving() as server:
        sources = AppApiSources(server.appapi, server.all_users)
        yield Town(database, server, sources, tmp_path)
        await sources.close()
