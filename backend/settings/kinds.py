"""Kinds of values that settings of several groups have, checked when they are read."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

from backend.places import OwnHosts


def names(listing: str) -> list[str]:
    """What a listing names: its parts between commas."""
    return [name for part in listing.split(",") if (name := part.strip())]


def are_among(listing: str, known: Iterable[str]) -> str:
    """The listing as it is; `ValueError` when it has a name that is not known."""
    known = list(known)
    for name in names(listing):
        if name not in known:
            raise ValueError(f"{name!r} is not one of {', '.join(known)}")
    return listing


def _http(value: str) -> str:
    value = value.strip().rstrip("/")
    if value and not value.startswith(("http://", "https://")):
        raise ValueError(f"{value!r} must start with http:// or https://")
    return value


def _hosts(value: str) -> str:
    OwnHosts.of(value)
    return value


HttpAddress = Annotated[str, AfterValidator(_http)]
"""An address of HTTP without a slash at its end, or nothing."""

Hosts = Annotated[str, AfterValidator(_hosts)]
"""Networks, addresses and names of hosts, separated by commas; see `OwnHosts`."""
