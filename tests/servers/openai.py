"""An OpenAI-compatible chat server on loopback, scripted and faulty: what a language model can do to its caller.

Real HTTP/1.1 over a real socket, so that the openai client, its timeouts and its parsing are what is tested. It leaves
unproved how well a real model keeps to the rules of the prompt.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers.hangups import noticing

_REASONS = {
    200: "OK",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many",
    500: "Error",
    503: "Busy",
}


@dataclass(slots=True)
class Reply:
    """How the server answers. `text` may depend on the request. Times are in seconds.

    `finish` None leaves out the end mark of a complete answer; `cut` drops the connection; `forever` repeats the text
    without end; `silent` accepts the request and never answers; `keepalive` sends empty pieces instead of words.
    `body` is sent as it is in place of a stream. `refuses` names options that are answered with 400. `deltas` are sent
    before the text, as they are. `usage` (tokens read, written) is told at the end when it was asked for. `linger`
    keeps the connection open after the end mark.
    """

    text: str | Callable[[dict[str, Any]], str] = "Hello."
    piece: int = 7
    first_delay: float = 0.0
    delay: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    lines: tuple[bytes, ...] = ()
    finish: str | None = "stop"
    cut: bool = False
    forever: bool = False
    silent: bool = False
    keepalive: bool = False
    refuses: tuple[str, ...] = ()
    deltas: tuple[dict[str, Any], ...] = ()
    usage: tuple[int, int] | None = None
    linger: float = 0.0


class ChatServer:
    """Listens on a free port of 127.0.0.1. `reply` may be changed between requests; `requests` are those received.

    `replies` are given first, one to each request. `connections` counts whoever connected, also without a word.
    `times` are, for each stream, when its request had arrived and when its first piece was on the way (monotonic).
    """

    def __init__(self) -> None:
        self.reply = Reply()
        self.replies: list[Reply] = []
        self.connections = 0
        self.requests: list[dict[str, Any]] = []
        self.hosts: list[str] = []
        self.keys: list[str] = []
        self.hung_up = asyncio.Event()
        self.sent_pieces = 0
        self.times: list[tuple[float, float]] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        request = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
        self.requests.append(request)
        self.keys.append(headers.get("authorization", ""))
        self.hosts.append(headers.get("host", ""))
        async with noticing(reader, self.hung_up):
            await self._answer(request, writer)

    async def _answer(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        arrived = time.monotonic()
        reply = self.replies.pop(0) if self.replies else self.reply
        if reply.silent:
            await asyncio.sleep(3600)
        await asyncio.sleep(reply.first_delay)
        refused = [option for option in reply.refuses if option in request]
        if refused:
            error = {"error": {"message": f"Unsupported parameter: {refused[0]}", "param": refused[0], "type": "bad"}}
            self._whole(writer, 400, json.dumps(error).encode(), "application/json", {})
        elif reply.status != 200 or reply.body is not None:
            body = reply.body if reply.body is not None else b'{"error": {"message": "scripted"}}'
            self._whole(writer, reply.status, body, "application/json", reply.headers)
        else:
            await self._stream(request, reply, writer, arrived)
        await writer.drain()

    @staticmethod
    def _whole(writer: asyncio.StreamWriter, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        lines = [
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def _stream(
        self, request: dict[str, Any], reply: Reply, writer: asyncio.StreamWriter, arrived: float
    ) -> None:
        began = True
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n"
        )
        for line in reply.lines:
            self._chunk(writer, line)
        for delta in reply.deltas:
            self._event(writer, request, delta, None)
        text = reply.text(request) if callable(reply.text) else reply.text
        while True:
            for start in range(0, len(text), reply.piece):
                content = "" if reply.keepalive else text[start : start + reply.piece]
                self._event(writer, request, {"content": content}, None)
                self.sent_pieces += 1
                await writer.drain()
                if began:
                    self.times.append((arrived, time.monotonic()))
                    began = False
                await asyncio.sleep(reply.delay)
            if not reply.forever:
                break
        if reply.cut:
            writer.transport.abort()
            return
        if reply.finish is not None:
            self._event(writer, request, {}, reply.finish)
        if reply.usage is not None and (request.get("stream_options") or {}).get("include_usage"):
            read, written = reply.usage
            counted = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
            self._event(writer, request, None, None, {"usage": counted})
        if reply.linger:
            await writer.drain()
            await asyncio.sleep(reply.linger)
        self._chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")

    def _event(
        self,
        writer: asyncio.StreamWriter,
        request: dict[str, Any],
        delta: dict[str, Any] | None,
        finish: str | None,
        more: dict[str, Any] | None = None,
    ) -> None:
        event = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": request.get("model", ""),
            "choices": [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}],
            **(more or {}),
        }
        self._chunk(writer, f"data: {json.dumps(event)}\n\n".encode())

    @staticmethod
    def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


@asynccontextmanager
async def chat_server() -> AsyncIterator[ChatServer]:
    """A running server; it stops at the end of the block."""
    server = ChatServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
