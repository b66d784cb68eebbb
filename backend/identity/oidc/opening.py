"""Puts the parts together that sign users in at an issuer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from backend.identity.events import Record
from backend.identity.oidc.attempt import Attempts
from backend.identity.oidc.configuration import configuration_of
from backend.identity.oidc.discovery import Discovery
from backend.identity.oidc.issuer_tokens import IssuerTokens
from backend.identity.oidc.keys import Keys
from backend.identity.oidc.logout import Logout
from backend.identity.oidc.routes import GiveCookies, MayEnter, build_router
from backend.identity.oidc.sign_in import SignIn
from backend.identity.oidc.signed import Verifier
from backend.identity.oidc.wire import Wire
from backend.identity.session import Limiter, Sessions
from backend.places import OwnHosts
from backend.reach import LookUp, Reach, look_up
from backend.settings import Settings
from backend.vault import Vault


@dataclass(frozen=True, slots=True)
class Oidc:
    """Signing in at an issuer, as it is configured.

    `name` is what a user knows it by. `tokens` is None with core `oauth2`, whose tokens are opaque. `logout_address`
    tells for an ID token where a browser goes to sign out there as well.
    """

    name: str
    tokens: IssuerTokens | None
    logout_address: Callable[[str], Awaitable[str | None]]
    router: APIRouter


def open_oidc(
    settings: Settings,
    *,
    vault: Vault,
    sessions: Sessions,
    record: Record,
    limit: Limiter,
    may_enter: MayEnter,
    give_cookies: GiveCookies,
    clock: Callable[[], datetime],
    wire: Wire | None = None,
) -> Oidc | None:
    """Signing in at the issuer of the settings; None where there is none. Raises `BadInput` for wrong settings.

    Nothing is asked of the issuer yet. `wire` is for tests that cannot wait as long as users can.
    """
    configuration = configuration_of(settings)
    if configuration is None:
        return None
    wire = wire or Wire(issuer_reach(settings))
    discovery = Discovery(configuration, wire, clock)

    async def fetch_keys() -> dict[str, Any]:
        metadata = await discovery.metadata()
        async with wire.open(configuration, "none") as client:
            return await wire.get_object(client, metadata.jwks)

    keys = Keys(fetch_keys, clock)
    verifier = Verifier(configuration.issuer, configuration.algorithms, configuration.leeway, keys, clock)
    sign_in = SignIn(configuration, discovery, wire, Attempts(vault, clock), verifier)
    logout = Logout(configuration, discovery, verifier, sessions, record, clock)
    return Oidc(
        name=configuration.name,
        tokens=IssuerTokens(configuration, verifier, keys) if configuration.issuer else None,
        logout_address=logout.address,
        router=build_router(sign_in, logout, sessions, record, limit, may_enter, give_cookies),
    )


def issuer_reach(settings: Settings, resolve: LookUp = look_up) -> Reach:
    """Where the issuer's documents may lead. `resolve` looks names up."""
    own = OwnHosts.of(settings.nextcloud_oidc_hosts)
    return Reach(own, "NEXTCLOUD_OIDC_HOSTS", "nextcloud_oidc_hosts", resolve)
