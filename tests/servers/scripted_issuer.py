"""An issuer that does what a correct one never would: wrong claims, wrong keys, answers without end.

It is ours, over real HTTP, and speaks OpenID Connect or the dialects of Nextcloud (the app `oidc`, core `oauth2`). It
leaves unproved that real issuers speak like this: for OpenID Connect `oidc-provider` shows it.
"""

import asyncio
import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.servers.listening import listening

Claims = dict[str, Any]


def rsa(kid: str) -> RSAKey:
    """A fresh key of the issuer."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@cache
def _first() -> RSAKey:
    """What every issuer begins with: making a key takes some 50 ms."""
    return rsa("first")


class ScriptedIssuer:
    """Answers as its fields say; they may be changed between requests.

    `id_token` makes the ID token out of the claims that a correct one would have. `metadata` is put over the discovery
    document, `token_answer` over the token answer. `faults` maps a path to what is answered there in place of the right
    answer. `asked` are the paths that were asked for.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.user = "alice"
        self.groups = ["doctors"]
        self.key = _first()
        self.published = [self.key]
        self.metadata: Claims = {}
        self.token_answer: Claims = {}
        self.userinfo: Claims | None = None
        self.id_token: Callable[[Claims], str] = self.sign
        self.faults: dict[str, Callable[[], Response]] = {}
        self.asked: list[str] = []
        self.authorizations: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.released = asyncio.Event()

    def sign(self, claims: Claims, **header: str) -> str:
        """A JWT, signed with the present key."""
        return jwt.encode({"alg": "RS256", "kid": str(self.key.kid), **header}, claims, self.key)

    def access_token(self, audience: str, **changes: Any) -> str:
        """An access token as RFC 9068 has it. A change to None takes the claim away."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": self.user,
            "preferred_username": self.user,
            "groups": self.groups,
            "aud": audience,
            "iat": now,
            "exp": now + 300,
            "jti": secrets.token_hex(8),
            "client_id": "outside",
        }
        return self.sign(changed(claims, changes), typ="at+jwt")

    def logout_token(self, client_id: str, *, typ: str = "logout+jwt", **changes: Any) -> str:
        """A logout token as Back-Channel Logout 1.0 has it."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": self.user,
            "sid": "session-1",
            "aud": client_id,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self.sign(changed(claims, changes), typ=typ)

    def approve(self, url: str) -> dict[str, str]:
        """The user says yes at the address that the browser was sent to: what the way back carries."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def build(self) -> FastAPI:
        """The server."""
        app = FastAPI(openapi_url=None)

        @app.middleware("http")
        async def scripted(request: Request, proceed: Any) -> Response:
            self.asked.append(request.url.path)
            self.authorizations.append(request.headers.get("authorization", ""))
            if fault := self.faults.get(request.url.path):
                return fault()
            answer: Response = await proceed(request)
            return answer

        @app.get("/.well-known/openid-configuration")
        @app.get("/index.php/apps/oidc/openid-configuration")
        async def discovery() -> Claims:
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "scopes_supported": ["openid", "profile", "groups"],
                **self.metadata,
            }

        @app.get("/jwks")
        async def jwks() -> Claims:
            return {"keys": [key.as_dict(private=False) for key in self.published]}

        @app.post("/token")
        @app.post("/index.php/apps/oauth2/api/v1/token")
        async def token(request: Request) -> JSONResponse:
            form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            asked = self._codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = urlsafe_b64encode(digest).decode().rstrip("=")
            if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            access = secrets.token_urlsafe(24)
            now = int(time.time())
            claims = {
                "iss": self.url,
                "sub": f"sub-of-{self.user}",
                "aud": asked["client_id"],
                "iat": now,
                "exp": now + 300,
                "nonce": asked.get("nonce", ""),
                "sid": "session-1",
                "preferred_username": self.user,
                "groups": self.groups,
                "at_hash": urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).decode().rstrip("="),
            }
            answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
            return JSONResponse({**answer, "id_token": self.id_token(claims), **self.token_answer})

        @app.get("/userinfo")
        async def userinfo() -> Claims:
            return self.userinfo or {}

        @app.get("/ocs/v2.php/cloud/user")
        async def ocs(request: Request) -> JSONResponse:
            if request.headers.get("ocs-apirequest") != "true" or "Bearer " not in self.authorizations[-1]:
                return JSONResponse({}, 401)
            return JSONResponse({"ocs": {"data": {"id": self.user, "groups": self.groups}}})

        return app

    async def _endless(self) -> AsyncIterator[bytes]:
        while not self.released.is_set():
            yield b" " * 65_536
            await asyncio.sleep(0)  # otherwise it would never be noticed that nobody reads on

    def huge(self) -> Response:
        """An answer without end."""
        return StreamingResponse(self._endless(), media_type="application/json")

    def dripping(self) -> Response:
        """An answer that begins and is never finished."""

        async def slowly() -> AsyncIterator[bytes]:
            while not self.released.is_set():
                yield b" "
                await asyncio.sleep(0.05)

        return StreamingResponse(slowly(), media_type="application/json")

    def elsewhere(self) -> Response:
        """A redirect to the right answer."""
        return RedirectResponse(f"{self.url}/index.php/apps/oidc/openid-configuration")


def changed(claims: Claims, changes: Claims) -> Claims:
    """Claims with changes; what is changed to None is taken away."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


@asynccontextmanager
async def scripted_issuer() -> AsyncIterator[ScriptedIssuer]:
    """A running scripted issuer on a free port."""
    async with listening() as (url, serve):
        issuer = ScriptedIssuer(url)
        async with serve(issuer.build()):
            yield issuer
            issuer.released.set()
