"""The files of all users of one Nextcloud, reached by AppAPI."""

import base64
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import requests
from requests.auth import AuthBase

from backend.errors import NotFound, Unavailable
from backend.nextcloud.appapi import AppApi
from backend.nextcloud.connection import Login
from backend.nextcloud.public import PublicAddress
from backend.nextcloud.webdav import Threads, WebDavSource

# New users are noticed after this time (seconds), and asking for all of them stays rare.
_USERS_AGE = 60.0
# A source keeps connections open. One that is pushed out stays usable for whoever holds it, and is made again.
_MOST_SOURCES = 200


class ActAs(AuthBase):
    """AppAPI's headers on every request, always for the same user."""

    def __init__(self, appapi: AppApi, user_id: str) -> None:
        self.headers = {
            "AA-VERSION": appapi.aa_version,
            "EX-APP-ID": appapi.app_id,
            "EX-APP-VERSION": appapi.app_version,
            "AUTHORIZATION-APP-API": base64.b64encode(f"{user_id}:{appapi.secret}".encode()).decode(),
        }

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self.headers)
        return request


class AppApiSources:
    """A file source for each user, acting as that user and never as another. `all_users` asks Nextcloud who there is.

    `address` is where browsers reach Nextcloud, when that is another address than ours.
    """

    def __init__(
        self,
        appapi: AppApi,
        all_users: Callable[[], Awaitable[Sequence[str]]],
        *,
        address: PublicAddress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._appapi = appapi
        self._all_users = all_users
        self._address = address or PublicAddress(appapi.url)
        self._clock = clock
        self._threads = Threads()
        self._sources: OrderedDict[str, WebDavSource] = OrderedDict()
        self._users: frozenset[str] = frozenset()
        self._asked: float | None = None

    async def users(self) -> Sequence[str]:
        """The ids of all users, at most a minute old. Raises `Unavailable` when Nextcloud names nobody at all."""
        now = self._clock()
        if self._asked is None or now - self._asked > _USERS_AGE:
            found = frozenset(await self._all_users())
            if not found:
                raise Unavailable("Nextcloud names no users to VoiceAssist.")
            self._users, self._asked = found, now
        return sorted(self._users)

    def of(self, user_id: str) -> WebDavSource:
        """This user's files. Raises `NotFound` for a name that can be nobody's."""
        if not user_id:
            raise NotFound("Nobody in particular has files.")
        source = self._sources.pop(user_id, None)
        if source is None:
            login = Login(user_id, ActAs(self._appapi, user_id), by_appapi=True)
            source = WebDavSource(self._appapi.url, user_id, login, link=self._link, threads=self._threads)
        self._sources[user_id] = source
        if len(self._sources) > _MOST_SOURCES:
            self._sources.popitem(last=False)
        return source

    async def close(self) -> None:
        """Close all connections."""
        for source in self._sources.values():
            await source.close()
        self._sources.clear()
        self._threads.close()

    def _link(self, file_id: int, path: str) -> str:
        return f"{self._address.url}/index.php/f/{file_id}"
