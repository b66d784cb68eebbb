"""Signing in: the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 6749, 7636, 9207)."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from backend.errors import InvalidCredentials, NotAllowed
from backend.identity.oidc.attempt import Attempt, Attempts
from backend.identity.oidc.claims import groups_of, uid_of
from backend.identity.oidc.configuration import Configuration
from backend.identity.oidc.discovery import Discovery, Metadata
from backend.identity.oidc.signed import Signed, Verifier, audiences
from backend.identity.oidc.wire import Wire

# An ID token says that it is a JWT, or nothing. Access tokens and logout tokens say what they are.
_ID_TOKEN = frozenset({"", "jwt"})
# Scopes beside `openid` that bring the claims for uid and groups. An issuer may refuse what it does not know.
_WANTED_SCOPES = ("profile", "groups")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in at the issuer. `sid`, `subject` and `id_token` are empty with core `oauth2`."""

    user_id: str
    groups: frozenset[str]
    issuer: str
    sid: str
    subject: str
    id_token: str


class SignIn:
    """Sends a browser to the issuer, and finds out who came back."""

    def __init__(
        self,
        configuration: Configuration,
        discovery: Discovery,
        wire: Wire,
        attempts: Attempts,
        verifier: Verifier,
    ) -> None:
        self._configuration = configuration
        self._discovery = discovery
        self._wire = wire
        self._attempts = attempts
        self._verifier = verifier

    async def begin(self, return_to: str) -> tuple[str, str]:
        """The address at the issuer, and the cookie's value. Raises `Unavailable`."""
        metadata = await self._discovery.metadata()
        attempt, cookie = self._attempts.begin(return_to)
        more: dict[str, str] = {}
        if self._configuration.issuer:
            more["nonce"] = attempt.nonce
            more["scope"] = " ".join(["openid", *(name for name in _WANTED_SCOPES if name in metadata.scopes)])
        async with self._wire.open(self._configuration, metadata.auth_method) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization, state=attempt.state, code_verifier=attempt.verifier, **more
            )
        return str(url), cookie

    def take(self, cookie: str, state: str) -> Attempt:
        """The attempt that comes back. Raises `NotAllowed`."""
        return self._attempts.take(cookie, state)

    async def finish(self, attempt: Attempt, code: str, issuer: str) -> SignedIn:
        """Who signed in, for the code and `iss` that the browser brought.

        Raises `InvalidCredentials` or `TokenExpired` for a token that proves nothing, `NotAllowed` when the issuer
        refuses the code, `Unavailable`.
        """
        metadata = await self._discovery.metadata()
        if self._configuration.issuer and (issuer or metadata.tells_issuer) and issuer != self._configuration.issuer:
            raise InvalidCredentials("The answer came from another issuer than the user was sent to.")
        async with self._wire.open(self._configuration, metadata.auth_method) as client:
            token = await _exchange(client, metadata, code, attempt.verifier)
            if not self._configuration.issuer:
                return await self._ask_nextcloud(client, metadata, token["access_token"])
            id_token = token.get("id_token")
            if not isinstance(id_token, str):
                raise InvalidCredentials("The issuer gave no ID token.")
            signed = await self._verifier.verify(id_token, _ID_TOKEN, self._configuration.client_id)
            self._check(signed, attempt.nonce, token["access_token"])
            claims = await self._with_userinfo(client, metadata, signed, token["access_token"])
        return SignedIn(
            user_id=uid_of(claims, self._configuration.uid_claim),
            groups=groups_of(claims, self._configuration.groups_claim),
            issuer=self._configuration.issuer,
            sid=signed.text("sid"),
            subject=signed.text("sub"),
            id_token=id_token,
        )

    def _check(self, signed: Signed, nonce: str, access_token: str) -> None:
        """What an ID token must say beyond any token (section 3.1.3.7)."""
        if not compare_digest(signed.text("nonce").encode(), nonce.encode()):
            raise InvalidCredentials("The ID token belongs to another sign-in.")
        if not signed.text("sub"):
            raise InvalidCredentials("The ID token has no sub.")
        if ("azp" in signed.claims or len(audiences(signed)) > 1) and (
            signed.claims.get("azp") != self._configuration.client_id
        ):
            raise InvalidCredentials("The ID token was given to somebody else.")
        if "at_hash" in signed.claims and signed.claims["at_hash"] != _half_hash(access_token):
            raise InvalidCredentials("The ID token belongs to another access token.")

    async def _with_userinfo(
        self, client: AsyncOAuth2Client, metadata: Metadata, signed: Signed, access_token: str
    ) -> Mapping[str, Any]:
        """The claims, with those of the UserInfo endpoint where uid or groups are missing (section 5.3)."""
        wanted = {self._configuration.uid_claim, self._configuration.groups_claim}
        if not metadata.userinfo or wanted <= signed.claims.keys():
            return signed.claims
        told = await self._wire.get_object(client, metadata.userinfo, access_token=access_token)
        if told.get("sub") != signed.claims["sub"]:
            raise InvalidCredentials("The issuer's UserInfo is about somebody else.")
        return {**told, **signed.claims}

    async def _ask_nextcloud(self, client: AsyncOAuth2Client, metadata: Metadata, access_token: str) -> SignedIn:
        """Core `oauth2`: whose token it is, by OCS."""
        answer = await self._wire.get_object(
            client, f"{metadata.userinfo}?format=json", access_token=access_token, headers={"OCS-APIRequest": "true"}
        )
        try:
            user = dict(answer["ocs"]["data"])
        except (KeyError, TypeError, ValueError) as error:
            raise httpx2.TransportError("no OCS") from error
        return SignedIn(
            user_id=uid_of(user, "id"),
            groups=groups_of(user, "groups"),
            issuer=self._configuration.base_url,
            sid="",
            subject="",
            id_token="",
        )


async def _exchange(client: AsyncOAuth2Client, metadata: Metadata, code: str, verifier: str) -> dict[str, Any]:
    try:
        token = dict(
            await client.fetch_token(
                metadata.token, code=code, code_verifier=verifier, redirect_uri=client.redirect_uri
            )
        )
    except OAuthError as error:
        raise NotAllowed("The issuer refused the sign-in. Begin it again.") from error
    except (ValueError, RecursionError) as error:
        raise httpx2.TransportError("no token answer") from error
    if not isinstance(token.get("access_token"), str) or str(token.get("token_type", "")).lower() != "bearer":
        raise httpx2.TransportError("no access token")
    return token


def _half_hash(text: str) -> str:
    """`at_hash` for the algorithms that are allowed, all of which use SHA-256 (section 3.1.3.6)."""
    digest = hashlib.sha256(text.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
