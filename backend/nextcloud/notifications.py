"""Nextcloud's notifications: the bell in its header, e-mail digests, phones."""

from dataclasses import dataclass

from backend.errors import NotFound
from backend.nextcloud.appapi import Clients, nextcloud_errors
from backend.nextcloud.public import PublicAddress
from backend.nextcloud.users import Users

_ALL = "/ocs/v2.php/apps/notifications/api/v2/notifications"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a user is told: a line, some more words, and the place in our page that it opens (`#/files`)."""

    subject: str
    message: str
    place: str


class Notifications:
    """Tells users, as themselves. `page` is the name of our page in Nextcloud, which browsers have at `address`."""

    def __init__(self, clients: Clients, users: Users, page: str, address: PublicAddress | None = None) -> None:
        self._clients = clients
        self._users = users
        self._address = address or PublicAddress(clients.appapi.url)
        self._page = f"/index.php/apps/app_api/embedded/{clients.appapi.app_id}/{page}"

    async def language(self, user_id: str) -> str:
        """The user's language, as Nextcloud's code ("de", "en_GB"). Raises `NotAllowed` for a disabled user."""
        return (await self._users.require_enabled(user_id)).language

    async def send(self, user_id: str, notice: Notice) -> str:
        """Tell; returns the id by which it can be withdrawn."""
        async with nextcloud_errors():
            created = await self._clients.of(user_id).notifications.create(
                notice.subject, notice.message, link=f"{self._address.url}{self._page}{notice.place}"
            )
        return str(created)

    async def withdraw(self, user_id: str, notice_id: str) -> None:
        """Take a notification back. One that the user has dismissed already is fine."""
        client = self._clients.of(user_id)
        async with nextcloud_errors():
            found = await client.notifications.by_object_id(notice_id)
            if found is None:
                return
        try:
            async with nextcloud_errors():
                await client.ocs("DELETE", f"{_ALL}/{found.notification_id}")
        except NotFound:
            return
