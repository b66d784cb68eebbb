"""Nextcloud's users, who may sign in from outside of it as well."""

from backend.identity.principal import Role
from backend.identity.roles import Rights
from backend.nextcloud.users import Users


class NextcloudUsers:
    """`Residents` of a VoiceAssist that serves all users: known to Nextcloud, and not disabled there."""

    def __init__(self, users: Users, rights: Rights) -> None:
        self._users = users
        self._rights = rights

    async def roles_of(self, name: str, account: frozenset[Role] = frozenset()) -> frozenset[Role]:
        """See `Residents.roles_of`. Nextcloud's groups count, not those that an issuer tells.

        A local account is another way to sign in for somebody whom Nextcloud knows; it lets nobody else in.
        """
        return account | self._rights.roles_of((await self._users.require_enabled(name)).groups)

    def acts_as(self, name: str) -> str:
        """See `Residents.acts_as`: everybody has what is theirs."""
        return name
