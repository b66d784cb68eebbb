"""A session's tokens as a browser's cookies, which no script of a page can read.

The prefix `__Host-` (RFC 6265bis, section 4.1.3.2) lets a browser take them only over TLS (or from loopback), for the
whole host, and from no other host of the domain.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from backend.identity.session import Tokens

ACCESS = "__Host-voiceassist-access"
REFRESH = "__Host-voiceassist-refresh"


def set_tokens(response: Response, tokens: Tokens) -> None:
    """Give the browser both tokens, each for as long as it is good."""
    for name, value, seconds in (
        (ACCESS, tokens.access, tokens.access_seconds),
        (REFRESH, tokens.refresh, tokens.refresh_seconds),
    ):
        response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def clear_tokens(response: Response) -> None:
    """Take both tokens from the browser."""
    for name in (ACCESS, REFRESH):
        response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def access_of(request: HTTPConnection) -> str | None:
    """The access token in the request's cookies."""
    return request.cookies.get(ACCESS) or None


def refresh_of(request: HTTPConnection) -> str | None:
    """The refresh token in the request's cookies."""
    return request.cookies.get(REFRESH) or None
