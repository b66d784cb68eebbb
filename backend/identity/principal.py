"""The principal: whoever a request is served for, whatever the way in, and the one place where the policy is asked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

import structlog
from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from backend.egress.gate import act_for
from backend.errors import NotAllowed, NotSignedIn

log = structlog.get_logger(__name__)

_API = "/api/v1"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


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
    SERVICE = "service"  # a program, by a key that its user made


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified user. `user_id` is Nextcloud's uid, in its exact case.

    `session_id` names the session of ours that the request belongs to, where there is one. `grants` are what this one
    may do beyond the roles, named explicitly ("phi:reveal"). `certain` is False while nobody can say whether the
    session was ended: then the only role is `user`, there are no grants, and nothing is changed. The same holds for a
    key that is `read_only`. `name` is what they signed in as, where that is not the user whose files they have.
    """

    user_id: str
    roles: frozenset[Role] = frozenset({Role.USER})
    way: Way = Way.VISITOR
    session_id: str | None = None
    grants: frozenset[str] = frozenset()
    certain: bool = True
    read_only: bool = False
    name: str = ""

    @property
    def signed_in_as(self) -> str:
        """The name that they signed in with, which their sessions are kept under."""
        return self.name or self.user_id


class Authenticator(Protocol):
    """Turns a request, or the opening of a WebSocket, into a principal, or raises `NotSignedIn` or `NotAllowed`."""

    async def __call__(self, request: HTTPConnection, /) -> Principal: ...


class Action(StrEnum):
    """What somebody wants to do with a resource."""

    READ = "read"
    WRITE = "write"
    REVEAL = "reveal"  # show what identifies patients


@dataclass(frozen=True, slots=True)
class Resource:
    """What it is done with: a kind ("calendar"), and the user whose it is."""

    kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it may be done, and why."""

    allow: bool
    reason: str


class Policy(Protocol):
    """Says who may do what. Raises `Unavailable` when it cannot tell; nothing is allowed then."""

    async def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        """Whether this principal may do this."""
        ...


def guard_with(app: FastAPI, authenticate: Authenticator, policy: Policy) -> None:
    """Let the routes of `app` serve whom `authenticate` knows, as far as `policy` allows."""
    app.state.authenticate = authenticate
    app.state.policy = policy


async def require(policy: Policy, principal: Principal, action: Action, resource: Resource) -> None:
    """Raise `NotAllowed` unless the policy allows it."""
    decision = await policy.decide(principal, action, resource)
    if not decision.allow:
        log.info("policy.denied", action=action, kind=resource.kind, reason=decision.reason)
        raise NotAllowed(f"You may not {action} {resource.kind}: {decision.reason}.")


async def current_principal(request: HTTPConnection) -> Principal:
    """FastAPI dependency: the principal of this request or WebSocket, who may do what it is about.

    By the application's authenticator and policy; see `guard_with`. Raises what they raise, and `NotAllowed`.
    """
    authenticate: Authenticator | None = getattr(request.app.state, "authenticate", None)
    if authenticate is None:
        raise NotSignedIn("No way to sign in is configured.")
    policy: Policy | None = getattr(request.app.state, "policy", None)
    if policy is None:
        raise NotAllowed("No policy says who may do what.")
    principal = await authenticate(request)
    await require(policy, principal, _action_of(request), Resource(_kind_of(request), principal.user_id))
    act_for(principal.user_id)
    return principal


def _action_of(request: HTTPConnection) -> Action:
    """By the method; what a WebSocket is for is not known beforehand."""
    return Action.READ if request.scope.get("method") in READING else Action.WRITE


def _kind_of(request: HTTPConnection) -> str:
    """The first segment of the path behind `/api/v1`, which is literal in every route's template."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")).removeprefix(_API)
    return str(path.lstrip("/").partition("/")[0])


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]
