"""The HTTP server around the application."""

import sys
from socket import socket

import uvicorn
from fastapi import FastAPI

from backend.settings import Settings

# A client that is slow to read must not keep a stopping server alive for longer.
_SHUTDOWN_SECONDS = 5


class _Server(uvicorn.Server):
    """Says where it listens as soon as it is ready to answer, and not before."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.config.uds:
            bound = self.servers[0].sockets[0].getsockname()
            host = "localhost" if bound[0] in ("127.0.0.1", "::1") else bound[0]
            sys.stdout.write(f"VoiceAssist is ready on http://{host}:{bound[1]}\n")
            sys.stdout.flush()


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until interrupted; exits with 1 when the application could not start."""
    config = uvicorn.Config(
        app,
        host=settings.app_host,
        port=settings.app_port,
        uds=settings.app_socket or None,
        # httptools sends "transfer-encoding: chunked" in lower case, which AppAPI's proxy forwards wrongly.
        http="h11",
        log_config=None,
        access_log=False,  # it would log questions in query strings
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = _Server(config)
    server.run()
    if not server.started:
        sys.exit(1)
