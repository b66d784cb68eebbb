"""What the tests of search share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.search.edge import EdgeStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EdgeStore]:
    """A store without collections."""
    store = EdgeStore(tmp_path / "vectors")
    yield store
    await store.close()
