"""The HTTP side of keys."""

from typing import Annotated

from fastapi import APIRouter, Depends

from backend.envelope import Envelope, ok
from backend.errors import NotAllowed
from backend.identity.keys.schemas import KeyView, MadeKey, NewKey
from backend.identity.keys.service import KeyService
from backend.identity.principal import CurrentPrincipal, Principal, Way

# A key or an issuer's token that got lost must not leave another key behind when it is over.
_PROGRAMS = (Way.SERVICE, Way.BEARER)


def _person(principal: CurrentPrincipal) -> Principal:
    if principal.way in _PROGRAMS:
        raise NotAllowed("Keys are made and revoked by a person who is signed in, not by a program.")
    return principal


_Person = Annotated[Principal, Depends(_person)]


def build_router(keys: KeyService) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/auth/keys", tags=["sign-in"])

    @router.get("")
    async def mine(principal: CurrentPrincipal) -> Envelope[list[KeyView]]:
        """Your keys for programs, without their secrets."""
        return ok([KeyView.of(key) for key in await keys.list(principal.signed_in_as)])

    @router.post("")
    async def make(principal: _Person, wanted: NewKey) -> Envelope[MadeKey]:
        """A new key for a program, which acts as you. The key is told this once."""
        info, secret = await keys.make(
            principal.signed_in_as, wanted.name, wanted.expires_at, read_only=wanted.read_only
        )
        return ok(MadeKey(key=secret.written(), info=KeyView.of(info)))

    @router.delete("/{key_id}")
    async def revoke(principal: _Person, key_id: str) -> Envelope[None]:
        """Take a key of yours no more, at once and on every connection."""
        await keys.revoke(principal.signed_in_as, key_id)
        return ok(None)

    return router
