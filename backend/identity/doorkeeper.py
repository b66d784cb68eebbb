"""The ways to sign in as they are configured, and who comes in: by a session, by an issuer's own token, or by a key."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from backend.database import Database
from backend.envelope import Envelope, ok
from backend.errors import NotAllowed, NotSignedIn, TokenExpired, TokenRevoked, Unavailable
from backend.identity.accounts.directory import Directory
from backend.identity.accounts.opening import open_accounts
from backend.identity.accounts.routes import build_router as accounts_routes
from backend.identity.events import Record
from backend.identity.keys.routes import build_router as keys_routes
from backend.identity.keys.secret import PREFIX
from backend.identity.keys.service import KeyService
from backend.identity.limits import open_limits
from backend.identity.oidc.issuer_tokens import IssuerToken, IssuerTokens
from backend.identity.oidc.opening import open_oidc
from backend.identity.principal import READING, Principal, Role, Way
from backend.identity.residents import Residents, WithAccounts
from backend.identity.roles import Rights
from backend.identity.sessions.authenticator import SessionAuthenticator, bearer_of
from backend.identity.sessions.cookies import set_tokens
from backend.identity.sessions.opening import open_revocations, open_sessions
from backend.identity.sessions.routes import build_router as sessions_routes
from backend.identity.sessions.service import SessionService
from backend.settings import Settings
from backend.vault import Vault

# Where an issuer itself calls, which sends no header of our pages: its token says who it is.
CALLED_BY_ISSUER = ("/auth/backchannel-logout",)


class Issuer(BaseModel):
    """Somebody else who says who a user is. `name` is what its users call it."""

    name: str


class Accounts(BaseModel):
    """Local accounts. `registration`: somebody may make one for themselves."""

    registration: bool


class Ways(BaseModel):
    """How one can sign in here; None for a way that is not open."""

    oidc: Issuer | None
    accounts: Accounts | None


class Doorkeeper:
    """Lets in whoever carries a token that is good now. It is an `Authenticator`."""

    def __init__(
        self,
        sessions: SessionService,
        keys: KeyService,
        tokens: IssuerTokens | None,
        residents: Residents,
        rights: Rights,
    ) -> None:
        self._sessions = sessions
        self._by_session = SessionAuthenticator(sessions)
        self._keys = keys
        self._tokens = tokens
        self._residents = residents
        self._rights = rights

    async def __call__(self, request: HTTPConnection) -> Principal:
        """See `Authenticator`. Raises `Unavailable` as `SessionService.check` does."""
        principal = await self._whoever(request)
        if request.scope.get("method") not in READING:
            if not principal.certain:
                raise Unavailable("It cannot be found out now whether the session was ended. Try again.")
            if principal.read_only:
                raise NotAllowed("This key is for reading only.")
        name = principal.user_id
        return replace(
            principal,
            user_id=self._residents.acts_as(name),
            name=name,
            grants=self._rights.grants_of(name) if principal.certain and not principal.read_only else frozenset(),
        )

    async def _whoever(self, request: HTTPConnection) -> Principal:
        bearer = bearer_of(request)
        if bearer is not None and bearer.startswith(PREFIX):
            return await self._keys.check(bearer)
        try:
            principal = await self._by_session(request)
        except (TokenExpired, TokenRevoked):
            raise
        except NotSignedIn:  # none of ours
            if self._tokens is None or bearer is None:
                raise
            principal = await self._by_token(await self._tokens.check(bearer))
        if principal is None:
            raise NotSignedIn("Sign in to use VoiceAssist.")
        return principal

    async def end_token(self, bearer: str) -> None:
        """Take an issuer's own access token no more. What is none is nothing to end."""
        if self._tokens is None:
            return
        try:
            token = await self._tokens.check(bearer)
        except NotSignedIn:
            return
        await self._sessions.revoke_issued(token.jti, datetime.fromtimestamp(token.expires_at, UTC))

    async def _by_token(self, token: IssuerToken) -> Principal:
        issued_at = datetime.fromtimestamp(token.issued_at, UTC)
        certain = await self._sessions.check_issued(token.user_id, token.jti, token.sid, token.subject, issued_at)
        roles = await self._residents.roles_of(token.user_id)
        return Principal(
            token.user_id, roles if certain else frozenset({Role.USER}), Way.BEARER, certain=certain, name=token.user_id
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """All that serves those who sign in from outside of Nextcloud. `pages` are for the root, `routes` for `/api/v1`."""

    doorkeeper: Doorkeeper
    sessions: SessionService
    keys: KeyService
    pages: APIRouter
    routes: APIRouter


async def open_outside(
    settings: Settings,
    database: Database,
    vault: Vault,
    residents: Residents,
    rights: Rights,
    record: Record,
    stack: AsyncExitStack,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Outside | None:
    """The ways to sign in that the settings name; None where they name none. `stack` closes what they hold."""
    if settings.local_accounts:
        residents = WithAccounts(residents, Directory(database).roles_of)

    async def is_let_in(name: str) -> bool:
        try:
            await residents.roles_of(name)
        except NotAllowed:
            return False
        return True

    revocations = open_revocations(settings, database, now)
    stack.push_async_callback(revocations.close)
    limits = open_limits(settings, lambda: now().timestamp())
    stack.push_async_callback(limits.close)
    sessions = open_sessions(
        settings,
        database,
        vault,
        revocations,
        record=record,
        roles_of=residents.roles_of,
        limit=limits,
        now=now,
    )
    oidc = open_oidc(
        settings,
        vault=vault,
        sessions=sessions,
        record=record,
        limit=limits,
        may_enter=is_let_in,
        give_cookies=set_tokens,
        clock=now,
    )
    if oidc is None and not settings.local_accounts:
        return None
    revocations.start()
    keys = KeyService(database, revocations, record=record, roles_of=residents.roles_of, now=now)
    sessions.end_with_all(keys.revoke_all)
    doorkeeper = Doorkeeper(sessions, keys, oidc.tokens if oidc else None, residents, rights)
    routes = APIRouter()
    logout_address = oidc.logout_address if oidc else None
    routes.include_router(sessions_routes(sessions, limits, logout_address, doorkeeper.end_token))
    routes.include_router(keys_routes(keys))
    open_ways = Ways(oidc=Issuer(name=oidc.name) if oidc else None, accounts=None)
    if settings.local_accounts:
        accounts = open_accounts(settings, database, vault, sessions, record=record, limit=limits, now=now)
        stack.push_async_callback(accounts.close)
        routes.include_router(accounts_routes(accounts, limits))
        open_ways.accounts = Accounts(registration=accounts.registration.is_open)

    @routes.get("/auth/ways", tags=["sign-in"])
    async def ways() -> Envelope[Ways]:
        """How one can sign in here."""
        return ok(open_ways)

    return Outside(doorkeeper, sessions, keys, oidc.router if oidc else APIRouter(), routes)
