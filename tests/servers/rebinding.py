"""Names that change their meaning, and listeners that tell whether anybody knocked."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# Stand for "outside" and "inside": both are this machine, and only the first is listed.
OUTSIDE, INSIDE = "127.0.0.2", "127.0.0.1"


class Rebinding:
    """A name server of an attacker: the name means `answers` one after the other, and the last from then on."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return [self.answers[min(self.asked, len(self.answers)) - 1]]


@contextmanager
def listeners() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Servers outside and inside, on the same port; whoever connects waits in their queues."""
    with socket.create_server((OUTSIDE, 0)) as outside:
        port = outside.getsockname()[1]
        with socket.create_server((INSIDE, port)) as inside:
            outside.setblocking(False)
            inside.setblocking(False)
            yield outside, inside


def was_reached(server: socket.socket) -> bool:
    """Whether somebody has connected to a listener since it was asked last."""
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return False
    connection.close()
    return True
