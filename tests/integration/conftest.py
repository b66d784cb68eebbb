"""What tests of several slices stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.search.builtin import BuiltinEmbedder
from tests.servers import model, postgres
from tests.servers.caldav_servers import CalDavServer, radicale
from tests.servers.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Without its programs the test is skipped."""
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("PostgreSQL's server (initdb) is not installed: the records are tested on SQLite only")
    with postgres.running(folder) as server:
        yield server


@pytest.fixture(scope="module")
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database of the module's own."""
    return postgres_server.new_database()


@pytest.fixture
def caldav_server(tmp_path: Path) -> Iterator[CalDavServer]:
    """Of the test's own, with nothing in it."""
    (tmp_path / "radicale").mkdir()
    with radicale(tmp_path / "radicale") as server:
        yield server


@pytest.fixture(scope="session")
def embedder() -> BuiltinEmbedder:
    """The real model."""
    return model.embedder()
