"""How external calendars are reached: http(s) only, only where `backend.reach` allows, redirects not followed.

A name is looked up at each connection, and the connection goes to an address that was checked, not to another look-up.
"""

from typing import Any

import niquests
from niquests.packages.urllib3.contrib.resolver.system import SystemResolver

from backend.places import OwnHosts
from backend.reach import Reach


class GuardedResolver(SystemResolver):  # type: ignore[misc]  # niquests brings its own urllib3, untyped
    """Looks names up like the system, and gives out no address of our own networks unless an administrator lists it."""

    def __init__(self, own: OwnHosts) -> None:
        super().__init__()
        self._reach = Reach(own, "CALENDAR_LINK_HOSTS", "url")

    def getaddrinfo(self, host: bytes | str | None, *arguments: Any, **more: Any) -> Any:
        """As `socket.getaddrinfo`. Raises `BadInput` when an address must not be reached."""
        name = (host.decode("ascii") if isinstance(host, bytes) else host or "").lower()
        found = super().getaddrinfo(name, *arguments, **more)
        if not self._reach.is_listed(name):
            for one in found:
                self._reach.check(name, str(one[4][0]))
        return found


def session(own: OwnHosts) -> niquests.Session:
    """A session that reaches what may be reached. Proxies of the environment are not used: they would look names up
    by themselves."""
    made = niquests.Session(resolver=GuardedResolver(own), disable_http3=True)
    made.trust_env = False
    return made
