"""Who may come in, and as whom: the users of Nextcloud, or the one person that a VoiceAssist serves."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from backend.errors import NotAllowed
from backend.identity.principal import Role

# What an account is need not be looked up for every request: disabling it ends its sessions, which counts at once.
_TRUSTED_SECONDS = 5.0
_MOST_REMEMBERED = 10_000


class Residents(Protocol):
    """Knows those who sign in from outside by the name that they sign in with."""

    async def roles_of(self, name: str, account: frozenset[Role] = frozenset()) -> frozenset[Role]:
        """What they are here now. Raises `NotAllowed` for whoever may not, or no longer, come in.

        `account` are the roles of the local account of that name; none where there is no such account.
        """
        ...

    def acts_as(self, name: str) -> str:
        """The user whose files, calendars and mails they have."""
        ...


class OnePerson:
    """Of a VoiceAssist that serves one person: that person, who administers it, and whom else that person lets in."""

    def __init__(self, user_id: str, others: Iterable[str]) -> None:
        self._user_id = user_id
        self._others = frozenset(others)

    async def roles_of(self, name: str, account: frozenset[Role] = frozenset()) -> frozenset[Role]:
        """See `Residents.roles_of`. Whoever has a local account was let in by that."""
        if name == self._user_id:
            return account | {Role.USER, Role.ADMIN}
        if name in self._others:
            return account | {Role.USER}
        if account:
            return account
        raise NotAllowed("This VoiceAssist is somebody else's. SIGN_IN_ALLOWED names who else may come in.")

    def acts_as(self, name: str) -> str:
        """See `Residents.acts_as`."""
        return self._user_id


class WithAccounts:
    """`Residents` among whom some have local accounts, which have roles and can be disabled.

    `account_roles` gives the roles of an account, none where there is none, and raises `NotAllowed` for a disabled one.
    `clock` counts seconds.
    """

    def __init__(
        self,
        residents: Residents,
        account_roles: Callable[[str], Awaitable[frozenset[Role]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._residents = residents
        self._account_roles = account_roles
        self._clock = clock
        self._seen: dict[str, tuple[float, frozenset[Role]]] = {}

    async def roles_of(self, name: str, account: frozenset[Role] = frozenset()) -> frozenset[Role]:
        """See `Residents.roles_of`."""
        return await self._residents.roles_of(name, account | await self._of_account(name))

    async def _of_account(self, name: str) -> frozenset[Role]:
        known = self._seen.pop(name, None)
        if known is None or self._clock() - known[0] >= _TRUSTED_SECONDS:
            known = self._clock(), await self._account_roles(name)
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[name] = known
        return known[1]

    def acts_as(self, name: str) -> str:
        """See `Residents.acts_as`."""
        return self._residents.acts_as(name)
