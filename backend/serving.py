"""The HTTP server around the application."""

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from backend.envelope import ErrorBody, failed
from backend.errors import ErrorCode, Unavailable
from backend.settings import Settings

# A client that is slow to read must not keep a stopping server alive for longer.
_SHUTDOWN_SECONDS = 5
_BACKLOG = 2048

# WebSocket messages (bytes): a session of voice, the only one here, sends none that is larger.
LARGEST_MESSAGE = 64 * 1024
# A line on which nothing comes back for this long (seconds, twice) is dead; proxies close quiet ones after 60.
_PING_SECONDS = 20.0
# What is still to be sent when a WebSocket has been served is thrown away after this (seconds).
_LINGER_SECONDS = 5.0
# The head of a request must be there within this (seconds), and have at most this many bytes.
_HEAD_SECONDS = 20.0
_MOST_HEAD_BYTES = 64 * 1024
# Who is refused while still sending reads the answer only when we take the rest; for so long (seconds) we do.
_REFUSED_SECONDS = 3.0


class Http(H11Protocol):
    """uvicorn's HTTP, which waits for the head of a request only so long, and refuses what is none in the envelope."""

    _patience: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody is gone."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request, or of what was refused."""
        if self._refused:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        """The next request may come."""
        self._expect_head()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request: a head that is too large, above all."""
        self._expect_nothing()
        answer = failed(
            ErrorBody(code=ErrorCode.VALIDATION_ERROR, message=f"{msg} Its head may have 64 kB."),
            400,
            {"Connection": "close"},
        )
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=answer.raw_headers, reason=b"Bad Request"),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self._refused = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_REFUSED_SECONDS, self.transport.abort)

    def _expect_head(self) -> None:
        self._expect_nothing()
        self._patience = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class WebSockets(WebSocketsSansIOProtocol):
    """uvicorn's WebSockets, which let go of a client that reads nothing, not even that it is over."""

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application has served this one."""
        super().on_task_complete(task)
        self.loop.call_later(_LINGER_SECONDS, self.transport.abort)


class _Server(uvicorn.Server):
    """Says where it listens as soon as it is ready to answer, and not before. `stopping` is awaited before it ends."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._stopping()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or []:
            if listening.family != socket.AF_UNIX:
                host, port = listening.getsockname()[:2]
                shown = "localhost" if host in ("127.0.0.1", "::1") else host
                sys.stdout.write(f"VoiceAssist is ready on http://{shown}:{port}\n")
                sys.stdout.flush()


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on. Taken before anything else, so that a second VoiceAssist stops at once.

    Raises `Unavailable` when the address is taken or is not ours.
    """
    if settings.socket:
        Path(settings.socket).unlink(missing_ok=True)  # what a killed process left
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(settings.socket)
        listening.listen(_BACKLOG)
        return listening
    try:
        listening = socket.create_server(
            (settings.app_host, settings.app_port),
            family=socket.AF_INET6 if ":" in settings.app_host else socket.AF_INET,
            backlog=_BACKLOG,
        )
    except OSError as error:
        raise Unavailable(
            f"Port {settings.app_port} of {settings.app_host} cannot be used. Is VoiceAssist running "
            "already? APP_PORT, or `voiceassist serve --port`, chooses another one."
        ) from error
    # Connections inherit it. asyncio sets it on sockets of its own making only, and without it the second piece of an
    # answer (the body after the head, an event after the last one) waits some 40 ms for the client's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(app: FastAPI, listening: socket.socket, stopping: Callable[[], Awaitable[None]]) -> None:
    """Serve until interrupted, by SIGINT or SIGTERM; then whoever called closes what is open.

    `stopping` says goodbye to those who are connected for long.
    """
    # After an orderly stop uvicorn raises the signal once more, which would end the process with everything still open.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    await _Server(configured(app), stopping).serve(sockets=[listening])


def configured(app: FastAPI) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        # httptools sends "transfer-encoding: chunked" in lower case, which AppAPI's proxy forwards wrongly.
        http=Http,
        h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        ws=WebSockets,
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        ws_per_message_deflate=False,  # sound does not shrink
        lifespan="off",
        log_config=None,
        access_log=False,  # it would log questions in query strings
        server_header=False,
        proxy_headers=False,  # it believes every peer on loopback; who is believed is for `OriginMiddleware` to say
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
