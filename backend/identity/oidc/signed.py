"""Signed tokens of the issuer (RFC 7515, RFC 7519): whether it made one, for whom, and when."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from backend.errors import InvalidCredentials, TokenExpired
from backend.identity.oidc.keys import Keys

# The largest token that a header or a form can bring; groups make tokens long.
_MOST_CHARACTERS = 16_000


class _Registry(jws.JWSRegistry):
    """Header parameters that we do not know are no fault (RFC 7515, section 4); critical ones are."""

    max_header_length = 4_096


@dataclass(frozen=True, slots=True)
class Signed:
    """The claims of a token whose signature, issuer, audience and times are right."""

    claims: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A claim that is a text; empty where there is none."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""

    def time(self, name: str) -> float:
        """A claim that is a time, in seconds since 1970. Raises `InvalidCredentials` where it is none."""
        value = self.claims.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InvalidCredentials(f"The token has no {name}.")
        return float(value)


class Verifier:
    """Verifies tokens of one issuer. What is wrong with one is told, none of its content is."""

    def __init__(
        self, issuer: str, algorithms: frozenset[str], leeway: int, keys: Keys, clock: Callable[[], datetime]
    ) -> None:
        """`leeway` is how far its clock and ours may be apart, in seconds."""
        self._issuer = issuer
        self._algorithms = algorithms
        self._leeway = leeway
        self._keys = keys
        self._clock = clock
        self._registry = _Registry(algorithms=algorithms, strict_check_header=False)

    async def verify(self, token: str, types: frozenset[str], audience: str) -> Signed:
        """The token's claims.

        `types` are what its header may say it is, in lower case and without `application/` (RFC 8725, section 3.11);
        "" stands for nothing said. Raises `InvalidCredentials` or, for a token that was good once, `TokenExpired`.
        """
        signed = Signed(await self._content(token, types))
        if signed.claims.get("iss") != self._issuer:
            raise InvalidCredentials("The token was made by another issuer than NEXTCLOUD_OIDC_ISSUER.")
        if audience not in audiences(signed):
            raise InvalidCredentials("The token is meant for somebody else.")
        now = self._clock().timestamp()
        for name in ("iat", *(["nbf"] if "nbf" in signed.claims else [])):
            if signed.time(name) > now + self._leeway:
                raise InvalidCredentials(f"The token's {name} lies in the future. Compare the clocks.")
        self.check_not_expired(signed.time("exp"))
        return signed

    def check_not_expired(self, expires_at: float) -> None:
        """Raises `TokenExpired`."""
        if expires_at <= self._clock().timestamp() - self._leeway:
            raise TokenExpired("The token has expired.")

    async def _content(self, token: str, types: frozenset[str]) -> dict[str, Any]:
        if len(token) > _MOST_CHARACTERS or not token.isascii():
            raise InvalidCredentials("This is no token.")
        try:
            parsed = jws.extract_compact(token.encode(), registry=self._registry)
        except (JoseError, ValueError, RecursionError) as error:
            raise InvalidCredentials("This is no token.") from error
        header = parsed.headers()
        algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise InvalidCredentials("The token is not signed with an algorithm that is allowed here.")
        if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in types:
            raise InvalidCredentials("The token is of another kind.")
        if not (kid is None or isinstance(kid, str)):
            raise InvalidCredentials("The token names no key.")
        keys = await self._keys.fitting(kid, algorithm)
        try:
            made = any(jws.validate_compact(parsed, key, registry=self._registry) for key in keys)
            claims = json.loads(parsed.payload) if made else None
        except (JoseError, ValueError, RecursionError) as error:
            raise InvalidCredentials("The token cannot be read.") from error
        if not isinstance(claims, dict):
            raise InvalidCredentials("The token's signature is not the issuer's.")
        return claims


def audiences(signed: Signed) -> tuple[str, ...]:
    """Whom a token is meant for (RFC 7519, section 4.1.3)."""
    value = signed.claims.get("aud")
    listed = value if isinstance(value, list) else [value]
    return tuple(item for item in listed if isinstance(item, str))
