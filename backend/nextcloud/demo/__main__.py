"""Runs the sample server: `python -m backend.nextcloud.demo --folder FOLDER --port 0`.

Prints one JSON line with its address and password when it is ready, then serves until it is told to end. A parent
process gives `--parent` and keeps its end of standard input open: when that closes, or the parent is gone, it ends.
"""

import argparse
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from cheroot.wsgi import Server

from backend.nextcloud.demo.dialect import FILES, USER, Dialect
from backend.nextcloud.demo.listening import listening_socket
from backend.nextcloud.demo.people import calendars_app, contacts_app
from backend.nextcloud.demo.provider import files_app
from backend.nextcloud.demo.registry import Registry
from backend.nextcloud.demo.samples import place_samples

_THREADS = 8
# How often to look whether the parent is still there, in seconds. A killed parent usually closes standard input at
# once; not when another child of it holds the other end.
_PARENT_CHECK = 1.0


class _Server(Server):
    """cheroot on a socket that listens already."""

    def __init__(self, listener: socket.socket, app: Dialect) -> None:
        super().__init__(listener.getsockname(), app, numthreads=_THREADS, server_name="VoiceAssist sample server")
        self._listener = listener

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:
        """Called by cheroot to make its socket."""
        self.socket = self._listener
        return self._listener


def main() -> None:
    """Read the arguments and serve."""
    arguments = _arguments()
    parent = os.getppid()
    given = json.loads(sys.stdin.readline()) if arguments.parent else {}
    password = given.get("password") or secrets.token_urlsafe(24)
    link_secret = bytes.fromhex(given.get("link_secret") or secrets.token_hex(16))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    for loud in ("wsgidav", "radicale"):
        logging.getLogger(loud).setLevel(logging.ERROR)

    folder: Path = arguments.folder.absolute()
    state: Path = (arguments.state or folder.with_name(f"{folder.name}.state")).absolute()
    try:
        place_samples(folder, arguments.samples)
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"The sample server cannot keep its files in {folder}: {error.strerror}.")
    registry = Registry(folder, state / "files.db")
    app = Dialect(
        password=password,
        link_secret=link_secret,
        registry=registry,
        folder=str(folder),
        files=files_app(str(folder), registry, FILES),
        calendars=calendars_app(state / "calendars", USER, datetime.now(UTC)),
        contacts=contacts_app(state / "contacts", USER),
    )
    listener = listening_socket(arguments.port) if arguments.socket is None else socket.socket(fileno=arguments.socket)
    server = _Server(listener, app)
    server.prepare()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    if arguments.parent:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    ready = {"url": url, "user": USER}
    # A parent knows the password; a person needs it.
    print(json.dumps(ready if arguments.parent else {**ready, "password": password}), flush=True)  # noqa: T201
    server.serve()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m backend.nextcloud.demo", description="Sample server.")
    parser.add_argument("--folder", type=Path, required=True, help="the files to serve")
    parser.add_argument("--state", type=Path, help="file ids, calendars and contacts (default: FOLDER.state)")
    parser.add_argument("--samples", type=Path, help="copied to FOLDER when FOLDER does not exist")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0: any free one")
    parser.add_argument("--socket", type=int, help="a listening socket handed down, by its number; instead of --port")
    parser.add_argument("--parent", action="store_true", help="secrets come, and the end is told, by standard input")
    return parser.parse_args()


def _end_with_stdin() -> None:
    while sys.stdin.readline():
        pass
    os._exit(0)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK)
    os._exit(0)


if __name__ == "__main__":
    main()
