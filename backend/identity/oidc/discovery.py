"""What the issuer says of itself (OpenID Connect Discovery 1.0), believed only for the issuer that is configured."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.errors import Unavailable
from backend.identity.oidc.configuration import Configuration, is_safe
from backend.identity.oidc.wire import NoSuchPage, Wire

# Addresses of an issuer change with its releases.
_KEPT = timedelta(hours=1)
# Where an issuer has it (section 4), and where the `oidc` app of a Nextcloud has it whose web server does not pass
# `/.well-known` on.
_PATHS = ("/.well-known/openid-configuration", "/index.php/apps/oidc/openid-configuration")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of an issuer, and what it can do. Addresses that it does not have are empty."""

    authorization: str
    token: str
    jwks: str
    userinfo: str
    end_session: str
    scopes: frozenset[str]
    auth_method: str
    tells_issuer: bool
    tells_frontchannel: bool


class Discovery:
    """Asks once an hour. While the issuer does not answer, what it said last holds on."""

    def __init__(self, configuration: Configuration, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._configuration = configuration
        self._wire = wire
        self._clock = clock
        self._lock = asyncio.Lock()
        self._asked_at: datetime | None = None
        self._known: Metadata | None = None

    async def metadata(self) -> Metadata:
        """The metadata. Raises `Unavailable` when it was never told, or is another issuer's."""
        async with self._lock:
            if self._known and self._asked_at and self._clock() - self._asked_at < _KEPT:
                return self._known
            try:
                self._known = await self._ask()
            except Unavailable:
                if not self._known:
                    raise
            self._asked_at = self._clock()
            return self._known

    async def _ask(self) -> Metadata:
        if not self._configuration.issuer:
            return _core_oauth2(self._configuration.base_url)
        base = self._configuration.issuer.rstrip("/")
        async with self._wire.open(self._configuration, "none") as client:
            try:
                found = await self._wire.get_object(client, base + _PATHS[0])
            except NoSuchPage:
                found = await self._wire.get_object(client, base + _PATHS[1])
        return _read(found, self._configuration.issuer)


def _core_oauth2(base_url: str) -> Metadata:
    """Core `oauth2` of Nextcloud has no discovery, and no keys: its tokens are opaque."""
    return Metadata(
        authorization=f"{base_url}/index.php/apps/oauth2/authorize",
        token=f"{base_url}/index.php/apps/oauth2/api/v1/token",
        jwks="",
        userinfo=f"{base_url}/ocs/v2.php/cloud/user",
        end_session="",
        scopes=frozenset(),
        auth_method="client_secret_basic",
        tells_issuer=False,
        tells_frontchannel=False,
    )


def _read(found: dict[str, Any], issuer: str) -> Metadata:
    if found.get("issuer") != issuer:
        raise Unavailable(
            f"The server that users sign in at calls itself {str(found.get('issuer'))[:200]!r}, and "
            f"NEXTCLOUD_OIDC_ISSUER is {issuer!r}. They must be the same, letter by letter."
        )

    def address(name: str, *, needed: bool = False) -> str:
        value = found.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not is_safe(value):
            raise Unavailable(f"The server that users sign in at has no usable {name}.")
        return value

    # Without a word about it, an issuer takes the secret as HTTP Basic (section 3).
    methods = _texts(found.get("token_endpoint_auth_methods_supported")) or {"client_secret_basic"}
    return Metadata(
        authorization=address("authorization_endpoint", needed=True),
        token=address("token_endpoint", needed=True),
        jwks=address("jwks_uri", needed=True),
        userinfo=address("userinfo_endpoint"),
        end_session=address("end_session_endpoint"),
        scopes=_texts(found.get("scopes_supported")),
        auth_method="client_secret_basic" if "client_secret_basic" in methods else "client_secret_post",
        tells_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        tells_frontchannel=found.get("frontchannel_logout_session_supported") is True,
    )


def _texts(value: object) -> frozenset[str]:
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()
