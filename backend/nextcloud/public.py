"""Where browsers have Nextcloud. A container may reach it by a name that only containers know."""

from urllib.parse import urlsplit

import structlog
from nc_py_api import AsyncNextcloudApp

from backend.errors import BadInput, NotAllowed, NotFound
from backend.nextcloud.addresses import server_url
from backend.nextcloud.appapi import nextcloud_errors
from backend.nextcloud.connection import is_loopback
from backend.trouble import told

log = structlog.get_logger(__name__)

# Gives `overwrite.cli.url`, by which Nextcloud itself makes the links in its mails.
_ABSOLUTE = "/ocs/v1.php/apps/app_api/api/v1/info/nextcloud_url/absolute"


class PublicAddress:
    """The address that links lead to: the one we reach Nextcloud by (`reached`), until Nextcloud has told its own."""

    def __init__(self, reached: str) -> None:
        self.url = reached.rstrip("/")
        self._reached = self.url

    async def ask(self, nextcloud: AsyncNextcloudApp) -> None:
        """Have Nextcloud tell. Raises `Unavailable` and `RateLimited`; what cannot be used changes nothing."""
        try:
            async with nextcloud_errors():
                answer = await nextcloud.ocs("GET", _ABSOLUTE, params={"url": "/"})
            own = server_url(str(answer["absolute_url"]))
        except (BadInput, NotAllowed, NotFound, KeyError, TypeError) as error:
            log.info("nextcloud.address_unknown", error=told(error))
            return
        self.url = self._reached if _is_left_over(own, self._reached) else own


def _is_left_over(own: str, reached: str) -> bool:
    """Whether Nextcloud's own address is what an installation by command line leaves, "http://localhost".

    It is taken where we reach Nextcloud by a bare name of a container's network, which no browser knows.
    """
    return is_loopback(own) and (is_loopback(reached) or "." in (urlsplit(reached).hostname or ""))
