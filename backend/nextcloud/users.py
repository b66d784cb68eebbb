"""The users of Nextcloud, as AppAPI lets us see them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from backend.errors import NotAllowed
from backend.nextcloud.appapi import Clients, nextcloud_errors

# A user who was just disabled is refused after this many seconds at the latest.
_TRUSTED_SECONDS = 1.0
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class User:
    """A user's own facts. `language` is Nextcloud's code ("de", "en_GB")."""

    user_id: str
    display_name: str
    language: str
    groups: tuple[str, ...]


class Users:
    """Asks Nextcloud who there is and who may come in. `clock` counts seconds."""

    def __init__(self, clients: Clients, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = clients
        self._clock = clock
        self._seen: dict[str, tuple[float, User]] = {}

    async def all(self) -> list[str]:
        """The ids of all users, disabled ones among them."""
        async with nextcloud_errors():
            return list(await self._clients.of("").users_list())

    def forget(self, user_id: str) -> None:
        """Ask Nextcloud anew about this user, who was changed."""
        self._seen.pop(user_id, None)

    async def require_enabled(self, user_id: str) -> User:
        """The user, who exists and is not disabled; `NotAllowed` otherwise.

        WebDAV serves an ExApp the files of a disabled user as well, OCS does not: so OCS is asked, as that user.
        """
        known = self._seen.get(user_id)
        if known is not None and self._clock() - known[0] < _TRUSTED_SECONDS:
            return known[1]
        self._seen.pop(user_id, None)
        try:
            async with nextcloud_errors():
                data = await self._clients.of(user_id).ocs("GET", "/ocs/v1.php/cloud/user")
        except NotAllowed as error:
            raise NotAllowed("Nextcloud does not let this user in.") from error
        user = User(
            user_id=str(data["id"]),
            display_name=str(data.get("display-name") or data.get("displayname") or data["id"]),
            language=str(data.get("language") or "en"),
            groups=tuple(data.get("groups") or ()),
        )
        if user.user_id != user_id:
            raise NotAllowed("Nextcloud knows this user by another name.")
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[user_id] = (self._clock(), user)
        return user
