"""Ends that come from the issuer, and telling it of those that come from here."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from backend.errors import InvalidCredentials, NotAllowed, TokenExpired, Unavailable
from backend.identity.events import Event, Outcome, Record
from backend.identity.oidc.configuration import Configuration
from backend.identity.oidc.discovery import Discovery
from backend.identity.oidc.seen import Seen
from backend.identity.oidc.signed import Verifier
from backend.identity.session import Sessions

_KIND = "auth.logout.issuer"
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Issuers that came before the type had a name say `JWT`, or nothing (OpenID Connect Back-Channel Logout 1.0, 2.4).
_LOGOUT_TOKEN = frozenset({"", "jwt", "logout+jwt"})
# The `oidc` app of Nextcloud has its addresses here.
_NEXTCLOUD_APP = "/apps/oidc/"


class Logout:
    """Back-channel, front-channel (OpenID Connect Front-Channel Logout 1.0) and from here (RP-Initiated Logout 1.0)."""

    def __init__(
        self,
        configuration: Configuration,
        discovery: Discovery,
        verifier: Verifier,
        sessions: Sessions,
        record: Record,
        clock: Callable[[], datetime],
    ) -> None:
        self._configuration = configuration
        self._discovery = discovery
        self._verifier = verifier
        self._sessions = sessions
        self._record = record
        self._clock = clock
        self._seen = Seen(clock)

    async def by_token(self, token: str) -> None:
        """End what a logout token of the issuer names. Raises `InvalidCredentials` or `TokenExpired` for one
        that must not be obeyed."""
        try:
            name, until, sid, subject = await self._read(token)
        except (InvalidCredentials, TokenExpired) as error:
            await self._record(Event(_KIND, None, Outcome.REFUSED, reason=error.message))
            raise
        await self._end(sid, subject)
        # Only now: a logout that could not be done is tried again with the same token.
        self._seen.add(name, until)

    async def _read(self, token: str) -> tuple[str, float, str, str]:
        signed = await self._verifier.verify(token, _LOGOUT_TOKEN, self._configuration.client_id)
        events = signed.claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
            raise InvalidCredentials("The token is no logout token.")
        if "nonce" in signed.claims:  # an ID token has one
            raise InvalidCredentials("A logout token has no nonce.")
        sid, subject, name = signed.text("sid"), signed.text("sub"), signed.text("jti")
        if not name or not (sid or subject):
            raise InvalidCredentials("The logout token has no jti, or names nobody.")
        if name in self._seen:
            raise InvalidCredentials("The logout token was used before.")
        # It is taken a leeway longer than it says; so long it must be remembered.
        return name, signed.time("exp") + self._configuration.leeway, sid, subject

    async def by_browser(self, issuer: str, sid: str) -> None:
        """End the session `sid` of the issuer, which has the user's browser ask for it. Raises `NotAllowed`.

        Nothing is signed here: who knows a `sid` may end it, so it is asked for, and issuers make them unguessable.
        """
        metadata = await self._discovery.metadata()
        if not metadata.tells_frontchannel or not sid or issuer != self._configuration.issuer:
            raise NotAllowed("A logout by the browser must name the issuer and its session.")
        await self._end(sid, "")

    async def _end(self, sid: str, subject: str) -> None:
        await self._record(Event(_KIND, None, details={"sid": sid} if sid else {"sub": subject}))
        await self._sessions.end_at_issuer(self._configuration.issuer, sid, subject, "logout at the issuer")

    async def address(self, id_token: str) -> str | None:
        """Where a browser goes to sign out at the issuer as well; None where it cannot, or the issuer is away.

        `id_token` tells whose session ends there, so that the issuer need not ask.
        """
        try:
            metadata = await self._discovery.metadata()
        except Unavailable:
            return None  # the logout here is done all the same
        if not metadata.end_session:
            return None
        query = {
            "client_id": self._configuration.client_id,
            "post_logout_redirect_uri": f"{self._configuration.origin}/",
        }
        # Nextcloud's app answers a hint that has expired with an error page, after the logout. Others take it
        # (RP-Initiated Logout 1.0, section 2).
        if id_token and not (_NEXTCLOUD_APP in metadata.end_session and self._is_over(id_token)):
            query["id_token_hint"] = id_token
        return f"{metadata.end_session}{'&' if '?' in metadata.end_session else '?'}{urlencode(query)}"

    def _is_over(self, id_token: str) -> bool:
        """Whether an ID token, which was verified when it came, has expired."""
        try:
            content = id_token.split(".")[1]
            return float(json.loads(urlsafe_b64decode(content + "=="))["exp"]) <= self._clock().timestamp()
        except (ValueError, KeyError, IndexError, TypeError):
            return True
