"""Access tokens: signed, short, and read without asking anybody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from backend.errors import NotSignedIn, TokenExpired
from backend.identity.principal import Way

_ISSUER = _AUDIENCE = "voiceassist"
_ALGORITHM = "HS256"
_TYPE = "at+jwt"  # RFC 9068, section 2.1
# Clocks of several machines may differ by this much.
LEEWAY_SECONDS = 10
# Ours have some 500 characters.
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says."""

    user_id: str
    session_id: str
    way: Way
    issued_at: datetime


class AccessTokens:
    """Makes and reads access tokens with one secret of 32 bytes."""

    def __init__(self, secret: bytes, seconds: int, now: Callable[[], datetime]) -> None:
        self.seconds = seconds
        self._key = OctKey.import_key(secret)
        self._now = now
        self._rules = jwt.JWTClaimsRegistry(
            now=lambda: int(now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": _ISSUER},
            aud={"essential": True, "value": _AUDIENCE},
            sub={"essential": True},
            sid={"essential": True},
            jti={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )

    def make(self, access: Access, token_id: str) -> str:
        """A token that is good for `seconds` from when it is issued."""
        issued = int(access.issued_at.timestamp())
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": access.user_id,
            "sid": access.session_id,
            "way": access.way.value,
            "jti": token_id,
            "iat": issued,
            "exp": issued + self.seconds,
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": _TYPE}, claims, self._key)

    def read(self, token: str) -> Access:
        """What it says. Raises `TokenExpired`, or `NotSignedIn` for what is no token of ours."""
        if len(token) > _LONGEST:
            raise NotSignedIn("This is no access token of VoiceAssist: it is too long.")
        try:
            read = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            if read.header.get("typ") != _TYPE:
                raise NotSignedIn("This is no access token of VoiceAssist: its type is another.")
            self._rules.validate(read.claims)
            return Access(
                user_id=str(read.claims["sub"]),
                session_id=str(read.claims["sid"]),
                way=Way(read.claims["way"]),
                issued_at=datetime.fromtimestamp(read.claims["iat"], UTC),
            )
        except ExpiredTokenError as error:
            raise TokenExpired("The access token is over. Refresh it, or sign in again.") from error
        except (JoseError, ValueError, KeyError, TypeError) as error:
            # What it holds is not told: it may be a token of somewhere else.
            raise NotSignedIn("This is no access token of VoiceAssist. Sign in again.") from error
