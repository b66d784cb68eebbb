"""Access tokens of the issuer itself, as a resource server takes them (RFC 9068)."""

from collections import OrderedDict
from dataclasses import dataclass

from backend.errors import InvalidCredentials, NotSignedIn
from backend.identity.oidc.claims import groups_of, uid_of
from backend.identity.oidc.configuration import Configuration
from backend.identity.oidc.keys import Keys
from backend.identity.oidc.signed import Verifier

_TYPES = frozenset({"at+jwt"})
# Clients that are active at the same time; a token takes some 3 KB.
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class IssuerToken:
    """What a token of the issuer says. Times are in seconds since 1970; `jti` and `sid` may be empty."""

    user_id: str
    subject: str
    groups: frozenset[str]
    jti: str
    sid: str
    expires_at: float
    issued_at: float


class IssuerTokens:
    """Checks tokens. One whose signature was verified is remembered while the issuer's keys stay as they are."""

    def __init__(self, configuration: Configuration, verifier: Verifier, keys: Keys) -> None:
        self._configuration = configuration
        self._verifier = verifier
        self._keys = keys
        self._known: OrderedDict[str, IssuerToken] = OrderedDict()
        self._generation = 0

    async def check(self, token: str) -> IssuerToken:
        """Whose token it is.

        Raises `TokenExpired`, `NotSignedIn` for what is no token of the issuer for us, `Unavailable`. Whether it was
        revoked is asked elsewhere.
        """
        try:
            await self._keys.freshen()
            if self._generation != self._keys.generation:
                self._known.clear()
                self._generation = self._keys.generation
            if known := self._known.get(token):
                self._verifier.check_not_expired(known.expires_at)
                self._known.move_to_end(token)
                return known
            signed = await self._verifier.verify(token, _TYPES, self._configuration.audience)
            if not signed.text("sub"):
                raise InvalidCredentials("The token has no sub.")
            read = IssuerToken(
                user_id=uid_of(signed.claims, self._configuration.uid_claim),
                subject=signed.text("sub"),
                groups=groups_of(signed.claims, self._configuration.groups_claim),
                jti=signed.text("jti"),
                sid=signed.text("sid"),
                expires_at=signed.time("exp"),
                issued_at=signed.time("iat"),
            )
        except InvalidCredentials as error:
            raise NotSignedIn(error.message) from error
        self._known[token] = read
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return read
