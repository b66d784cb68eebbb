"""What reaches the process from outside, on the real server: too large, too slow, ambiguous, and forged."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from backend import serving
from backend.app import bare_app
from backend.identity.bodies import RequestBodies
from backend.settings import Settings


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[tuple[str, int]]:
    """The application on the server that the product is served by."""
    config = serving.configured(app)
    config.host, config.port = "127.0.0.1", 0
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[:2]
    finally:
        server.should_exit = True
        await task


def application(**limits: float) -> FastAPI:
    """The bare application with a route that reads a body, and one that reads JSON."""
    app = bare_app(Settings(_env_file=None, hsts_seconds=100, trusted_proxies="127.0.0.1"))

    @app.post("/api/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.post("/api/json")
    async def parsed(body: dict[str, object]) -> dict[str, int]:
        return {"keys": len(body)}

    if limits:
        app.add_middleware(RequestBodies, large={}, **limits)  # type: ignore[arg-type]
    return app


async def exchange(address: tuple[str, int], *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send the pieces and read until the server hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    reading = asyncio.create_task(reader.read())
    try:
        for piece in pieces:
            if reading.done():
                break
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reading, 20)
    finally:
        writer.close()


HEAD = b"POST /api/raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


async def test_a_head_of_a_megabyte_is_answered_in_the_envelope_and_does_not_hang() -> None:
    async with served(application()) as address:
        said = await exchange(address, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 2**20 + b"\r\n\r\n")
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400")
        assert json.loads(body)["error"]["code"] == "VALIDATION_ERROR"
        fitting = await exchange(
            address, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"a" * 60_000 + b"\r\n\r\n"
        )
        assert fitting.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (b"Content-Length: 0\r\n\r\n", b"200"),
        (b"Content-Length: 5000000\r\n\r\n", b"413"),
        (b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", b"415"),
        (b"Authorization: a\r\nAuthorization: b\r\nContent-Length: 0\r\n\r\n", b"400"),
        (b"EX-APP-ID: a\r\nex-app-id: b\r\nContent-Length: 0\r\n\r\n", b"400"),
        (b"Host: y\r\nContent-Length: 0\r\n\r\n", b"400"),
        (b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n", b"400"),
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Content-Length: -1\r\n\r\n", b"400"),
        (b"X: a\rb\r\nContent-Length: 0\r\n\r\n", b"400"),
        (b"X: a\x00b\r\nContent-Length: 0\r\n\r\n", b"400"),
    ],
)
async def test_ambiguous_compressed_and_large_requests_are_refused(more: bytes, status: bytes) -> None:
    async with served(application()) as address:
        said = await exchange(address, HEAD + more)
        assert said.split()[1] == status
        assert status == b"200" or b'"success":false' in said


async def test_a_body_without_a_length_ends_at_the_limit() -> None:
    async with served(application(most=1000)) as address:
        chunk = b"64\r\n" + b"a" * 100 + b"\r\n"
        chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        assert (await exchange(address, chunked + chunk * 10 + b"0\r\n\r\n")).split()[1] == b"200"
        assert (await exchange(address, chunked + chunk * 11 + b"0\r\n\r\n")).split()[1] == b"413"


async def test_who_sends_the_body_drop_by_drop_is_told_to_come_back() -> None:
    async with served(application(pause=0.2)) as address:
        assert (await exchange(address, HEAD + b"Content-Length: 9\r\n\r\na")).split()[1] == b"408"
    async with served(application(whole=0.5)) as address:
        drops = [HEAD + b"Content-Length: 90\r\n\r\n", *[b"a"] * 4]
        assert (await exchange(address, *drops, pause=0.1)).split()[1] == b"408"


async def test_who_sends_the_head_drop_by_drop_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_HEAD_SECONDS", 0.4)
    async with served(application()) as address:
        assert await exchange(address, b"") == b""
        assert await exchange(address, b"GET /health", b" HTTP/1.1", pause=0.1) == b""
        kept = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        assert (await exchange(address, kept, b"GET /", pause=0.1)).count(b"HTTP/1.1 200") == 1
    monkeypatch.undo()  # the control, which a machine that stops for a second would fail as well
    async with served(application()) as address:
        last = kept.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")
        assert (await exchange(address, kept, last, pause=0.1)).count(b"HTTP/1.1 200") == 2


def test_no_piece_of_an_answer_waits_until_the_client_has_acknowledged_the_last_one() -> None:
    with (
        serving.listen(Settings(_env_file=None, app_port=0)) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'{"a":' * 500_000, b"[" * 100_000 + b"]" * 100_000, b"1" * 5000])
async def test_json_of_any_depth_is_refused_and_not_a_crash(body: bytes) -> None:
    async with served(application()) as (host, port), httpx.AsyncClient(trust_env=False, timeout=20) as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.post(f"http://{host}:{port}/api/json", content=body, headers=headers)
        assert answer.status_code in (400, 422)
        assert answer.json()["success"] is False


@pytest.mark.parametrize(
    "path",
    [
        *("/js/../backend/app.py", "/js/%2e%2e/%2e%2e/pyproject.toml", "/js/..%2f..%2fpyproject.toml"),
        *("/js//etc/passwd", "/img/..\\..\\pyproject.toml", "/js/%00", "/js/" + "a" * 5000, "/js/\u0130"),
    ],
)
async def test_no_path_leads_out_of_the_folders_that_are_handed_out(path: str) -> None:
    async with served(application()) as address:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        assert (await exchange(address, request)).split()[1] in (b"400", b"404")
        own = await exchange(address, b"GET /img/app.svg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert own.split()[1] == b"200"


async def test_every_answer_carries_the_headers_and_hsts_only_where_tls_was_used() -> None:
    async with served(application()) as (host, port), httpx.AsyncClient(trust_env=False) as client:
        address = f"http://{host}:{port}"
        for path in ("/health", "/voice", "/img/app.svg", "/api/nothing"):
            plain = await client.get(address + path)
            behind_tls = await client.get(address + path, headers={"X-Forwarded-Proto": "https"})
            assert "strict-transport-security" not in plain.headers
            assert behind_tls.headers["strict-transport-security"] == "max-age=100"
            assert plain.headers["x-content-type-options"] == "nosniff"
            assert plain.headers["referrer-policy"] == "no-referrer"
            assert plain.headers["cross-origin-resource-policy"] == "same-origin"
            assert plain.headers["cross-origin-opener-policy"] == "same-origin"
        policy = (await client.get(address + "/voice")).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (
            (await client.get(address + "/api/x")).headers["content-security-policy"].startswith("default-src 'none'")
        )
