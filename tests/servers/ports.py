"""Ports for servers that must be told theirs before they listen."""

import itertools
import os
import random
import socket
from collections.abc import Iterator

# Below those that the kernel hands out (Linux: from 32768), where any outgoing connection could take a port between
# its choice and its use; AppAPI (34) keeps no higher one on PostgreSQL either. Each worker of pytest-xdist has a
# stretch of its own.
_FIRST = 12_000
_STRETCH = 2_000
_STRETCHES = 10

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_start = _FIRST + _STRETCH * (_worker % _STRETCHES)
_middle = _start + random.randrange(_STRETCH)  # another run of the tests on this machine begins elsewhere
_round: Iterator[int] = itertools.cycle([*range(_middle, _start + _STRETCH), *range(_start, _middle)])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that this process has not given out for a long time."""
    for port in itertools.islice(_round, _STRETCH):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError(f"nothing is free from {_start} to {_start + _STRETCH}")
