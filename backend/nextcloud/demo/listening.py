"""The socket that the sample server listens on, made by whoever lives longer."""

import socket


def listening_socket(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1; port 0 takes any free one. Raises `OSError` when the port is taken."""
    listener = socket.socket()
    try:
        # Connections of the last run that are not quite over do not keep the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
