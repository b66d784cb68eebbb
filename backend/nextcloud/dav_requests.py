"""Requests to a user's calendars and contacts: any DAV method, an answer of bounded size, its status as it came."""

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import requests

from backend.errors import Unavailable, VoiceAssistError
from backend.nextcloud.connection import Login, PlainSession, is_loopback
from backend.nextcloud.dav import DavAccount
from backend.nextcloud.faults import answer_error, connection_errors

_CONNECT_TIMEOUT = 10.0
# Nextcloud puts the listing of a large address book together before it sends the first byte.
_READ_TIMEOUT = 60.0
# A whole answer must be here in this time: a read timeout alone never ends one that trickles in byte by byte.
_ANSWER_SECONDS = 120.0
_PIECE = 128 * 1024


class TooLarge(Unavailable):
    """The answer is larger than was allowed; a smaller question may help."""


@dataclass(frozen=True, slots=True, repr=False)
class DavAnswer:
    """An answer of any status. The names of `headers` may be in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class DavRequests:
    """One user's connection to the DAV server; one request at a time. Use it as a context, which closes it."""

    def __init__(self, account: DavAccount) -> None:
        self._account = account
        self._session = PlainSession(Login(account.user_id, account.auth, account.by_appapi))
        # A proxy of the environment must not see what goes to a server on this machine.
        self._session.trust_env = not is_loopback(account.url)
        self._lock = threading.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, limit: int
    ) -> DavAnswer:
        """Send a request to `path` (quoted) at the account's server, and read at most `limit` bytes of the answer.

        Raises `TooLarge` beyond that, and `Unavailable` when the server does not answer.
        """
        return await asyncio.to_thread(self._send, method, path, body, headers or {}, limit)

    def failure(self, answer: DavAnswer) -> VoiceAssistError | None:
        """The error that an answer stands for; None for a success."""
        return answer_error(
            answer.status,
            answer.headers,
            answer.body,
            user=self._account.user_id,
            now=datetime.now(UTC),
            by_appapi=self._account.by_appapi,
        )

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str], limit: int) -> DavAnswer:
        # What the server names is taken as a path at the server that we know: credentials go nowhere else.
        scheme, host, *_ = urlsplit(self._account.url)
        url = urlunsplit((scheme, host, path, "", ""))
        with (
            self._lock,
            connection_errors(url),
            self._session.request(
                method,
                url,
                data=body,
                headers={"Accept-Encoding": "identity", **headers},
                timeout=(_CONNECT_TIMEOUT, _READ_TIMEOUT),
                stream=True,
            ) as response,
        ):
            return DavAnswer(response.status_code, response.headers, read_all(response, limit))


def read_all(response: requests.Response, limit: int) -> bytes:
    """The body of a streamed answer. Raises `TooLarge` beyond `limit` bytes, and `Unavailable` when it trickles."""
    whole = bytearray()
    started = time.monotonic()
    for piece in response.iter_content(_PIECE):
        whole += piece
        if len(whole) > limit:
            raise TooLarge(f"Nextcloud sent an answer of more than {limit} bytes.")
        if time.monotonic() - started > _ANSWER_SECONDS:
            raise Unavailable(f"Nextcloud sends too slowly: {len(whole)} bytes in {_ANSWER_SECONDS:.0f} s.")
    return bytes(whole)
