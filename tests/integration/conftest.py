"""What tests of several slices stand on."""

from collections.abc import Iterator

import pytest

from tests.servers import postgres


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """A server of the module's own, with an empty database; without its programs the test is skipped."""
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("PostgreSQL's server (initdb) is not installed: the records are tested on SQLite only")
    with postgres.running(folder) as url:
        yield url
