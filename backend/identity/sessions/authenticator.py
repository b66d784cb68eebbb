"""Who a request is from by its access token: as a bearer's (RFC 6750), or in a browser's cookie."""

from starlette.requests import HTTPConnection

from backend.errors import TokenExpired
from backend.identity.principal import Principal
from backend.identity.sessions.cookies import access_of
from backend.identity.sessions.service import SessionService

_SCHEME = "bearer "
# Where a connection remembers the session that it was opened with; no client can set it.
_OPENED_WITH = "voiceassist.session"


def bearer_of(request: HTTPConnection) -> str | None:
    """The token in the `Authorization` header."""
    given = request.headers.get("authorization", "")
    return given[len(_SCHEME) :].strip() or None if given[: len(_SCHEME)].lower() == _SCHEME else None


class SessionAuthenticator:
    """Gives the principal of a session of ours, or None for a request that carries no access token."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions

    async def __call__(self, request: HTTPConnection) -> Principal | None:
        """Raises as `Sessions.check`.

        A bearer's token goes before a cookie. What was opened with a good token (a WebSocket, a call, a stream) and
        asks again goes on after the token's end, as long as the session lives.
        """
        token = bearer_of(request) or access_of(request)
        if token is None:
            return None
        try:
            principal = await self._sessions.check(token)
        except TokenExpired:
            opened_with = request.scope.get(_OPENED_WITH)
            if opened_with is None:
                raise
            return await self._sessions.standing(opened_with)
        request.scope[_OPENED_WITH] = principal.session_id
        return principal
