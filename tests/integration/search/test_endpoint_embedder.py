"""Embeddings from an endpoint, against an OpenAI-compatible server on loopback."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from backend.egress.gate import Gate
from backend.errors import BadInput, Broken, NotAllowed, RateLimited, Unavailable, VoiceAssistError
from backend.search import endpoint
from backend.search.endpoint import EndpointEmbedder
from backend.settings import Settings
from tests.servers.embeddings import EmbeddingServer, embedding_server
from tests.unit.search.fakes import WordEmbedder


@pytest.fixture
async def server(unused_tcp_port: int) -> AsyncIterator[EmbeddingServer]:
    async with embedding_server(unused_tcp_port) as server:
        yield server


async def connect(server: EmbeddingServer) -> EndpointEmbedder:
    return await EndpointEmbedder.connect(Gate(Settings()), server.url, "secret", "some/model", WordEmbedder(), 200)


async def test_vectors_come_in_order_and_of_length_one(server: EmbeddingServer) -> None:
    embedder = await connect(server)
    rows = await embedder.embed_passages(["aaaa", "bb", "c" * 9])
    assert embedder.dimension == 4
    assert embedder.name == "endpoint:some/model"
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert [round(float(row[0] / row[1] * 3)) for row in rows] == [4, 2, 9]
    np.testing.assert_allclose(await embedder.embed_query("bb"), rows[1], atol=1e-6)
    assert server.keys == {"Bearer secret"}
    assert embedder.count_many(["a b", "c"]) == [2, 1]
    await embedder.close()


async def test_many_texts_go_in_several_requests(server: EmbeddingServer) -> None:
    embedder = await connect(server)
    server.requests.clear()
    rows = await embedder.embed_passages([str(number) for number in range(70)])
    assert rows.shape == (70, 4)
    assert [len(texts) for texts in server.requests] == [32, 32, 6]
    await embedder.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, NotAllowed), (403, NotAllowed), (404, BadInput), (400, BadInput), (429, RateLimited), (503, Unavailable)],
)
async def test_what_the_server_says_decides_the_error(
    server: EmbeddingServer, status: int, error: type[VoiceAssistError]
) -> None:
    server.status = status
    with pytest.raises(error) as caught:
        await connect(server)
    assert "secret" not in caught.value.message


async def test_a_server_that_does_not_answer_is_unavailable(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "_RETRIES", 0)
    with pytest.raises(Unavailable):
        await connect(EmbeddingServer(f"http://127.0.0.1:{unused_tcp_port}/v1"))


async def test_a_model_that_changes_its_dimension_is_refused(server: EmbeddingServer) -> None:
    embedder = await connect(server)
    server.dimension = 5
    with pytest.raises(Broken, match="shape"):
        await embedder.embed_query("x")
    await embedder.close()
