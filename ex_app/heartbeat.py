"""`python -m ex_app.heartbeat`: the container's health check. Exits with 1 unless `/heartbeat` answers.

It reads the same settings as the server, so it asks where the server listens: on a Unix socket or on address and port.
"""

import http.client
import socket
import sys

from backend.settings import Settings

_SECONDS = 4.0

# A server that listens on every address is asked on its own.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, not what we open


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket, when the settings name one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(_LOOPBACK.get(settings.app_host, settings.app_host), settings.app_port, timeout=_SECONDS)
        self._path = settings.socket

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def beats(settings: Settings) -> bool:
    """Whether the server of these settings answers within 4 s that it is well."""
    connection = _Connection(settings)
    try:
        connection.request("GET", "/heartbeat")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if beats(Settings()) else 1)
