"""Google's calendars by OAuth 2.0 (RFC 6749 with PKCE, RFC 7636), with Authlib's client: sign-in, and fresh tokens."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import httpx2  # which of the two Authlib speaks is its choice
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from backend.errors import BadInput, NotAllowed, Unavailable
from backend.vault import Vault

_SCOPE = "https://www.googleapis.com/auth/calendar"
# Who signs in at Google has this long.
_SIGN_IN = timedelta(minutes=15)
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class GoogleApp:
    """What Google knows us as (console.cloud.google.com, credentials of a web application), and where it is asked."""

    client_id: str
    client_secret: str
    redirect: str
    caldav: str = "https://apidata.googleusercontent.com/caldav/v2/"
    authorize: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class Google:
    """Signs users in at Google. What must be known when they come back travels sealed in `state`."""

    def __init__(self, app: GoogleApp, vault: Vault, clock: Callable[[], datetime]) -> None:
        self.app = app
        self._vault = vault
        self._clock = clock

    def start(self, user_id: str, calendar: str) -> str:
        """The address at which the user says yes. `calendar` is Google's id of it; the main one's is a mail address."""
        verifier = generate_token(64)
        state = json.dumps(
            {"user": user_id, "calendar": calendar, "verifier": verifier, "at": self._clock().isoformat()}
        )
        client = self._client()
        url, _ = client.create_authorization_url(
            self.app.authorize,
            state=self._vault.seal(state),
            code_verifier=verifier,
            access_type="offline",  # a refresh token, and again when the user had said yes before
            prompt="consent",
        )
        return str(url)

    def address_of(self, calendar: str) -> str:
        """Where Google has a calendar (developers.google.com/workspace/calendar/caldav/v2/guide)."""
        return f"{self.app.caldav}{quote(calendar, safe='')}/events/"

    async def finish(self, user_id: str, state: str, code: str) -> tuple[str, str]:
        """Which calendar, and tokens for the code that Google sent the user back with, as text to be sealed.

        Raises `NotAllowed` for a state that is not this user's own, or too old.
        """
        try:
            known = json.loads(self._vault.open(state))
            begun = datetime.fromisoformat(known["at"])
        except (Unavailable, ValueError, KeyError, TypeError) as error:
            raise NotAllowed("This sign-in was not begun here. Begin it again.") from error
        if known["user"] != user_id or not timedelta(0) <= self._clock() - begun <= _SIGN_IN:
            raise NotAllowed("This sign-in is another user's, or took too long. Begin it again.")
        async with self._client() as client:
            token = await self._ask(client.fetch_token(self.app.token, code=code, code_verifier=known["verifier"]))
        if "refresh_token" not in token:
            raise NotAllowed("Google gave no lasting permission. Begin the sign-in again and allow all that is asked.")
        return str(known["calendar"]), json.dumps(token)

    async def fresh(self, tokens: str) -> str:
        """The tokens, refreshed when the access token is about to run out. Raises `NotAllowed` when Google refuses."""
        held = json.loads(tokens)
        if held.get("expires_at", 0) > self._clock().timestamp() + 60:
            return tokens
        async with self._client(token=held) as client:
            new = await self._ask(client.refresh_token(self.app.token, refresh_token=held["refresh_token"]))
        return json.dumps({"refresh_token": held["refresh_token"], **new})

    def _client(self, **more: Any) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.app.client_id,
            self.app.client_secret,
            scope=_SCOPE,
            redirect_uri=self.app.redirect,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            **more,
        )

    @staticmethod
    async def _ask(asked: Any) -> dict[str, Any]:
        try:
            return dict(await asked)
        except OAuthError as error:
            raise NotAllowed("Google refused the sign-in, or took the permission back. Link it again.") from error
        except (httpx.HTTPError, httpx2.HTTPError, ValueError) as error:
            raise Unavailable("Google's sign-in does not answer.") from error


def bearer(tokens: str) -> Callable[[Any], Any]:
    """Puts the access token into each request."""
    access = str(json.loads(tokens)["access_token"])

    def sign(request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {access}"
        return request

    return sign


def check_configured(google: Google | None) -> Google:
    """Raises `BadInput` where an administrator has not entered what Google asks for."""
    if google is None:
        raise BadInput("Google is not set up here: an administrator enters GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.")
    return google
