"""Where a user's calendars and contacts are, and how we are let in: what CalDAV and CardDAV clients are made from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from requests.auth import AuthBase, HTTPBasicAuth

from backend.errors import NotFound
from backend.nextcloud.addresses import DAV, server_url


@dataclass(frozen=True, slots=True, repr=False)
class DavAccount:
    """One user's way to one DAV server.

    `url` is the root of its DAV service, `principal` what current-user-principal would say, as an absolute address;
    `auth` is called with each request and puts the credentials into its headers (`requests` and `niquests` alike).
    """

    user_id: str
    url: str
    principal: str
    auth: Callable[[Any], Any]
    by_appapi: bool = False


class DavAccounts(Protocol):
    """Gives out each user's own account, never one for another user."""

    def of(self, user_id: str) -> DavAccount:
        """The account. Raises `NotFound` for a name that can be nobody's here."""
        ...


class OneUserDav:
    """The one person of a VoiceAssist that was given an app password."""

    def __init__(self, url: str, user_id: str, login: str, password: str) -> None:
        # As bytes: text would be encoded as Latin-1, Nextcloud reads UTF-8.
        auth = HTTPBasicAuth(login.encode(), password.encode())
        self._account = account_at(server_url(url), user_id, auth)

    def of(self, user_id: str) -> DavAccount:
        """See `DavAccounts.of`."""
        if user_id != self._account.user_id:
            raise NotFound("This VoiceAssist serves another user.")
        return self._account


def account_at(url: str, user_id: str, auth: AuthBase, *, by_appapi: bool = False) -> DavAccount:
    """The account of a user at the Nextcloud whose address is `url`."""
    root = f"{url}{DAV}"
    return DavAccount(user_id, root, f"{root}/principals/users/{quote(user_id, safe='')}/", auth, by_appapi)
