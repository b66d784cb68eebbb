"""Who a user is, by the claims of the issuer."""

from collections.abc import Mapping

from backend.errors import InvalidCredentials

# Nextcloud's own limit for a uid.
_LONGEST_UID = 64


def uid_of(claims: Mapping[str, object], name: str) -> str:
    """Nextcloud's uid, in its exact case. Raises `InvalidCredentials` where the claim holds none."""
    value = claims.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_UID or not value.isprintable():
        raise InvalidCredentials(
            f"The issuer does not say who signed in: its claim {name!r} holds no user name of Nextcloud. "
            "Let it give this claim, or set NEXTCLOUD_UID_CLAIM."
        )
    return value


def groups_of(claims: Mapping[str, object], name: str) -> frozenset[str]:
    """The groups that the issuer names, without the slash that Keycloak begins them with."""
    value = claims.get(name)
    listed = value if isinstance(value, list) else []
    return frozenset(item.removeprefix("/") for item in listed if isinstance(item, str) and item)
