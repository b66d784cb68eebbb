"""Mail servers: how they are named, and which of them a user may have us connect to."""

import asyncio
import socket
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from backend.errors import BadInput, Unavailable
from backend.places import OwnHosts
from backend.reach import LookUp, Reach, look_up

# Where mail is read and handed in (RFC 8314, RFC 6409, and the port that providers open beside 587). On hosts that the
# administrator lists any port goes.
_MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})
_LOOK_UP_SECONDS = 5.0


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


class MailReach(Reach):
    """Keeps users from having us knock at the inside of a network: servers must be public, or listed in MAIL_HOSTS."""

    def __init__(self, own: OwnHosts, resolve: LookUp = look_up) -> None:
        super().__init__(own, "MAIL_HOSTS", "host", resolve)

    async def check_server(self, server: Server) -> None:
        """Raises `BadInput` for a server that may not be connected to, `Unavailable` when its name is not found."""
        if server.fixed or self.is_listed(server.host):
            return
        if server.port not in _MAIL_PORTS:
            ports = ", ".join(map(str, sorted(_MAIL_PORTS)))
            raise BadInput(f"{server.port} is not a port of mail servers ({ports}).", field="port")
        if server.security is Security.NONE:
            raise BadInput(f"{server.host!r} would get the password unencrypted. Choose TLS.", field="security")
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS):
                await asyncio.to_thread(self.addresses, server.host, server.port)
        except (OSError, TimeoutError) as error:
            raise Unavailable(f"There is no server {server.host!r}, or its name cannot be looked up now.") from error

    def open_line(self, server: Server, seconds: float) -> socket.socket:
        """A connection to the server, not yet encrypted. It waits, so it belongs into a thread.

        Raises `BadInput` when it may not be connected to by now, `OSError` when it does not answer.
        """
        return self.connect(server.host, server.port, seconds, named=server.fixed)


def normalised(server: Server) -> Server:
    """With its host in lower case. Raises `BadInput` for what is no host or port."""
    host = server.host.strip().rstrip(".").lower()
    if not host or len(host) > 253 or not all(sign.isalnum() or sign in ".-:" for sign in host):
        raise BadInput(f"{server.host!r} is not the name of a server, such as 'imap.example.org'.", field="host")
    if not 0 < server.port < 65536:
        raise BadInput(f"{server.port} is not a port.", field="port")
    return replace(server, host=host)
