"""Mail servers: how they are named, and which of them a user may have us connect to."""

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from backend.errors import BadInput, Unavailable
from backend.places import OwnHosts, addresses_of

# Where mail is read and handed in (RFC 8314, RFC 6409, and the port that providers open beside 587). On hosts that the
# administrator lists any port goes.
_MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})


class Security(StrEnum):
    """How the line is encrypted: from the start (RFC 8314), by STARTTLS, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


_SCHEMES = {
    "imaps": (993, Security.TLS),
    "imap": (143, Security.STARTTLS),
    "imap+plain": (143, Security.NONE),
    "smtps": (465, Security.TLS),
    "smtp": (587, Security.STARTTLS),
    "smtp+plain": (587, Security.NONE),
}


@dataclass(frozen=True, slots=True)
class Server:
    """An IMAP or SMTP server. `fixed` ones were named by the administrator and are not questioned."""

    host: str
    port: int
    security: Security
    fixed: bool = False


def server_of(url: str) -> Server | None:
    """The server of a setting such as `imaps://mail.example.org` or `smtp://mail.example.org:587`; None when empty.

    Raises `ValueError`.
    """
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError(f"{url!r} is not an address such as imaps://mail.example.org or smtp://mail.example.org:587")
    port, security = _SCHEMES[parts.scheme]
    return Server(parts.hostname, parts.port or port, security, fixed=True)


class Reach:
    """Keeps users from having us knock at the inside of a network: servers must be public, or listed."""

    def __init__(self, own: OwnHosts) -> None:
        self._own = own

    async def check(self, server: Server) -> None:
        """Raises `BadInput` for a server that may not be connected to, `Unavailable` when its name is not found."""
        if server.fixed or self._is_listed(server.host):
            return
        if server.port not in _MAIL_PORTS:
            ports = ", ".join(map(str, sorted(_MAIL_PORTS)))
            raise BadInput(f"{server.port} is not a port of mail servers ({ports}).", field="port")
        if server.security is Security.NONE:
            raise BadInput(f"{server.host!r} would get the password unencrypted. Choose TLS.", field="security")
        found = await addresses_of(server.host)
        if not found:
            raise Unavailable(f"There is no server {server.host!r}, or its name cannot be looked up now.")
        if not all(address.is_global or address in self._own for address in found):
            raise self._inside(server)

    def check_peer(self, server: Server, address: str) -> None:
        """Who really answered, asked before a password is sent: the name may have changed its meaning since `check`."""
        if server.fixed or self._is_listed(server.host):
            return
        peer = ip_address(address.partition("%")[0])
        peer = getattr(peer, "ipv4_mapped", None) or peer
        if not (peer.is_global or peer in self._own):
            raise self._inside(server)

    def _is_listed(self, host: str) -> bool:
        try:
            return ip_address(host) in self._own
        except ValueError:
            return host.lower() in self._own.names

    @staticmethod
    def _inside(server: Server) -> BadInput:
        return BadInput(
            f"{server.host!r} is inside a private network. An administrator can allow it in MAIL_HOSTS.", field="host"
        )


def normalised(server: Server) -> Server:
    """With its host in lower case. Raises `BadInput` for what is no host or port."""
    host = server.host.strip().rstrip(".").lower()
    if not host or len(host) > 253 or not all(sign.isalnum() or sign in ".-:" for sign in host):
        raise BadInput(f"{server.host!r} is not the name of a server, such as 'imap.example.org'.", field="host")
    if not 0 < server.port < 65536:
        raise BadInput(f"{server.port} is not a port.", field="port")
    return replace(server, host=host)
