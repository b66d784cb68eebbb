"""An HTTP server that answers each request with exactly the bytes, pauses and hang-ups that a test wants."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. Header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


# Bytes are sent as they are; a number is a pause in seconds; at the end the connection is closed.
Script = Iterable[bytes | float]


def answer(status: str, body: bytes = b"", **headers: str) -> list[bytes | float]:
    """A well-formed answer; header names with "_" for "-"."""
    fields = {"Content_Length": str(len(body)), "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return [f"HTTP/1.1 {status}\r\n{lines}\r\n".encode(), body]


class FaultyServer:
    """Listens on loopback; `respond` makes the script for each request. Every request is kept in `requests`."""

    def __init__(self, respond: Callable[[Request], Script]) -> None:
        self._respond = respond
        self.requests: list[Request] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as incoming, contextlib.suppress(OSError, ValueError):
            request = self._read(iter(incoming.readline, b""), incoming.read)
            if request is None:
                return
            self.requests.append(request)
            for step in self._respond(request):
                if isinstance(step, bytes):
                    connection.sendall(step)
                elif self._stopping.wait(step):
                    return

    @staticmethod
    def _read(lines: Iterator[bytes], read: Callable[[int], bytes]) -> Request | None:
        """One request; None from somebody who only looked whether we listen."""
        first = next(lines, b"")
        if not first:
            return None
        method, target, _ = first.decode().split(" ", 2)
        headers: dict[str, str] = {}
        for line in lines:
            if not line.strip():
                break
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return Request(method, target, headers, read(int(headers.get("content-length", "0"))))


def drip(piece: bytes, pause: float, times: int) -> Iterator[bytes | float]:
    """`piece` again and again, with pauses."""
    for _ in range(times):
        yield piece
        yield pause


def wait_until(done: Callable[[], bool], *, within: float = 10.0) -> bool:
    """Poll until `done` or time is up."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.02)
    return done()
