"""Real CalDAV and CardDAV servers on free ports, each with one user: Radicale and Xandikos.

Each function gives the user's `DavAccounts`, as the product gets them: `async with radicale(tmp_path) as accounts`.
Both start with a calendar ("personal") and an address book ("contacts"), empty.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import requests
from requests.auth import HTTPBasicAuth

from backend.errors import NotFound
from backend.nextcloud.dav import DavAccount

USER = "ada"
PASSWORD = "a-password-of-tests"

_START_SECONDS = 30.0
_MAKE_BOOK = (
    '<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>'
    "<d:resourcetype><d:collection/><card:addressbook/></d:resourcetype><d:displayname>Contacts</d:displayname>"
    "</d:prop></d:set></d:mkcol>"
)
_MAKE_CALENDAR = (
    '<?xml version="1.0"?><c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
    "<d:displayname>Personal</d:displayname></d:prop></d:set></c:mkcalendar>"
)


class OneAccount:
    """`DavAccounts` with one user."""

    def __init__(self, account: DavAccount) -> None:
        self._account = account

    def of(self, user_id: str) -> DavAccount:
        """See `DavAccounts.of`."""
        if user_id != self._account.user_id:
            raise NotFound("Nobody of this name.")
        return self._account


@asynccontextmanager
async def radicale(folder: Path) -> AsyncIterator[OneAccount]:
    """Radicale in a process of its own, with its data in `folder`."""
    port = _free_port()
    users = folder / "radicale-users"
    users.parent.mkdir(parents=True, exist_ok=True)
    users.write_text(f"{USER}:{PASSWORD}\n")
    options = {
        "server-hosts": f"127.0.0.1:{port}",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(users),
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "storage-filesystem-folder": str(folder / "radicale"),
        "web-type": "none",
        "logging-level": "error",
    }
    arguments = [argument for name, value in options.items() for argument in (f"--{name}", value)]
    url = f"http://127.0.0.1:{port}"
    async with _process(url, "-m", "radicale", "--config", "", *arguments):
        account = _account(url, f"{url}/{USER}/")
        await asyncio.to_thread(_make, account, f"{url}/{USER}/personal/", f"{url}/{USER}/contacts/")
        yield OneAccount(account)


@asynccontextmanager
async def xandikos(folder: Path) -> AsyncIterator[OneAccount]:
    """Xandikos in a process of its own, with its data in `folder`. It asks for no password."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ("serve", "-d", str(folder / "xandikos"), "--state-dir", str(folder / "xandikos-state"), "--autocreate")
    principal = f"/{USER}/"
    async with _process(
        url,
        *("-m", "xandikos", *arguments, "--current-user-principal", principal, "--no-detect-systemd"),
        *("-l", "127.0.0.1", "-p", str(port)),
    ):
        account = _account(url, f"{url}{principal}")
        homes = f"{url}{principal}calendars", f"{url}{principal}contacts"
        await asyncio.to_thread(_make, account, f"{homes[0]}/personal/", f"{homes[1]}/contacts/")
        yield OneAccount(account)


def _account(url: str, principal: str) -> DavAccount:
    return DavAccount(USER, f"{url}/", principal, HTTPBasicAuth(USER.encode(), PASSWORD.encode()))


def _make(account: DavAccount, calendar: str, book: str) -> None:
    for method, url, body in (("MKCALENDAR", calendar, _MAKE_CALENDAR), ("MKCOL", book, _MAKE_BOOK)):
        answer = requests.request(
            method, url, data=body, headers={"Content-Type": "application/xml"}, auth=account.auth, timeout=30
        )
        assert answer.status_code == 201, (method, answer.status_code, answer.text)


@asynccontextmanager
async def _process(url: str, *arguments: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not await asyncio.to_thread(_answers, url):
                assert process.returncode is None, f"{arguments[1]} ended at once with {process.returncode}"
                await asyncio.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _answers(url: str) -> bool:
    try:
        requests.request("OPTIONS", f"{url}/", timeout=5)
    except requests.ConnectionError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
