"""The principal: whoever a request is served for, whatever the way in."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.egress.gate import act_for
from backend.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified user. `user_id` is Nextcloud's uid, in its exact case."""

    user_id: str


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
