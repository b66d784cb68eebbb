"""An OpenAI-compatible server of embeddings on loopback, whose vectors are made of the length of a text."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI, Request, Response


@dataclass
class EmbeddingServer:
    """A server that answers with vectors of its own, in the wrong order, or with `status`."""

    url: str = ""
    status: int = 200
    dimension: int = 4
    requests: list[list[str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


@asynccontextmanager
async def embedding_server(port: int) -> AsyncIterator[EmbeddingServer]:
    """Run one at this port."""
    server = EmbeddingServer(f"http://127.0.0.1:{port}/v1")
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

    runner = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none"))
    task = asyncio.create_task(runner.serve())
    while not runner.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        runner.should_exit = True
        await task
