"""The HTTP side of local accounts: registering, signing in, passwords."""

import asyncio

from fastapi import APIRouter, Request, Response

from backend.envelope import Envelope, ok
from backend.identity.accounts import factor_routes
from backend.identity.accounts.opening import LocalAccounts
from backend.identity.accounts.schemas import (
    AccountView,
    Assessing,
    ChangingPassword,
    Forgetting,
    LoggedIn,
    LoggingIn,
    Registering,
    Resetting,
    SecondFactorGiven,
    SecondView,
    StrengthView,
    Verifying,
)
from backend.identity.accounts.signing_in import Answer, SecondAsked
from backend.identity.accounts.strength import assess
from backend.identity.origin import current_origin
from backend.identity.principal import CurrentPrincipal
from backend.identity.session import Limiter, Tokens
from backend.identity.sessions.cookies import access_of, set_tokens
from backend.identity.sessions.schemas import TokensView


def build_router(accounts: LocalAccounts, limit: Limiter) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/auth", tags=["sign-in"])

    @router.post("/register", status_code=202)
    async def register(wish: Registering) -> Envelope[None]:
        """Ask for an account. A mail comes to the address, whether it has an account already or not."""
        await accounts.registration.register(wish.email, wish.password, wish.name)
        return ok(None)

    @router.post("/verify")
    async def verify(given: Verifying) -> Envelope[None]:
        """Confirm the address by the link of the mail. Sign in then."""
        await accounts.registration.verify(given.token)
        return ok(None)

    @router.post("/login")
    async def login(response: Response, given: LoggingIn) -> Envelope[LoggedIn]:
        """Sign in: begins a session, or says which second factor is wanted."""
        result = await accounts.sign_in.login(given.email, given.password)
        if isinstance(result, SecondAsked):
            return ok(LoggedIn(second=SecondView.of(result)))
        return ok(_given(response, result, given.cookies))

    @router.post("/login/second")
    async def second(response: Response, given: SecondFactorGiven) -> Envelope[LoggedIn]:
        """Sign in: the second factor."""
        answer = Answer(given.method, given.code, given.credential)
        return ok(_given(response, await accounts.sign_in.second(given.challenge, answer), given.cookies))

    @router.get("/account")
    async def account(principal: CurrentPrincipal) -> Envelope[AccountView]:
        """Your local account."""
        found = await accounts.directory.by_id(principal.signed_in_as)
        return ok(AccountView(email=found.email, name=found.name))

    @router.post("/password")
    async def change(
        principal: CurrentPrincipal, request: Request, response: Response, given: ChangingPassword
    ) -> Envelope[LoggedIn]:
        """Change your password. All your sessions end, and a new one begins here."""
        tokens = await accounts.renewal.change(principal.signed_in_as, given.old, given.new)
        return ok(_given(response, tokens, access_of(request) is not None))

    @router.post("/password/forgotten", status_code=202)
    async def forgotten(given: Forgetting) -> Envelope[None]:
        """Have a link sent to set a new password; whether it is sent depends on whether there is an account."""
        await accounts.renewal.forgotten(given.email)
        return ok(None)

    @router.post("/password/reset")
    async def reset(given: Resetting) -> Envelope[None]:
        """Set a new password by the link of the mail. All sessions of the account end. Sign in then."""
        await accounts.renewal.reset(given.token, given.password)
        return ok(None)

    @router.post("/password/strength")
    async def strength(given: Assessing) -> Envelope[StrengthView]:
        """How hard a password would be to guess. It is not kept."""
        await limit("strength", f"address:{current_origin().address}")
        found = await asyncio.to_thread(assess, given.password, (given.email, given.name))
        return ok(StrengthView(score=found.score, reasons=list(found.reasons)))

    router.include_router(factor_routes.build_router(accounts.second_factors))
    return router


def _given(response: Response, tokens: Tokens, cookies: bool) -> LoggedIn:
    """The tokens, in cookies for a browser."""
    if cookies:
        set_tokens(response, tokens)
        return LoggedIn()
    return LoggedIn(tokens=TokensView.of(tokens))
