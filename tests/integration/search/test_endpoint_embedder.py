"""Embeddings from an endpoint, against an OpenAI-compatible server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from backend.egress.gate import Gate
from backend.errors import BadInput, Broken, NotAllowed, RateLimited, Unavailable, VoiceAssistError
from backend.search import endpoint
from backend.search.endpoint import EndpointEmbedder
from backend.settings import Settings
from tests.unit.search.fakes import WordEmbedder


@dataclass
class Server:
    """A server that answers with vectors of its own, in the wrong order, or with `status`."""

    url: str = ""
    status: int = 200
    dimension: int = 4
    requests: list[list[str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


@pytest.fixture
async def server(unused_tcp_port: int) -> AsyncIterator[Server]:
    server = Server(f"http://127.0.0.1:{unused_tcp_port}/v1")
    app = FastAPI()

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> object:
        body = await request.json()
        server.requests.append(body["input"])
        server.keys.add(request.headers["authorization"])
        if server.status != 200:
            return Response(status_code=server.status, headers={"x-should-retry": "false"})
        data = [
            {"object": "embedding", "index": index, "embedding": [float(len(text)), *[3.0] * (server.dimension - 1)]}
            for index, text in enumerate(body["input"])
        ]
        return {
            "object": "list",
            "data": data[::-1],
            "model": body["model"],
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }

    runner = uvicorn.Server(uvicorn.Config(app, port=unused_tcp_port, log_level="error", lifespan="off", ws="none"))
    task = asyncio.create_task(runner.serve())
    while not runner.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server
    runner.should_exit = True
    await task


async def connect(server: Server) -> EndpointEmbedder:
    return await EndpointEmbedder.connect(Gate(Settings()), server.url, "secret", "some/model", WordEmbedder(), 200)


async def test_vectors_come_in_order_and_of_length_one(server: Server) -> None:
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


async def test_many_texts_go_in_several_requests(server: Server) -> None:
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
    server: Server, status: int, error: type[VoiceAssistError]
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
        await connect(Server(f"http://127.0.0.1:{unused_tcp_port}/v1"))


async def test_a_model_that_changes_its_dimension_is_refused(server: Server) -> None:
    embedder = await connect(server)
    server.dimension = 5
    with pytest.raises(Broken, match="shape"):
        await embedder.embed_query("x")
    await embedder.close()
