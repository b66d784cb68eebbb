"""The HTTP server around the application."""

import signal
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from backend.errors import Unavailable
from backend.settings import Settings

# A client that is slow to read must not keep a stopping server alive for longer.
_SHUTDOWN_SECONDS = 5
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """Says where it listens as soon as it is ready to answer, and not before."""

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
        return socket.create_server(
            (settings.app_host, settings.app_port),
            family=socket.AF_INET6 if ":" in settings.app_host else socket.AF_INET,
            backlog=_BACKLOG,
        )
    except OSError as error:
        raise Unavailable(
            f"Port {settings.app_port} of {settings.app_host} cannot be used. Is VoiceAssist running "
            "already? APP_PORT, or `voiceassist serve --port`, chooses another one."
        ) from error


async def serve(app: FastAPI, listening: socket.socket) -> None:
    """Serve until interrupted, by SIGINT or SIGTERM; then whoever called closes what is open."""
    # After an orderly stop uvicorn raises the signal once more, which would end the process with everything still open.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    config = uvicorn.Config(
        app,
        # httptools sends "transfer-encoding: chunked" in lower case, which AppAPI's proxy forwards wrongly.
        http="h11",
        lifespan="off",
        log_config=None,
        access_log=False,  # it would log questions in query strings
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    await _Server(config).serve(sockets=[listening])
