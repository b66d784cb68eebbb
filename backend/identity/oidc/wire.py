"""HTTP to the issuer: bounded in time and size, TLS verified, no redirects, no proxy in between."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2  # what Authlib speaks
import structlog
from authlib.integrations.httpx_client import AsyncOAuth2Client

from backend.errors import BadInput, Unavailable
from backend.identity.oidc.configuration import Configuration
from backend.reach import Reach
from backend.transport import CheckedTransport, Locate

log = structlog.get_logger(__name__)

# An issuer's largest document is its list of keys, with certificates some 20 KB.
_MOST_BYTES = 2**19
# Somebody waits before a white page meanwhile.
_TOTAL_SECONDS = 10.0
_STEP_SECONDS = 5.0


class TooLarge(httpx2.TransportError):
    """An answer that no issuer gives."""


class Wire:
    """Opens clients. One TLS context serves them all: it takes some milliseconds to make.

    The issuer that the settings name may stand in a private network. Where its documents lead must be on the same host,
    on the public internet or listed.
    """

    def __init__(
        self,
        reach: Reach,
        total_seconds: float = _TOTAL_SECONDS,
        step_seconds: float = _STEP_SECONDS,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._reach = reach
        self._total = total_seconds
        self._step = step_seconds
        self._most = most_bytes
        self._tls = ssl.create_default_context()

    @asynccontextmanager
    async def open(self, configuration: Configuration, auth_method: str) -> AsyncIterator[AsyncOAuth2Client]:
        """Authlib's client for a few requests. Raises `Unavailable` when they fail or take too long in all.

        `auth_method` is how the client proves itself at the token endpoint (RFC 8414).
        """
        hosts = {
            httpx2.URL(address).raw_host.decode("ascii")
            for address in (configuration.issuer, configuration.base_url)
            if address
        }

        async def locate(host: str, port: int) -> Sequence[str]:
            return await self._reach.find(host, port, named=host in hosts)

        client = AsyncOAuth2Client(
            configuration.client_id,
            configuration.client_secret or None,
            token_endpoint_auth_method=auth_method if configuration.client_secret else "none",
            redirect_uri=configuration.redirect_uri,
            code_challenge_method="S256",
            transport=_Bounded(self._most, locate, self._tls),
            timeout=self._step,
            follow_redirects=False,
            # A compressed answer may be a thousand times as large as what was counted.
            headers={"Accept-Encoding": "identity"},
            trust_env=False,
        )
        try:
            async with asyncio.timeout(self._total), client:
                yield client
        except BadInput as error:
            log.warning("issuer.refused", reason=error.message)
            raise Unavailable(
                "The server that users sign in at leads to a server that must not be asked. The log names it."
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            log.warning("issuer.unavailable", error=type(error).__name__)
            raise Unavailable("The server that users sign in at does not answer properly. Try again later.") from error

    async def get_object(
        self, client: AsyncOAuth2Client, url: str, *, access_token: str = "", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The JSON object at an address. Raises what `open` makes `Unavailable`; `NoSuchPage` for a 404."""
        headers = {"Accept": "application/json", **(headers or {})}
        if access_token:
            headers["Authorization"] = f"Bearer {access_token}"
        answer = await client.request("GET", url, headers=headers, withhold_token=True)
        if answer.status_code == 404:
            raise NoSuchPage(url)
        if answer.status_code != 200:
            raise httpx2.TransportError(f"status {answer.status_code}")
        try:
            found = json.loads(answer.content)
        except (ValueError, RecursionError) as error:
            raise httpx2.TransportError("not JSON") from error
        if not isinstance(found, dict):
            raise httpx2.TransportError("not an object")
        return found


class NoSuchPage(httpx2.TransportError):
    """The issuer has nothing at an address."""


class _Bounded(CheckedTransport):
    """Ends answers that grow too large, and those that are compressed although nobody asked for it."""

    def __init__(self, most_bytes: int, locate: Locate, verify: ssl.SSLContext) -> None:
        # Two hosts of an issuer may share an address, and must not share a connection: none is kept.
        super().__init__(locate, verify=verify, limits=httpx2.Limits(max_keepalive_connections=0))
        self._most = most_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await super().handle_async_request(request)
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        if answer.headers.get("content-encoding", "identity") != "identity":
            await answer.stream.aclose()
            raise TooLarge("compressed")
        answer.stream = _Counted(answer.stream, self._most)
        return answer


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most_bytes: int) -> None:
        self._inner = inner
        self._left = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            self._left -= len(part)
            if self._left < 0:
                raise TooLarge("too large")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
