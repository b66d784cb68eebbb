"""The HTTP side of signing in at an issuer. A browser is always sent on to our page, with a code when it failed."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from backend.envelope import Envelope, ErrorBody, failed, ok
from backend.errors import (
    BadInput,
    ErrorCode,
    InvalidCredentials,
    NotAllowed,
    NotSignedIn,
    VoiceAssistError,
)
from backend.identity.events import Event, Outcome, Record
from backend.identity.oidc.attempt import COOKIE, LASTS, is_own_path
from backend.identity.oidc.configuration import CALLBACK
from backend.identity.oidc.logout import Logout
from backend.identity.oidc.sign_in import SignedIn, SignIn
from backend.identity.origin import current_origin
from backend.identity.principal import Way
from backend.identity.session import Beginning, Limiter, Sessions, Tokens

_KIND = "auth.login"
# A logout token names one session. What is larger is none.
_MOST_LOGOUT_BYTES = 32_768
# What an issuer may tell of a failure (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6) and means that the user
# said no, or was not asked.
_SAID_NO = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})

MayEnter = Callable[[str], Awaitable[bool]]
"""Whether a user of this uid is known to Nextcloud, and not disabled there. Raises `Unavailable`."""
GiveCookies = Callable[[Response, Tokens], None]
"""Puts the tokens of a session into cookies of the answer."""


def build_router(
    sign_in: SignIn,
    logout: Logout,
    sessions: Sessions,
    record: Record,
    limit: Limiter,
    may_enter: MayEnter,
    give_cookies: GiveCookies,
) -> APIRouter:
    """The routes, to be mounted at the root."""
    router = APIRouter(tags=["auth"])

    @router.get("/auth/login", status_code=303, response_class=RedirectResponse)
    async def login(return_to: Annotated[str, Query()] = "/") -> Response:
        """Begin signing in: the browser is sent to the issuer, and afterwards to `return_to`, a path of ours."""
        try:
            if not is_own_path(return_to):
                raise BadInput("return_to must be a path of VoiceAssist.", field="return_to")
            url, cookie = await sign_in.begin(return_to)
        except VoiceAssistError as error:
            return _to_page(error)
        answer = RedirectResponse(url, 303)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=int(LASTS.total_seconds()),
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",  # the issuer's page sends the browser back
        )
        return answer

    @router.get(CALLBACK, status_code=303, response_class=RedirectResponse)
    async def callback(
        request: Request,
        state: Annotated[str, Query()] = "",
        code: Annotated[str, Query()] = "",
        iss: Annotated[str, Query()] = "",
        error: Annotated[str, Query()] = "",
    ) -> Response:
        """The way back from the issuer. A session begins, in cookies."""
        try:
            await limit("login", current_origin().address)
            attempt = sign_in.take(request.cookies.get(COOKIE, ""), state)
            if error in _SAID_NO:
                raise NotAllowed("The sign-in was cancelled at the issuer.")
            if error or not code:
                raise InvalidCredentials("The issuer did not let the user sign in.")
            who = await sign_in.finish(attempt, code, iss)
            tokens = await _enter(who)
        except VoiceAssistError as failure:
            if failure.status < 500:
                try:
                    await record(Event(_KIND, None, Outcome.REFUSED, reason=failure.message))
                except VoiceAssistError as unrecorded:
                    failure = unrecorded
            return _without_attempt(_to_page(failure))
        answer = RedirectResponse(attempt.return_to, 303)
        give_cookies(answer, tokens)
        return _without_attempt(answer)

    async def _enter(who: SignedIn) -> Tokens:
        if not await may_enter(who.user_id):
            raise NotAllowed(f"Nextcloud has no user {who.user_id!r}, or the user is disabled there.")
        await record(Event(_KIND, who.user_id, details={"way": Way.OIDC, "issuer": who.issuer}))
        return await sessions.begin(
            Beginning(
                user_id=who.user_id,
                way=Way.OIDC,
                issuer=who.issuer,
                issuer_session=who.sid,
                subject=who.subject,
                id_token=who.id_token,
            )
        )

    @router.post(
        "/auth/backchannel-logout",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "properties": {"logout_token": {"type": "string"}},
                            "required": ["logout_token"],
                        }
                    }
                },
            }
        },
        responses={400: {"model": Envelope[None]}},
        response_model=Envelope[None],
    )
    async def backchannel_logout(request: Request) -> Envelope[None] | JSONResponse:
        """For the issuer: a user signed out there (OpenID Connect Back-Channel Logout 1.0). Ends the sessions here."""
        try:
            await logout.by_token(await _logout_token(request))
        except (BadInput, NotSignedIn) as error:
            # Whatever is wrong with it, section 2.8 wants this status.
            return failed(ErrorBody(code=ErrorCode.VALIDATION_ERROR, message=error.message, field="logout_token"), 400)
        return ok(None)

    # Errors are in the envelope, which a `response_class` of HTML would document as HTML.
    @router.get("/auth/frontchannel-logout", response_class=Response, responses={200: {"content": {"text/html": {}}}})
    async def frontchannel_logout(iss: Annotated[str, Query()] = "", sid: Annotated[str, Query()] = "") -> Response:
        """For the issuer's page, in a frame: a user signed out there (OpenID Connect Front-Channel Logout 1.0)."""
        await logout.by_browser(iss, sid)
        return HTMLResponse("", headers={"Cache-Control": "no-cache, no-store"})

    return router


async def _logout_token(request: Request) -> str:
    """The form's `logout_token`. Raises `BadInput`."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_LOGOUT_BYTES:
            raise BadInput("A logout token is not that large.")
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=8).get("logout_token", [])
    except ValueError as error:
        raise BadInput("This is not a form with a logout_token.") from error
    if len(found) != 1:
        raise BadInput("The form must hold one logout_token.")
    return found[0]


def _to_page(error: VoiceAssistError) -> RedirectResponse:
    """To our own page, which says in the user's language what the code means. The fragment reaches no server's log."""
    return RedirectResponse(f"/#/sign-in?{urlencode({'error': error.code})}", 303)


def _without_attempt(answer: Response) -> Response:
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer
