"""Where the request that is being served came from: for limits, and for the record of what was done."""

import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.places import OwnHosts

_LONGEST_AGENT = 200
# No chain of proxies is longer; what is left of the rest is not read.
_MOST_HOPS = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` is the client's IP address as far as trusted proxies tell, `agent` its User-Agent, cut short."""

    address: str
    agent: str


NOWHERE = Origin("", "")

_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current_origin() -> Origin:
    """The origin of the request being served; `NOWHERE` outside of one."""
    return _current.get()


def come_from(origin: Origin) -> None:
    """This request came from there."""
    _current.set(origin)


class OriginMiddleware:
    """Finds out where each request comes from. Only `trusted` proxies are believed about who asked them, and how.

    The server before it must not do so itself (uvicorn: `proxy_headers=False`).
    """

    def __init__(self, app: ASGIApp, trusted: OwnHosts) -> None:
        self.app = app
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            peer = scope["client"][0] if scope.get("client") else ""
            agent = "".join(char for char in headers.get("user-agent", "") if char.isprintable())
            come_from(Origin(client_address(peer, headers, self.trusted), agent[:_LONGEST_AGENT]))
            nearest = _address(peer)
            if scope["type"] == "http" and nearest is not None and nearest in self.trusted:
                scope["scheme"] = "https" if headers.get("x-forwarded-proto") == "https" else scope["scheme"]
        await self.app(scope, receive, send)


def client_address(peer: str, headers: Headers, trusted: OwnHosts) -> str:
    """The address of who asked, in its shortest form; empty where the peer has none (a Unix socket).

    A proxy that writes one of the two headers passes the other on as a client made it up. So where both are there and
    disagree, neither is believed.
    """
    nearest = _address(peer)
    if nearest is None:
        return ""
    told = {
        _farthest(nearest, hops, trusted)
        for hops in (_x_forwarded_for(headers), _forwarded(headers))
        if hops is not None
    }
    return str(told.pop() if len(told) == 1 else nearest)


def _farthest(nearest: IPv4Address | IPv6Address, hops: Sequence[str], trusted: OwnHosts) -> IPv4Address | IPv6Address:
    """From the peer on backwards: the first that is no trusted proxy, or that a proxy does not name."""
    for hop in reversed(hops[-_MOST_HOPS:]):
        if nearest not in trusted:
            break
        address = _address(hop)
        if address is None:
            break
        nearest = address
    return nearest


def _x_forwarded_for(headers: Headers) -> list[str] | None:
    lines = headers.getlist("x-forwarded-for")
    return ",".join(lines).split(",") if lines else None


# RFC 7239, section 4: elements by commas, their pairs by semicolons, values as tokens or quoted strings.
_ELEMENT = r'(?:[^,"]|"(?:[^"\\]|\\.)*")'
_ELEMENTS = re.compile(rf"{_ELEMENT}*(?:,{_ELEMENT}*)*")
_ONE_ELEMENT = re.compile(rf"{_ELEMENT}+")
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"([^"\\]*)"|([^\s;"]+))\s*(?:;|$)', re.IGNORECASE)


def _forwarded(headers: Headers) -> list[str] | None:
    lines = headers.getlist("forwarded")
    if not lines:
        return None
    whole = ",".join(lines)
    if not _ELEMENTS.fullmatch(whole):
        return []  # a quote that does not end: nobody can say what who wrote
    pairs = (_FOR.search(element.strip()) for element in _ONE_ELEMENT.findall(whole))
    return [(pair[1] or pair[2] or "") if pair else "" for pair in pairs]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it: perhaps with a port, with brackets, with a zone. None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
