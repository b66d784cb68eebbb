"""Nextcloud's users and groups, by its provisioning API (OCS `/cloud/users` and `/cloud/groups`).

Read in the source of Nextcloud 34: `apps/provisioning_api/lib/Controller/UsersController.php` and
`GroupsController.php`. Changes ask for a confirmed password there, so they are refused to an ExApp whoever it acts as,
and from Nextcloud 34 on to app passwords as well.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

import msgspec

from backend.errors import BadInput, Conflict, NotAllowed, NotFound, VoiceAssistError, WeakPassword
from backend.nextcloud.connection import Login, by_password
from backend.nextcloud.ocs import Ocs, Query, Refused
from backend.settings import Settings

# The group whose members administer a Nextcloud.
ADMINISTRATORS = "admin"

_USERS, _GROUPS = "/cloud/users", "/cloud/groups"
_INVALID, _WEAK_PASSWORD = 101, 107


@dataclass(frozen=True, slots=True)
class Quota:
    """In bytes. `limit` is None without one, `used` None while Nextcloud has not computed it."""

    limit: int | None
    used: int | None


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A user as the directory has them. `enabled` is None where Nextcloud does not say, as of a remnant of LDAP."""

    user_id: str
    display_name: str
    email: str
    enabled: bool | None
    groups: tuple[str, ...]
    language: str
    last_login_at: datetime | None
    quota: Quota


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group, and how many are in it, as far as its source can count them."""

    group_id: str
    display_name: str
    users: int | None
    disabled: int | None


@dataclass(frozen=True, slots=True)
class NewUser:
    """Whom to make. Without a password Nextcloud mails a link to set one; `quota` is text such as "5 GB"."""

    user_id: str
    password: str = ""
    display_name: str = ""
    email: str = ""
    groups: tuple[str, ...] = ()
    quota: str = ""
    language: str = ""

    def __repr__(self) -> str:
        return f"NewUser({self.user_id!r})"  # without the password


class Field(StrEnum):
    """What can be changed of a user; the values are our names."""

    DISPLAY_NAME = "display_name"
    EMAIL = "email"
    QUOTA = "quota"
    LANGUAGE = "language"
    PASSWORD = "password"  # noqa: S105 - the name of a field


_KEYS = {Field.DISPLAY_NAME: "displayname"}


class _Storage(msgspec.Struct):
    quota: int | float | str | None = None
    used: int | float | None = None


class _User(msgspec.Struct):
    id: str
    displayname: str | None = None
    email: str | None = None
    enabled: bool | None = None
    groups: list[str] = []
    language: str | None = None
    last_login: int = msgspec.field(default=0, name="lastLogin")  # milliseconds since 1970
    quota: _Storage | list[str] | None = None  # PHP's empty array where the storage cannot be asked

    def told(self) -> DirectoryUser:
        storage = self.quota if isinstance(self.quota, _Storage) else _Storage()
        return DirectoryUser(
            user_id=self.id,
            display_name=self.displayname or self.id,
            email=self.email or "",
            enabled=self.enabled,
            groups=tuple(self.groups),
            language=self.language or "",
            last_login_at=datetime.fromtimestamp(self.last_login / 1000, UTC) if self.last_login > 0 else None,
            quota=Quota(_bytes(storage.quota), _bytes(storage.used)),
        )


class _Users(msgspec.Struct):
    users: dict[str, _User] | list[_User]  # PHP makes a list of an empty map, and of one whose keys are 0, 1, 2


class _UserIds(msgspec.Struct):
    users: list[str | int]  # PHP makes a number of an id that looks like one


class _Group(msgspec.Struct):
    id: str
    displayname: str | None = None
    usercount: int | bool = False
    disabled: int | bool = False

    def told(self) -> DirectoryGroup:
        return DirectoryGroup(self.id, self.displayname or self.id, _count(self.usercount), _count(self.disabled))


class _Groups(msgspec.Struct):
    groups: list[_Group]


class _GroupIds(msgspec.Struct):
    groups: list[str]


class Directory:
    """The directory as one login sees it, and may change it. `changed` hears of each user who was changed.

    Every method may raise what `Ocs` does, except `Refused`.
    """

    def __init__(self, ocs: Ocs, changed: Callable[[str], None]) -> None:
        self._ocs = ocs
        self._changed = changed

    async def users(self, search: str, offset: int, limit: int) -> list[DirectoryUser]:
        """A page of those who may be seen. Where Nextcloud has several sources of users (LDAP beside its own), it
        takes `limit` users of each, so a page may be longer; the pages together hold everybody once."""
        query: Query = {"search": search, "offset": offset, "limit": limit}
        found = (await self._ocs.get(f"{_USERS}/details", _Users, query)).users
        return [user.told() for user in (found.values() if isinstance(found, dict) else found)]

    async def count_users(self, search: str) -> int:
        """How many there are in all."""
        return len((await self._ocs.get(_USERS, _UserIds, {"search": search})).users)

    async def user(self, user_id: str) -> DirectoryUser:
        """One user; the id comes back in its exact case. Raises `NotFound`."""
        try:
            return (await self._ocs.get(_path_of(user_id), _User)).told()
        except NotFound as error:
            raise NotFound(f"Nextcloud has no user {user_id!r}.") from error

    async def groups(self, search: str, offset: int, limit: int) -> list[DirectoryGroup]:
        """A page of the groups, as with `users`."""
        query: Query = {"search": search, "offset": offset, "limit": limit}
        return [group.told() for group in (await self._ocs.get(f"{_GROUPS}/details", _Groups, query)).groups]

    async def count_groups(self, search: str) -> int:
        """How many groups there are in all."""
        return len((await self._ocs.get(_GROUPS, _GroupIds, {"search": search})).groups)

    async def create(self, new: NewUser) -> None:
        """Make a user. Raises `Conflict` for one that exists, `WeakPassword`, and `BadInput` that names the field."""
        body = {
            "userid": new.user_id,
            "password": new.password,
            "displayName": new.display_name,
            "email": new.email,
            "groups": list(new.groups),
            "quota": new.quota,
            "language": new.language,
        }
        refusals = {
            102: Conflict(f"There is a user {new.user_id!r} already.", field="user_id"),
            104: BadInput("There is no such group.", field="groups"),
            105: NotAllowed("Nextcloud does not let users be put into one of these groups."),
            108: BadInput("Without a password an email address is needed, to send a link to set one.", field="email"),
            110: BadInput("This Nextcloud wants an email address of every user.", field="email"),
        }
        with _refusals(refusals, secret=new.password):
            await self._ocs.send("POST", _USERS, body)
        self._changed(new.user_id)

    async def change(self, user_id: str, field: Field, value: str) -> None:
        """Change one field. Raises `WeakPassword`, `BadInput`, and `Conflict` where the source of this user does not
        let it be changed."""
        not_there = Conflict(f"Nextcloud cannot change this of {user_id}: it comes from elsewhere.", field=field)
        with _refusals({112: not_there, 113: not_there}, field, value if field is Field.PASSWORD else ""):
            await self._ocs.send("PUT", _path_of(user_id), {"key": _KEYS.get(field, field.value), "value": value})
        self._changed(user_id)

    async def set_enabled(self, user_id: str, enabled: bool) -> None:
        """Let a user in, or no longer. It may be so already. Raises `Conflict` for the login's own account."""
        with _refusals({_INVALID: _own_account(user_id)}):
            await self._ocs.send("PUT", f"{_path_of(user_id)}/{'enable' if enabled else 'disable'}")
        self._changed(user_id)

    async def delete(self, user_id: str) -> None:
        """Remove a user with all files. Raises `Conflict` for the login's own account."""
        with _refusals({_INVALID: _own_account(user_id)}):
            await self._ocs.send("DELETE", _path_of(user_id))
        self._changed(user_id)

    async def set_member(self, user_id: str, group_id: str, member: bool) -> None:
        """Put a user into a group, or take them out. It may be so already. Raises `NotFound` and `Conflict`."""
        refusals = {
            _INVALID: BadInput("Name a group.", field="group_id"),
            102: NotFound(f"Nextcloud has no group {group_id!r}."),
            103: NotFound(f"Nextcloud has no user {user_id!r}."),
            104: NotAllowed("Nextcloud does not let the members of this group be changed."),
            105: Conflict("VoiceAssist changes users by this account, so it stays in the group of administrators."),
        }
        with _refusals(refusals):
            await self._ocs.send("POST" if member else "DELETE", f"{_path_of(user_id)}/groups", {"groupid": group_id})
        self._changed(user_id)


class Directories:
    """Gives out the directory of the Nextcloud at `url`: as a user sees it, and as it can be changed.

    `login_of` says how we come in as a user; `administrator` is an account that may change users, None where none is
    configured.
    """

    def __init__(
        self,
        url: str,
        login_of: Callable[[str], Login],
        administrator: Login | None,
        changed: Callable[[str], None] = lambda user_id: None,
    ) -> None:
        self._url = url
        self._login_of = login_of
        self._administrator = administrator
        self._changed = changed

    def seen_by(self, user_id: str) -> Directory:
        """What this user may see of it, by Nextcloud's own rules."""
        return Directory(Ocs(self._url, self._login_of(user_id)), self._changed)

    def to_change(self) -> Directory:
        """By the administrator's account. Raises `Conflict` where none is configured."""
        if self._administrator is None:
            raise Conflict(
                "VoiceAssist cannot change users here: set NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD to an "
                "account that may."
            )
        settings = "NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD"
        return Directory(Ocs(self._url, self._administrator, settings), self._changed)


def administrator_of(settings: Settings) -> Login | None:
    """The account that may change users. Raises `BadInput` for half of one."""
    name, password = settings.nextcloud_admin_user, settings.nextcloud_admin_password.get_secret_value()
    if bool(name) != bool(password):
        raise BadInput("NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD belong together: set both or neither.")
    return by_password(name, password) if name else None


@contextmanager
def _refusals(known: Mapping[int, VoiceAssistError], field: str | None = None, secret: str = "") -> Iterator[None]:
    """Turns `Refused` into `known` errors, and else into `BadInput` about `field` with Nextcloud's own words, unless
    those repeat the `secret`."""
    try:
        yield
    except Refused as refused:
        if refused.code in known:
            raise known[refused.code] from refused
        words = refused.message if refused.message and not (secret and secret in refused.message) else ""
        if refused.code == _WEAK_PASSWORD:
            raise WeakPassword(words or "Nextcloud does not take this password.", field=Field.PASSWORD) from refused
        raise BadInput(words or f"Nextcloud does not take this ({refused.code}).", field=field) from refused


def _own_account(user_id: str) -> Conflict:
    return Conflict(f"VoiceAssist changes users by the account {user_id}, so that one stays as it is.")


def _path_of(user_id: str) -> str:
    if user_id in (".", "..") or "/" in user_id or "\0" in user_id:
        raise NotFound(f"Nextcloud has no user {user_id!r}.")
    return f"{_USERS}/{quote(user_id, safe='')}"


def _bytes(value: int | float | str | None) -> int | None:
    """A size; what Nextcloud says by a negative number or a word is none."""
    return int(value) if isinstance(value, int | float) and value >= 0 else None


def _count(value: int | bool) -> int | None:
    return None if isinstance(value, bool) else value
