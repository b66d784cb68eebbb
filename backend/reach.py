"""Whom we may be had to connect to: servers on the public internet, and hosts that an administrator lists or names.

A name is looked up once for each connection, and the connection goes to an address that was checked: a name that means
something else a moment later leads nowhere. However an address is written (decimal, octal, as IPv6), what the look-up
makes of it is judged.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit, urlunsplit

from backend.errors import BadInput
from backend.places import OwnHosts

# IPv6 addresses that stand for an IPv4 address (RFC 6052, RFC 8215); other kinds say so themselves.
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/96"))

# Where a server of one's own may stand (RFC 1918, 6598, 4193), this machine included. Link-local addresses are none of
# them: there clouds hand out the secrets of a machine, as some do at the addresses after them.
_HOMES = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7"),
    )
)
_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("100.100.100.200")})
# A server that starts again may get another address of its network: a container in Docker's (/16), a machine in a /64.
_NEIGHBOURHOOD = {4: 16, 6: 64}
# Looking up a name may take this long (seconds).
_LOOK_UP_SECONDS = 3.0

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
        self._homes: dict[str, frozenset[IPv4Network | IPv6Network]] = {}

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

    def named(self, host: str, port: int) -> Sequence[str]:
        """Where a host is now that a setting of an administrator names, which lists it: in private networks too.

        That counts for the networks in which it was found first. A name that means another private network later, or
        this machine, is not what the administrator named; link-local addresses never are. Raises as `addresses`.
        """
        found = self._resolve(host, port)
        if self.is_listed(host):
            return found
        inside = [address for address in found if not may_reach(address, self.own)]
        homes = frozenset(home for address in inside if (home := _home(address)))
        known = self._homes.setdefault(host.lower(), homes) if found else homes
        for address in inside:
            if _home(address) not in known:
                raise BadInput(
                    f"{host!r} is at {address} now, where the setting that names it does not lead. An administrator "
                    f"can allow it with {self._setting}.",
                    field=self._field,
                )
        return found

    async def find(self, host: str, port: int, *, named: bool) -> Sequence[str]:
        """`named` or `addresses`, in a thread and not for long. Raises as they do."""
        ask = self.named if named else self.addresses
        if _is_address(host):  # there is nothing to look up
            return ask(host, port)
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            return await asyncio.to_thread(ask, host, port)

    def connect(self, host: str, port: int, seconds: float, *, named: bool = False) -> socket.socket:
        """A connection to one of the addresses that were checked, by `named` or by `addresses`. It waits, so it belongs
        into a thread.

        Raises `BadInput` when the host must not be reached, `OSError` when nobody answers.
        """
        failure: OSError = OSError(f"{host!r} has no address")
        for address in self.named(host, port) if named else self.addresses(host, port):
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


def _home(address: str) -> IPv4Network | IPv6Network | None:
    """The private network around an address; None for one that is in none."""
    found = _plain(address)
    if found in _METADATA or not any(found in network for network in _HOMES if network.version == found.version):
        return None
    return ip_network((found, _NEIGHBOURHOOD[found.version]), strict=False)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _plain(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone; an IPv4 address that is written as IPv6 as what it is."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if any(address in network for network in _NAT64):
            return IPv4Address(int(address) & 0xFFFFFFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        return inner or address
    return address
