"""A session of ours: what is begun by signing in, carried by tokens, and ended at once everywhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from backend.identity.principal import Principal, Way


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client holds of a session. Times are in seconds from now."""

    access: str
    refresh: str
    access_seconds: int
    refresh_seconds: int
    session_id: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a session begins with.

    `issuer`, `issuer_session` (its `sid`) and `subject` say which sign-in at an OIDC issuer it stands on, so that a
    logout there ends it; `id_token` is what a logout from here tells the issuer. All are empty for a local account.
    """

    user_id: str
    way: Way
    issuer: str = ""
    issuer_session: str = ""
    subject: str = ""
    id_token: str = ""


class Sessions(Protocol):
    """Begins, checks and ends sessions. What ends is refused from then on, on every connection, WebSockets included."""

    async def begin(self, beginning: Beginning) -> Tokens:
        """A new session, whose events are recorded."""
        ...

    async def check(self, access: str) -> Principal:
        """Whose access token it is. Raises `TokenExpired`, `TokenRevoked`, or `NotSignedIn` for what is none."""
        ...

    async def refresh(self, refresh: str) -> Tokens:
        """New tokens for a refresh token, which is used up. One that was used before ends its session.

        Raises `TokenExpired`, `TokenRevoked` or `NotSignedIn`.
        """
        ...

    async def end(self, session_id: str, reason: str) -> None:
        """End one session; nothing happens when it is over."""
        ...

    async def end_all(self, user_id: str, reason: str) -> None:
        """End all sessions of a user, and refuse every access token that an issuer gave out for them until now.

        The keys that they made for programs end as well.
        """
        ...

    async def end_at_issuer(self, issuer: str, session: str, subject: str, reason: str) -> None:
        """End those that stand on a sign-in at an issuer: on its `session`, or where that is empty on `subject`.

        The issuer's own access tokens that came of it are refused as well.
        """
        ...


Limiter = Callable[[str, str], Awaitable[None]]
"""Counts a try of one kind ("login", "registration", "refresh", "strength") by one key (an address, an account). Raises
`RateLimited` with `retry_after` when there were too many."""
