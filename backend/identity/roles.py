"""Who has which roles, and which grants beside them: by the settings, and by the groups of Nextcloud or an issuer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import structlog

from backend.errors import BadInput
from backend.identity.principal import Role
from backend.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rights:
    """`by_group` are the roles that come with a group, `by_user` the grants that a user was given by name."""

    by_group: Mapping[str, frozenset[Role]]
    by_user: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """By ROLE_GROUPS and GRANTS. Raises `BadInput` that names what is wrong with them."""
        groups: dict[str, frozenset[Role]] = {}
        for group, role in _pairs("ROLE_GROUPS", settings.role_groups):
            if role not in list(Role):
                raise BadInput(f"ROLE_GROUPS: there is no role {role!r}. There are {', '.join(Role)}.")
            groups[group] = groups.get(group, frozenset()) | {Role(role)}
        users: dict[str, frozenset[str]] = {}
        for user_id, grant in _pairs("GRANTS", settings.grants):
            kind, separator, action = grant.partition(":")
            if not (kind and separator and action):
                raise BadInput(f"GRANTS: {grant!r} is not a kind and an action, such as phi:reveal.")
            users[user_id] = users.get(user_id, frozenset()) | {grant}
        return cls(groups, users)

    def roles_of(self, groups: Iterable[str]) -> frozenset[Role]:
        """The roles of somebody in these groups: everybody is a user."""
        return frozenset({Role.USER}).union(*(self.by_group.get(group, frozenset()) for group in groups))

    def grants_of(self, user_id: str) -> frozenset[str]:
        """What this user was granted by name."""
        return self.by_user.get(user_id, frozenset())


def known_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles among names that came from outside; another one gives no rights, and the log says so."""
    named = set(names)
    unknown = named - set(Role)
    if unknown:
        log.warning("roles.unknown", roles=sorted(unknown))
    return frozenset(Role(name) for name in named - unknown)


def _pairs(setting: str, value: str) -> Iterable[tuple[str, str]]:
    """`a=b, c=d`; the name of a group or user may itself contain "="."""
    for item in filter(None, map(str.strip, value.split(","))):
        name, _separator, given = (part.strip() for part in item.rpartition("="))
        if not name or not given:
            raise BadInput(f"{setting}: {item!r} does not have the form name=value.")
        yield name, given
