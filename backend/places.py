"""Where a host stands: on this machine, in the administrator's own networks, or elsewhere."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class OwnHosts:
    """What an administrator lists as the own network: networks by address, hosts by name (in lower case)."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    names: frozenset[str]

    @classmethod
    def of(cls, listing: str) -> "OwnHosts":
        """Read a listing such as `10.0.0.0/8, 192.168.1.5, models.clinic.example`. Raises `ValueError`."""
        networks: list[IPv4Network | IPv6Network] = []
        names: set[str] = set()
        for entry in filter(None, (part.strip().lower() for part in listing.split(","))):
            try:
                networks.append(ip_network(entry))
            except ValueError as error:
                if "/" in entry or ":" in entry or entry[-1].isdigit():
                    raise ValueError(f"{entry!r} is neither a network, an address nor the name of a host") from error
                names.add(entry)
        return cls(tuple(networks), frozenset(names))

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine itself, without asking anybody (RFC 6761, section 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_near(address: str, own: OwnHosts) -> bool:
    """Whether text sent to an address stays on this machine or in the networks of `own`."""
    found = _plain(address)
    return found.is_loopback or found in own


def _plain(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone; an IPv4 address that is written as IPv6 as what it is."""
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
