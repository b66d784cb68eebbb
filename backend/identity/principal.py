"""The principal: whoever a request is served for, whatever the way in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.egress.gate import act_for
from backend.errors import NotSignedIn


class Role(StrEnum):
    """What somebody is to VoiceAssist. What each may do stands in the policy."""

    USER = "user"
    MEDICAL_STAFF = "medical_staff"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Way(StrEnum):
    """How it was found out who asks."""

    VISITOR = "visitor"  # nobody was asked: there is one person only
    APPAPI = "appapi"  # Nextcloud vouches for its user
    OIDC = "oidc"  # a session of ours, begun by signing in at an issuer
    BEARER = "bearer"  # an issuer's own access token
    ACCOUNT = "account"  # a session of ours, begun with a local account
    SERVICE = "service"  # a program, by a key that the administrator gave it


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified user. `user_id` is Nextcloud's uid, in its exact case.

    `session_id` names the session of ours that the request belongs to, where there is one. `grants` are what this one
    may do beyond the roles, named explicitly ("phi:reveal"). `certain` is False while nobody can say whether the
    session was ended: then the only role is `user`, there are no grants, and nothing is changed.
    """

    user_id: str
    roles: frozenset[Role] = frozenset({Role.USER})
    way: Way = Way.VISITOR
    session_id: str | None = None
    grants: frozenset[str] = frozenset()
    certain: bool = True


class Authenticator(Protocol):
    """Turns a request, or the opening of a WebSocket, into a principal, or raises `NotSignedIn` or `NotAllowed`."""

    async def __call__(self, request: HTTPConnection, /) -> Principal: ...


async def current_principal(request: HTTPConnection) -> Principal:
    """FastAPI dependency: the principal of this request or WebSocket, by the application's authenticator."""
    authenticate: Authenticator | None = getattr(request.app.state, "authenticate", None)
    if authenticate is None:
        raise NotSignedIn("No way to sign in is configured.")
    principal = await authenticate(request)
    act_for(principal.user_id)
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
