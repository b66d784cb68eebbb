"""An OpenAI-compatible server on loopback that hears and speaks, scripted and faulty.

Real HTTP/1.1 over a real socket, so that the openai client, its timeouts and its parsing are what is tested. It leaves
unproved what a real model hears, and that a real server still sends its answers in these shapes.
"""

import asyncio
import contextlib
import json
import math
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Any

from tests.servers.hangups import noticing

RATE = 24_000

Words = tuple[tuple[str, float, float], ...]


def tone(seconds: float, rate: int = RATE, hertz: float = 220.0) -> bytes:
    """A tone: 16-bit mono."""
    samples = (int(9_000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(int(seconds * rate)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


@dataclass(slots=True)
class Reply:
    """How the server answers. Times are in seconds.

    `text` is the transcript, and may depend on the request. `words` gives them times, and may as well. `sound` is what
    is spoken, in pieces of `piece` bytes with `delay` between them. `silent` never answers; `stall` stops after the
    first piece and says no more; `cut` drops the connection after it; `forever` speaks without end. `refuses` names
    fields that are answered with 400. `ignores_stream`: a transcript comes whole although a stream was asked for.
    `voices` are known, others are refused; None takes any. `body` and `kind` replace the answer.
    """

    text: str | Callable[["Asked"], str] = "call doctor adeyemi"
    words: "Words | Callable[[Asked], Words]" = ()
    language: str = "english"
    sound: bytes = field(default_factory=lambda: tone(0.5))
    piece: int = 4_801
    kind: str = ""
    body: bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    first_delay: float = 0.0
    delay: float = 0.0
    silent: bool = False
    stall: bool = False
    cut: bool = False
    forever: bool = False
    refuses: tuple[str, ...] = ()
    ignores_stream: bool = False
    voices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its path, its fields, and the file of a transcription."""

    path: str
    key: str
    fields: dict[str, Any]
    file: bytes = b""

    @property
    def samples(self) -> bytes:
        """The samples of the WAV file."""
        return self.file[44:]


class SpeechServer:
    """Listens on a free port of 127.0.0.1. `reply` may be changed between requests; `asked` are those received.

    `replies` are given first, one to each request. `connections` counts whoever connected, also without a word.
    """

    def __init__(self) -> None:
        self.reply = Reply()
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        self.connections = 0
        self.sent_pieces = 0
        self.hung_up = asyncio.Event()
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
        path = head.split(" ")[1]
        headers = {
            name.lower(): value for name, value in (x.split(": ", 1) for x in head.split("\r\n")[1:] if ": " in x)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked.append(_asked(path, headers, body))
        async with noticing(reader, self.hung_up):
            await self._answer(self.asked[-1], writer)
            await writer.drain()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        reply = self.replies.pop(0) if self.replies else self.reply
        if reply.silent:
            await asyncio.sleep(3600)
        await asyncio.sleep(reply.first_delay)
        voice = asked.fields.get("voice")
        refused = [name for name in reply.refuses if name in asked.fields]
        if reply.voices is not None and voice is not None and voice not in reply.voices:
            refused = ["voice"]
        if refused:
            error = {"error": {"message": f"Unsupported: {refused[0]}", "param": refused[0], "type": "bad"}}
            _whole(writer, 400, json.dumps(error).encode(), "application/json", {})
        elif reply.status != 200 or reply.body is not None:
            body = reply.body if reply.body is not None else b'{"error": {"message": "scripted"}}'
            _whole(writer, reply.status, body, reply.kind or "application/json", reply.headers)
        elif asked.path.endswith("/audio/voices"):
            _whole(writer, 200, json.dumps({"voices": list(reply.voices or ())}).encode(), "application/json", {})
        elif asked.path.endswith("/audio/speech"):
            await self._speak(reply, writer)
        else:
            _hear(asked, reply, writer)

    async def _speak(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nContent-Type: "
            + (reply.kind or "audio/pcm").encode()
            + b"\r\n\r\n"
        )
        while True:
            for start in range(0, len(reply.sound), reply.piece):
                piece = reply.sound[start : start + reply.piece]
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
                self.sent_pieces += 1
                if reply.stall:
                    await asyncio.sleep(3600)
                if reply.cut:
                    writer.transport.abort()
                    return
                await asyncio.sleep(reply.delay)
            if not reply.forever:
                break
        writer.write(b"0\r\n\r\n")


def _hear(asked: Asked, reply: Reply, writer: asyncio.StreamWriter) -> None:
    text = reply.text(asked) if callable(reply.text) else reply.text
    if asked.fields.get("stream") == "true" and not reply.ignores_stream:
        events: list[dict[str, str]] = [
            {"type": "transcript.text.delta", "delta": f"{word} "} for word in text.split(" ")
        ]
        if not reply.cut:
            events.append({"type": "transcript.text.done", "text": text})
        stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        _whole(writer, 200, stream.encode(), "text/event-stream", {})
        return
    answer: dict[str, Any] = {"text": text}
    if asked.fields.get("response_format") == "verbose_json":
        timed = reply.words(asked) if callable(reply.words) else reply.words
        words = [{"word": word, "start": start, "end": end} for word, start, end in timed]
        answer |= {"language": reply.language, "duration": 1.0, "words": words}
    _whole(writer, 200, json.dumps(answer).encode(), "application/json", {})


def _asked(path: str, headers: dict[str, str], body: bytes) -> Asked:
    key, kind = headers.get("authorization", ""), headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return Asked(path, key, json.loads(body) if body else {})
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    file = b""
    for part in message.walk():
        if not isinstance(part, Message) or part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition")).removesuffix("[]")
        if part.get_filename():
            file = content
        else:
            fields[name] = content.decode()
    return Asked(path, key, fields, file)


def _whole(writer: asyncio.StreamWriter, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
    lines = [
        f"HTTP/1.1 {status} Scripted",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@asynccontextmanager
async def speech_server() -> AsyncIterator[SpeechServer]:
    """A running server; it stops at the end of the block."""
    server = SpeechServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
