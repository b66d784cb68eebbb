"""The calendars and contacts of all users of one Nextcloud, reached by AppAPI."""

from backend.errors import NotFound
from backend.nextcloud.appapi import AppApi
from backend.nextcloud.dav import DavAccount, account_at
from backend.nextcloud.sources import ActAs


class AppApiDav:
    """Every user of one Nextcloud, by AppAPI's right of impersonation."""

    def __init__(self, appapi: AppApi) -> None:
        self._appapi = appapi

    def of(self, user_id: str) -> DavAccount:
        """See `DavAccounts.of`."""
        if not user_id:
            raise NotFound("Nobody in particular has calendars.")
        return account_at(self._appapi.url, user_id, ActAs(self._appapi, user_id), by_appapi=True)
