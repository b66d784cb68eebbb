"""The HTTP side of sessions."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from backend.envelope import Envelope, ok
from backend.errors import NotSignedIn
from backend.identity.origin import current_origin
from backend.identity.principal import CurrentPrincipal, Principal
from backend.identity.session import Limiter
from backend.identity.sessions.authenticator import bearer_of
from backend.identity.sessions.cookies import access_of, clear_tokens, refresh_of, set_tokens
from backend.identity.sessions.schemas import LoggedOut, LoggingOut, Refreshed, Refreshing, SessionView, TokensView
from backend.identity.sessions.service import SessionService

LogoutAddress = Callable[[str], Awaitable[str | None]]
"""Where a browser with this ID token goes to sign out at the issuer."""


EndToken = Callable[[str], Awaitable[None]]
"""Takes an issuer's own access token no more; nothing happens for what is none."""


def build_router(
    sessions: SessionService,
    limit: Limiter,
    logout_address: LogoutAddress | None = None,
    end_token: EndToken | None = None,
) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/auth", tags=["sign-in"])

    @router.get("/sessions")
    async def mine(principal: CurrentPrincipal) -> Envelope[list[SessionView]]:
        """Where you are signed in."""
        found = await sessions.list(principal.signed_in_as)
        return ok([SessionView.of(session, principal.session_id) for session in found])

    @router.delete("/sessions/{session_id}")
    async def end(principal: CurrentPrincipal, session_id: str) -> Envelope[None]:
        """End a session of yours, at once and on every connection."""
        await sessions.end_own(principal.signed_in_as, session_id, "ended by its user")
        return ok(None)

    @router.post("/refresh")
    async def refresh(
        request: Request, response: Response, refreshing: Annotated[Refreshing | None, Body()] = None
    ) -> Envelope[Refreshed]:
        """New tokens for a refresh token, which is used up: from the body, or from a cookie into cookies."""
        await limit("refresh", f"address:{current_origin().address}")
        given = refreshing.refresh_token if refreshing else None
        token = given or refresh_of(request)
        if token is None:
            raise NotSignedIn("There is no refresh token, neither in the body nor as a cookie.")
        tokens = await sessions.refresh(token)
        if given:
            return ok(Refreshed(tokens=TokensView.of(tokens)))
        set_tokens(response, tokens)
        return ok(Refreshed(tokens=None))

    @router.post("/logout")
    async def logout(
        request: Request, response: Response, leaving: Annotated[LoggingOut | None, Body()] = None
    ) -> Envelope[LoggedOut]:
        """End your session, or the token of an issuer that you bring. Without a good access token a refresh token will
        do; with neither nothing happens."""
        leaving = leaving or LoggingOut()
        who = await _leaving(sessions, request, leaving.refresh_token)
        redirect = None
        if who is not None and who.session_id is not None:
            id_token = await sessions.id_token_of(who.session_id)
            if leaving.everywhere:
                await sessions.end_all(who.user_id, "signed out everywhere")
            else:
                await sessions.end(who.session_id, "signed out")
            if id_token and logout_address is not None:
                redirect = await logout_address(id_token)
        elif end_token is not None and (bearer := bearer_of(request)):
            await end_token(bearer)
        clear_tokens(response)
        return ok(LoggedOut(redirect=redirect))

    return router


async def _leaving(sessions: SessionService, request: Request, refresh: str | None) -> Principal | None:
    access = bearer_of(request) or access_of(request)
    if access is not None:
        try:
            return await sessions.check(access)
        except NotSignedIn:
            pass  # it is over; the other token may not be
    refresh = refresh or refresh_of(request)
    if refresh is not None:
        try:
            return await sessions.holder_of(refresh)
        except NotSignedIn:
            pass  # the session is over already
    return None
