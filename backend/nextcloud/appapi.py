"""Clients of Nextcloud that act as its users, by AppAPI's right of impersonation.

Each user has a client of their own. nc_py_api's `set_user` on a shared client leaks between coroutines: a task that had
set "bob" was seen to run as alice.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from json import JSONDecodeError

from nc_py_api import AsyncNextcloudApp, NextcloudException
from niquests.exceptions import RequestException

from backend.errors import Conflict, NotAllowed, NotFound, RateLimited, Unavailable
from backend.settings import Settings

# A client is a pool of connections; more users than this at one time are rare, and an evicted one is made again.
_MOST_CLIENTS = 200


@dataclass(frozen=True, slots=True)
class AppApi:
    """How this ExApp is known to its Nextcloud."""

    url: str
    app_id: str
    app_version: str
    secret: str
    aa_version: str

    def __repr__(self) -> str:
        return f"AppApi({self.url!r}, {self.app_id!r})"  # without the secret


def appapi_of(settings: Settings) -> AppApi:
    """What AppAPI told us about ourselves, by the environment."""
    return AppApi(
        url=settings.nextcloud_url.removesuffix("/index.php"),
        app_id=settings.app_id,
        app_version=settings.app_version,
        secret=settings.app_secret.get_secret_value(),
        aa_version=settings.aa_version,
    )


class Clients:
    """Gives out the client of a user; "" is the app itself, with no user."""

    def __init__(self, appapi: AppApi) -> None:
        self.appapi = appapi
        self._clients: OrderedDict[str, AsyncNextcloudApp] = OrderedDict()

    def of(self, user_id: str) -> AsyncNextcloudApp:
        """The client that acts as `user_id`, in its exact case. It must not be given another user."""
        client = self._clients.pop(user_id, None)
        if client is None:
            client = AsyncNextcloudApp(
                nextcloud_url=self.appapi.url,
                app_id=self.appapi.app_id,
                app_version=self.appapi.app_version,
                app_secret=self.appapi.secret,
                aa_version=self.appapi.aa_version,
                user=user_id,
            )
        self._clients[user_id] = client
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)  # requests under way keep it alive until they end
        return client

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client._session.adapter.close()  # nc_py_api has no public way
            await client._session.adapter_dav.close()
        self._clients.clear()


@asynccontextmanager
async def nextcloud_errors() -> AsyncIterator[None]:
    """Turns what nc_py_api and its HTTP client raise into our errors. Their texts may carry headers: they stay out."""
    try:
        yield
    except NextcloudException as error:
        status = int(error.status_code)
        match status:
            case 401 | 403 | 997:
                raise NotAllowed(f"Nextcloud does not allow this ({status}).") from error
            case 404 | 998:
                raise NotFound("Nextcloud has no such thing.") from error
            case 409 | 412 | 423:
                raise Conflict(f"It was changed or locked in Nextcloud at the same time ({status}).") from error
            case 429:
                raise RateLimited("Nextcloud asks us to slow down (429).") from error
            case _:
                raise Unavailable(f"Nextcloud could not answer ({status}).") from error
    except (RequestException, OSError) as error:
        raise Unavailable("Nextcloud cannot be reached.") from error
    except JSONDecodeError as error:  # a page of a proxy, or of maintenance, with a status that says nothing of it
        raise Unavailable("What answers is not the OCS interface of a Nextcloud. Check NEXTCLOUD_URL.") from error
