"""The envelope, the request id and the guard, through a real ASGI application."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from backend import envelope
from backend.envelope import Envelope, Pagination, ok
from backend.errors import BadInput, ErrorCode, RateLimited, Unavailable
from backend.identity.guard import RequestGuard


class Question(BaseModel):
    text: str


def application() -> FastAPI:
    app = FastAPI()
    envelope.install(app)
    app.add_middleware(RequestGuard, hosts=["localhost", "[::1]"])

    @app.get("/api/list")
    async def items() -> Envelope[list[int]]:
        return ok([1, 2], Pagination(offset=0, limit=2, total=9))

    @app.post("/api/ask")
    async def ask(question: Question) -> Envelope[str]:
        if not question.text:
            raise BadInput("The question is empty: type one.", field="text")
        return ok(question.text)

    @app.get("/api/limited")
    async def limited() -> None:
        raise RateLimited("Too many questions.", retry_after=7.2)

    @app.get("/api/gone")
    async def gone() -> None:
        raise Unavailable("The vector store does not answer.")

    @app.get("/api/bug")
    async def bug() -> None:
        raise RuntimeError("the password is hunter2")

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:9031") as client:
        yield client


async def test_an_answer_carries_data_version_request_id_and_pagination(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/list")).json()
    assert body["success"] is True
    assert body["data"] == [1, 2]
    assert body["error"] is None
    assert body["metadata"]["pagination"] == {"offset": 0, "limit": 2, "total": 9}
    assert body["metadata"]["version"]
    assert body["timestamp"].endswith("Z")


async def test_a_given_request_id_is_returned_in_header_and_body(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/list", headers={"X-Request-ID": "trace-42"})
    assert response.headers["x-request-id"] == "trace-42"
    assert response.json()["metadata"]["request_id"] == "trace-42"


@pytest.mark.parametrize("forged", ["two words", "x" * 129, "a\x1b[31m"])
async def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: httpx.AsyncClient, forged: str) -> None:
    response = await client.get("/api/list", headers={"X-Request-ID": forged})
    assert response.headers["x-request-id"] != forged
    assert len(response.headers["x-request-id"]) == 36


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        ("/api/limited", 429, ErrorCode.RATE_LIMITED, "Too many questions"),
        ("/api/gone", 503, ErrorCode.UNAVAILABLE, "does not answer"),
        ("/api/nothing", 404, ErrorCode.NOT_FOUND, "Not Found"),
    ],
)
async def test_an_error_names_its_code_and_what_was_wrong(
    client: httpx.AsyncClient, path: str, status: int, code: ErrorCode, words: str
) -> None:
    response = await client.get(path)
    body = response.json()
    assert response.status_code == status
    assert body["success"] is False
    assert body["data"] is None
    assert body["error"]["code"] == code
    assert words in body["error"]["message"]


async def test_a_limited_caller_is_told_when_to_come_back(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/limited")).headers["retry-after"] == "7"


async def test_a_bug_is_answered_without_its_details(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/bug")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == ErrorCode.INTERNAL_ERROR
    assert "hunter2" not in response.text


@pytest.mark.parametrize(("body", "field"), [({}, "text"), ({"text": 3}, "text"), ({"text": ""}, "text")])
async def test_bad_input_names_the_field(client: httpx.AsyncClient, body: object, field: str) -> None:
    response = await client.post("/api/ask", json=body, headers={"X-Requested-With": "voiceassist"})
    assert response.status_code == 422
    assert response.json()["error"]["code"] == ErrorCode.VALIDATION_ERROR
    assert response.json()["error"]["field"] == field


async def test_a_change_without_our_header_is_refused_and_with_it_is_done(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/ask", json={"text": "hello"})
    done = await client.post("/api/ask", json={"text": "hello"}, headers={"X-Requested-With": "voiceassist"})
    assert (refused.status_code, done.status_code) == (403, 200)


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:9031", 200), ("rebound.example", 403), ("", 403)],
)
async def test_only_our_own_hosts_are_served(client: httpx.AsyncClient, host: str, status: int) -> None:
    assert (await client.get("/api/list", headers={"Host": host})).status_code == status
