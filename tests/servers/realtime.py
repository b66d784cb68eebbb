"""A server of OpenAI's Realtime API on loopback that transcribes, scripted and faulty.

A real WebSocket, so that the client, its connection and its timeouts are what is tested. Events have the shapes of
OpenAI's reference (`session.update` with a transcription session, `input_audio_buffer.append` and `commit`,
`conversation.item.input_audio_transcription.*`). It leaves unproved that OpenAI's own server still sends these, and
when it sends the first words.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


@dataclass(slots=True)
class Script:
    """What the server does. Times are in seconds.

    `words` are told one by one, one for each tenth of a second that was heard, and all at the end. `status` refuses
    the connection. `open_delay` is how long it takes to accept it. `silent` says nothing after the session's beginning;
    `deaf` does not read; `cut` closes the line after so many words; `rubbish` is sent instead of the first event;
    `error` answers the session with an error, `failed` the utterance. `endless` never completes but goes on telling.
    """

    words: tuple[str, ...] = ("call", "doctor", "adeyemi")
    status: int = 0
    open_delay: float = 0.0
    silent: bool = False
    deaf: bool = False
    cut: int | None = None
    rubbish: str | bytes | None = None
    error: bool = False
    failed: bool = False
    endless: bool = False


@dataclass(slots=True)
class Session:
    """What one connection was told."""

    path: str
    key: str
    settings: dict[str, Any] = field(default_factory=dict)
    sound: bytearray = field(default_factory=bytearray)
    committed: bool = False
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class RealtimeServer:
    """Listens on a free port of 127.0.0.1. `sessions` are those of all connections so far."""

    def __init__(self) -> None:
        self.script = Script()
        self.sessions: list[Session] = []
        self._server: Server | None = None
        self._stopping = asyncio.Event()

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/v1"

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", 0, process_request=self._admit, close_timeout=1)

    async def stop(self) -> None:
        assert self._server is not None
        self._stopping.set()
        self._server.close()
        await self._server.wait_closed()

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        await asyncio.sleep(self.script.open_delay)
        if self.script.status:
            return connection.respond(HTTPStatus(self.script.status), "scripted\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        session = Session(request.path, request.headers.get("Authorization", ""))
        self.sessions.append(session)
        try:
            with contextlib.suppress(ConnectionClosed):
                await self._talk(connection, session)
        finally:
            session.closed.set()

    async def _talk(self, connection: ServerConnection, session: Session) -> None:
        script = self.script
        if script.rubbish is not None:
            await connection.send(script.rubbish)
        await _tell(connection, {"type": "session.created", "session": {}})
        if script.deaf:
            connection.transport.pause_reading()
            await self._stopping.wait()
            connection.transport.abort()
            return
        told = 0
        async for message in connection:
            event = json.loads(message)
            if event["type"] == "session.update":
                session.settings = event["session"]
                kind = "error" if script.error else "session.updated"
                await _tell(connection, {"type": kind, "error": {"message": "call Mrs Nowak", "type": "invalid"}})
            elif event["type"] == "input_audio_buffer.append":
                session.sound += base64.b64decode(event["audio"])
                while told < min(len(script.words), len(session.sound) // 4_800) and not script.silent:
                    await self._word(connection, script.words[told])
                    told += 1
                    if told == script.cut:
                        connection.transport.abort()
                        return
            else:
                session.committed = True
                await self._end(connection, script)

    async def _end(self, connection: ServerConnection, script: Script) -> None:
        if script.silent:
            return
        while script.endless:
            await self._word(connection, "and")
            await asyncio.sleep(0.01)
        done = {"item_id": "item_1", "content_index": 0, "usage": {"type": "duration", "seconds": 1}}
        kind = "conversation.item.input_audio_transcription."
        if script.failed:
            await _tell(connection, {"type": f"{kind}failed", "error": {"message": "call Mrs Nowak"}, **done})
        else:
            await _tell(connection, {"type": f"{kind}completed", "transcript": " ".join(script.words), **done})

    async def _word(self, connection: ServerConnection, word: str) -> None:
        kind = "conversation.item.input_audio_transcription.delta"
        await _tell(connection, {"type": kind, "item_id": "item_1", "content_index": 0, "delta": f"{word} "})


async def _tell(connection: ServerConnection, event: dict[str, Any]) -> None:
    await connection.send(json.dumps({"event_id": "event_1", **event}))


@asynccontextmanager
async def realtime_server() -> AsyncIterator[RealtimeServer]:
    """A running server; it stops at the end of the block."""
    server = RealtimeServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
