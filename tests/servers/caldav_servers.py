"""Radicale and Xandikos as CalDAV and CardDAV servers on free ports, each in a process of its own.

Each has one user, with a calendar and an address book from the start.
"""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from caldav.davclient import DAVClient
from requests.auth import HTTPBasicAuth

from backend.errors import NotFound
from backend.nextcloud.dav import DavAccount
from tests.servers.ports import free_port

OtherCalendar = Any
"""A calendar by the caldav library. Its types speak of coroutines where there are none."""

USER = "ida"
_PASSWORD = "secret"
_START_SECONDS = 30.0
_COLLECTIONS = {
    "personal": {"tag": "VCALENDAR", "D:displayname": "Personal"},
    "contacts": {"tag": "VADDRESSBOOK", "D:displayname": "Contacts"},
}


class CalDavServer:
    """A server with one user, reached at `url`: the user's `DavAccounts`, as the product gets them.

    `account` is our way in, `client()` that of another program.
    """

    def __init__(self, url: str, principal: str, user: str = USER, password: str = _PASSWORD) -> None:
        self.url = url
        self.user = user
        self.password = password
        self.account = DavAccount(user, url, principal, HTTPBasicAuth(user.encode(), password.encode()))
        self._client: Any = None

    def client(self) -> Any:
        """The caldav library's own client: somebody else who looks at the server and changes things."""
        if self._client is None:
            self._client = DAVClient(
                url=self.account.principal, username=self.user, password=self.password, auth_type="basic"
            )
        return self._client

    def close(self) -> None:
        """Close that client."""
        if self._client is not None:
            self._client.close()

    def of(self, user_id: str) -> DavAccount:
        """See `DavAccounts.of`."""
        if user_id != self.user:
            raise NotFound("Nobody of this name.")
        return self.account

    def make_calendar(self, name: str) -> OtherCalendar:
        """A new calendar."""
        return self.client().principal().make_calendar(name=name, cal_id=quote(name.lower().replace(" ", "-")))


@contextmanager
def radicale(folder: Path) -> Iterator[CalDavServer]:
    """Radicale, with its data in `folder`."""
    port = free_port()
    users = folder / "users"
    users.write_text(f"{USER}:{_PASSWORD}\n")
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "storage-filesystem-folder": str(folder / "collections"),
        "storage-predefined-collections": json.dumps(_COLLECTIONS),
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(users),
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "web-type": "none",
        "logging-level": "error",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with _running([sys.executable, "-m", "radicale", "--config", "", *arguments], port):
        url = f"http://127.0.0.1:{port}"
        server = CalDavServer(f"{url}/", f"{url}/{USER}/")
        yield server
        server.close()


@contextmanager
def xandikos(folder: Path) -> Iterator[CalDavServer]:
    """Xandikos, with its data in `folder`, in Git. It asks for no password."""
    port = free_port()
    where = ["--directory", str(folder), "--listen-address", "127.0.0.1", "--port", str(port)]
    program = str(Path(sys.executable).with_name("xandikos"))
    with _running([program, "serve", "--defaults", "--current-user-principal", f"/{USER}/", *where], port):
        url = f"http://127.0.0.1:{port}"
        server = CalDavServer(f"{url}/", f"{url}/{USER}/")
        yield server
        server.close()


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < end, f"{command} does not listen"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)
