"""The store over a Qdrant server, run on qdrant-client's local mode; `backend.search.server` says what that leaves."""

from collections.abc import AsyncIterator

import pytest
from qdrant_client import AsyncQdrantClient

from backend.errors import Unavailable
from backend.search.server import ServerStore
from tests.integration.search.store_contract import StoreContract

# The local mode warns of what it does not have.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),
]


class TestServerStore(StoreContract):
    @pytest.fixture
    async def store(self) -> AsyncIterator[ServerStore]:
        store = ServerStore(AsyncQdrantClient(":memory:"))
        yield store
        await store.close()


async def test_a_server_that_does_not_answer_is_unavailable(unused_tcp_port: int) -> None:
    store = ServerStore(AsyncQdrantClient(url=f"http://127.0.0.1:{unused_tcp_port}", check_compatibility=False))
    with pytest.raises(Unavailable, match="QDRANT_URL"):
        await store.collections()
    await store.close()
