"""HTTP that goes to addresses which were checked, never to what a second look-up of the name says."""

import ssl
from collections.abc import Awaitable, Callable, Sequence

import httpx2

Locate = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host for a port that may be connected to. What it raises reaches whoever sent the request."""

_PORTS = {"http": 80, "https": 443}


def port_of(url: httpx2.URL) -> int:
    """The port that an address of http(s) leads to."""
    return url.port or _PORTS[url.scheme]


class CheckedTransport(httpx2.AsyncHTTPTransport):
    """Asks for the addresses before each request, and keeps connections by address: one that is open leads to one that
    was checked. Certificates are checked for the name.

    For clients that ask one host only, or keep no connections: two names at one address would share them.
    """

    def __init__(
        self,
        locate: Locate,
        *,
        limits: httpx2.Limits,
        verify: ssl.SSLContext | bool = True,
        trust_env: bool = False,
    ) -> None:
        """`trust_env`: certificates of the environment (SSL_CERT_FILE) count; its proxies never do."""
        super().__init__(verify=verify, limits=limits, trust_env=trust_env)
        self._locate = locate

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Try the addresses one after the other until one takes the connection."""
        host = request.url.raw_host.decode("ascii")
        failure: httpx2.TransportError = httpx2.ConnectError(f"{host!r} has no address", request=request)
        for address in await self._locate(host, port_of(request.url)):
            there = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,  # `Host` among them
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await super().handle_async_request(there)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:  # nothing was sent
                failure = error
        raise failure
