"""How external calendars are reached: http(s) only, never into our own networks, redirects not followed.

A name is looked up at each connection, and the connection goes to an address that was checked, not to another look-up.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import niquests
from niquests.packages.urllib3.contrib.resolver.system import SystemResolver

from backend.errors import BadInput
from backend.places import OwnHosts

# IPv6 addresses that stand for an IPv4 address (RFC 6052); others say so themselves.
_NAT64 = ip_network("64:ff9b::/96")


class GuardedResolver(SystemResolver):  # type: ignore[misc]  # niquests brings its own urllib3, untyped
    """Looks names up like the system, and gives out no address of our own networks unless an administrator lists it."""

    def __init__(self, own: OwnHosts) -> None:
        super().__init__()
        self._own = own

    def getaddrinfo(self, host: bytes | str | None, *arguments: Any, **more: Any) -> Any:
        """As `socket.getaddrinfo`. Raises `BadInput` when an address must not be reached."""
        name = (host.decode("ascii") if isinstance(host, bytes) else host or "").lower()
        found = super().getaddrinfo(name, *arguments, **more)
        if name not in self._own.names:
            for one in found:
                if not may_reach(str(one[4][0]), self._own):
                    raise _refused(name)
        return found


def session(own: OwnHosts) -> niquests.Session:
    """A session that reaches what may be reached. Proxies of the environment are not used: they would look names up
    by themselves."""
    made = niquests.Session(resolver=GuardedResolver(own), disable_http3=True)
    made.trust_env = False
    return made


def may_reach(address: str, own: OwnHosts) -> bool:
    """Whether an address is on the public internet, or listed."""
    found = _plain(address)
    return found in own or (found.is_global and not found.is_multicast)


def checked_url(text: str) -> str:
    """The address of an external calendar or account. Raises `BadInput` when it is no plain http(s) address."""
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(f"{text!r} is not an address such as https://cloud.example.org/dav/.", field="url")
    if parts.username is not None or parts.password is not None:
        raise BadInput("Enter user name and password in their own fields, not in the address.", field="url")
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", ""))


def _plain(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone; an IPv4 address that is written as IPv6 as what it is."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        return inner or address
    return address


def _refused(host: str) -> BadInput:
    return BadInput(
        f"{host} is in the server's own network. An administrator can allow it with CALENDAR_LINK_HOSTS.", field="url"
    )
