"""Whom a user may have us connect to: servers on the public internet, and hosts that an administrator lists.

A name is looked up once for each connection, and the connection goes to an address that was checked: a name that means
something else a moment later leads nowhere. However an address is written (decimal, octal, as IPv6), what the look-up
makes of it is judged.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit, urlunsplit

from backend.errors import BadInput
from backend.places import OwnHosts

# IPv6 addresses that stand for an IPv4 address (RFC 6052, RFC 8215); other kinds say so themselves.
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/96"))

LookUp = Callable[[str, int], Sequence[str]]
"""The addresses of a host for a port. Raises `OSError` when its name is not found."""


def look_up(host: str, port: int) -> list[str]:
    """Ask the system."""
    try:
        return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # a label of no or of more than 63 letters
        raise OSError(f"{host!r} is no name of a host") from error


class Reach:
    """What may be reached. `setting` is where an administrator lists `own`, `field` where a user names a server."""

    def __init__(self, own: OwnHosts, setting: str, field: str, resolve: LookUp = look_up) -> None:
        """`resolve` looks names up."""
        self.own = own
        self._setting = setting
        self._field = field
        self._resolve = resolve

    def is_listed(self, host: str) -> bool:
        """Whether the administrator names this host, or the network of this address."""
        try:
            return _plain(host) in self.own
        except ValueError:
            return host.lower() in self.own.names

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Where the host is now: looks its name up and waits for it. One address that must not be reached spoils all.

        Raises `BadInput` when it must not be reached, `OSError` when its name is not found.
        """
        found = self._resolve(host, port)
        if not self.is_listed(host):
            for address in found:
                self.check(host, address)
        return found

    def check(self, host: str, address: str) -> None:
        """Raises `BadInput` when this address of the host must not be reached."""
        if not may_reach(address, self.own):
            raise BadInput(
                f"{host!r} is inside a private network. An administrator can allow it with {self._setting}.",
                field=self._field,
            )

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection to one of the addresses that were checked. It waits, so it belongs into a thread.

        Raises `BadInput` when the host must not be reached, `OSError` when nobody answers.
        """
        failure: OSError = OSError(f"{host!r} has no address")
        for address in self.addresses(host, port):
            try:
                return socket.create_connection((address, port), seconds)
            except OSError as error:
                failure = error
        raise failure


def may_reach(address: str, own: OwnHosts) -> bool:
    """Whether an address is on the public internet, or listed."""
    found = _plain(address)
    outside = found.is_global and not found.is_multicast and not getattr(found, "is_site_local", False)
    return found in own or outside


def checked_url(text: str) -> str:
    """The address of a server that a user names. Raises `BadInput` when it is no plain http(s) address."""
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable():
        raise BadInput(f"{text!r} is not an address such as https://cloud.example.org/dav/.", field="url")
    if parts.username is not None or parts.password is not None:
        raise BadInput("Enter user name and password in their own fields, not in the address.", field="url")
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", ""))


def _plain(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone; an IPv4 address that is written as IPv6 as what it is."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if any(address in network for network in _NAT64):
            return IPv4Address(int(address) & 0xFFFFFFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        return inner or address
    return address
