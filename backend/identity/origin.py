"""Where the request that is being served came from: for limits, and for the record of what was done."""

from contextvars import ContextVar
from dataclasses import dataclass


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
