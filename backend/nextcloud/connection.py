"""HTTP to one Nextcloud as one user: `webdavclient3` clients that threads borrow, and bodies read to their end.

`webdav3.client.Client` builds the requests (address, headers, timeouts) and sends them through our session. None of its
convenience methods is used: they ask for existence before each request, collapse paths that hold dots, follow redirects
and lose the answer's headers when it is an error.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import RemoteDisconnected
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import HTTPBasicAuth
from webdav3.client import Client

from backend import __version__
from backend.errors import Unavailable
from backend.nextcloud.faults import answer_error, chain, connection_errors

_PIECE = 128 * 1024
# An error's name stands near the start of its body.
_ERROR_BODY = 8 * 1024
# Below this speed (bytes per second, after the first timeout has passed) a server is treated as hanging: a read timeout
# alone never ends a body that trickles in byte by byte.
_SLOWEST = 1024


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """How a user is let in. `name` is told in errors; `by_appapi` says that there is no password to make anew."""

    name: str
    auth: Callable[[Any], Any]
    by_appapi: bool = False


def by_password(login: str, password: str) -> Login:
    """With a user's app password."""
    # As bytes: requests would encode text as Latin-1, Nextcloud reads UTF-8.
    return Login(login, HTTPBasicAuth(login.encode(), password.encode()))


class PlainSession(requests.Session):
    """A session that follows no redirect and keeps no cookie.

    Without cookies every request stands on the credentials alone, so revoked ones are refused at once, no request is
    answered in the session of another user, and Nextcloud does not put parallel requests of one PHP session in a row.
    """

    def __init__(self, login: Login) -> None:
        super().__init__()
        self.auth = login.auth
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = f"VoiceAssist/{__version__}"
        self._login = login

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send once more when the server had closed a connection that we kept open."""
        kwargs["allow_redirects"] = False
        try:
            return super().send(request, **kwargs)
        except requests.ConnectionError as error:
            if not any(isinstance(cause, RemoteDisconnected | ConnectionResetError) for cause in chain(error)):
                raise
            return super().send(request, **kwargs)


class Session(PlainSession):
    """A session that raises the errors of the house for every status but 2xx."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """See `PlainSession.send`."""
        response = super().send(request, **kwargs)
        if 200 <= response.status_code < 300:
            return response
        with response:
            head = response.raw.read(_ERROR_BODY, decode_content=True) or b""
        error_of_answer = answer_error(
            response.status_code,
            response.headers,
            head,
            user=self._login.name,
            now=datetime.now(UTC),
            by_appapi=self._login.by_appapi,
        )
        assert error_of_answer is not None
        raise error_of_answer


class Body:
    """The body of one answer, read piece by piece. Safe to close while another thread reads."""

    def __init__(self, response: requests.Response, *, patience: float, done: Callable[[], None]) -> None:
        self.response = response
        self._patience = patience
        self._done = done
        self._lock = threading.Lock()
        self._closed = False
        self._started = time.monotonic()
        self._got = 0
        declared = response.headers.get("Content-Length", "")
        self.length: int | None = int(declared) if declared.isascii() and declared.isdigit() else None

    @property
    def has_end(self) -> bool:
        """Whether an early end can be told from the real one: by a length, by chunks, or by HTTP/2 frames."""
        chunked = "chunked" in self.response.headers.get("Transfer-Encoding", "").lower()
        return self.length is not None or chunked or self.response.raw.version >= 20

    def read(self) -> bytes:
        """The next piece; empty at the end. Raises `Unavailable` when the body ends early or hardly moves."""
        with self._lock:
            if self._closed:
                raise Unavailable("The transfer was ended.")
            piece: bytes = self.response.raw.read1(_PIECE, decode_content=True) or b""
        self._got += len(piece)
        if not piece:
            self._check_whole()
            return b""
        waited = time.monotonic() - self._started
        if waited > self._patience and self._got < (waited - self._patience) * _SLOWEST:
            raise Unavailable(f"Nextcloud sends too slowly: {self._got} bytes in {waited:.0f} s.")
        return piece

    def _check_whole(self) -> None:
        """Raises unless all that was announced has come. The library underneath checks as well, in some versions."""
        encoded = self.response.headers.get("Content-Encoding", "identity").lower() != "identity"
        if self.length is not None and not encoded and self._got != self.length:
            raise Unavailable(f"The transfer broke off: {self._got} of {self.length} bytes came.")

    def close(self) -> None:
        """Give the connection back (or drop it, when something is left unread)."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.response.close()
        self._done()


class Connection:
    """Requests to one Nextcloud as one user, from any thread. Blocking: call it in threads only."""

    def __init__(self, url: str, login: Login, *, connect_timeout: float, read_timeout: float) -> None:
        self._url = url
        self._login = login
        self._timeouts = (connect_timeout, read_timeout)
        self._idle: list[Client] = []
        self._lock = threading.Lock()
        self._closed = False

    def open(self, method: str, path: str, *, data: bytes | None = None, headers: tuple[str, ...] = ()) -> Body:
        """Send a request and return the answer's body, unread.

        `method` is `list` (PROPFIND), `search` (SEARCH), `report` (REPORT), `download` (GET), `upload` (PUT) or `mkdir`
        (MKCOL); `path` is quoted already. Raises `NotFound`, `NotAllowed`, `Conflict`, `RateLimited`, `Unavailable`,
        `BadInput`.
        """
        client = self._borrow()
        try:
            with connection_errors(self._url):
                response = client.execute_request(
                    method, path, data=data, headers_ext=["Accept-Encoding: identity", *headers]
                )
        except BaseException:
            self._give_back(client)
            raise
        return Body(response, patience=self._timeouts[1], done=lambda: self._give_back(client))

    def pieces(self, body: Body) -> Iterator[bytes]:
        """The body to its end, then closed."""
        try:
            with connection_errors(self._url):
                while piece := body.read():
                    yield piece
        finally:
            body.close()

    def read(self, body: Body, *, limit: int) -> bytes:
        """The whole body; `Unavailable` when it is longer than `limit` bytes."""
        whole = bytearray()
        for piece in self.pieces(body):
            whole += piece
            if len(whole) > limit:
                raise Unavailable(f"Nextcloud sent an answer of more than {limit} bytes.")
        return bytes(whole)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Errors of this server, in the terms of the house."""
        with connection_errors(self._url):
            yield

    def _borrow(self) -> Client:
        with self._lock:
            if self._closed:
                raise Unavailable("The connection to Nextcloud is closed.")
            if self._idle:
                return self._idle.pop()
        return self._client()

    def _give_back(self, client: Client) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(client)
                return
        client.session.close()

    def _client(self) -> Client:
        client = Client(
            {
                "webdav_hostname": self._url,
                "webdav_timeout": self._timeouts,
                "webdav_disable_check": True,
                "webdav_override_methods": {"search": "SEARCH", "report": "REPORT"},
            }
        )
        client.session.close()
        # The secret lives in the session's authentication; the client's own options, which it may print, hold none.
        client.session = Session(self._login)
        # A proxy of the environment must not see what goes to a server on this machine.
        client.session.trust_env = not is_loopback(self._url)
        return client

    def close(self) -> None:
        """Close all connections; those in use when they are given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for client in idle:
            client.session.close()


def is_loopback(url: str) -> bool:
    """Whether the server runs on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
