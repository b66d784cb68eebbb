"""What every request must pass before anyone asks who sent it.

A page on the internet can make a visitor's browser send requests to a server on the visitor's own machine, by rebinding
its DNS name or by a plain form. So the host must be one of ours, and a request that changes something must carry a
header that only our own page can add: a foreign page would need a CORS preflight, which is never granted.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.envelope import ErrorBody, failed
from backend.errors import ErrorCode
from backend.identity.principal import READING

_HEADER = "x-requested-with"


class RequestGuard:
    """Refuses hosts that are not ours, and changes without the `X-Requested-With` header.

    `unguarded` are the paths whose changes do without the header: those that no browser reaches. A WebSocket is opened
    only by pages of the host that is asked. Behind proxies that do not tell us that host as the browser knows it,
    `page_hosts` are those whose pages may: the names of hosts, without ports, beside those that the proxies tell.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        unguarded: Iterable[str] = (),
        page_hosts: Iterable[str] | None = None,
    ) -> None:
        self.app = app
        self.unguarded = frozenset(unguarded)
        self.hosts = frozenset(host.strip().lower() for host in hosts if host.strip())
        self.page_hosts = None if page_hosts is None else frozenset(host.lower() for host in page_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            answer = failed(ErrorBody(code=ErrorCode.FORBIDDEN, message=refusal), 403)
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name_of(host) not in self.hosts and "*" not in self.hosts:
            return f"{host!r} is not a host of this server. Add it to ALLOWED_HOSTS if it should be."
        if scope["type"] == "websocket":
            origin = headers.get("origin")
            ours = origin is None or self._is_ours(origin.partition("://")[2].lower(), headers)
            return None if ours else f"A page from {origin!r} may not open a connection here."
        if scope["method"] not in READING and scope["path"] not in self.unguarded and not headers.get(_HEADER):
            return "This request changes something and must carry the header X-Requested-With."
        return None

    def _is_ours(self, page_host: str, headers: Headers) -> bool:
        host = headers.get("host", "").lower()
        if self.page_hosts is None or not page_host:
            return page_host == host
        # nginx passes the host on without its port, Apache in another header, which no page can set on a WebSocket.
        told = {_name_of(host), _name_of(headers.get("x-forwarded-host", ""))}
        return _name_of(page_host) in self.page_hosts | told


def _name_of(host: str) -> str:
    """The host without its port; the brackets of an IPv6 address stay."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()
