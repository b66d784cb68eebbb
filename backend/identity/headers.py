"""What every answer tells browsers, so that nothing of ours runs, is framed or is read where it should not be."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    # AppAPI hands our scripts and pictures out from Nextcloud's own origin, so they are of the same origin there too.
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
}
# An answer of the API that is opened as a page shows nothing and runs nothing.
_API = {b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'"}
_API_PREFIX = "/api/"


class SecurityHeaders:
    """Adds the headers that an answer does not bring itself.

    With `hsts_seconds` browsers are told to come by TLS only from now on (RFC 6797), in answers to requests that came
    by TLS: to this process, or to a trusted proxy (`OriginMiddleware`, which must come first).
    """

    def __init__(self, app: ASGIApp, hsts_seconds: int = 0) -> None:
        self.app = app
        self._hsts = f"max-age={hsts_seconds}".encode() if hsts_seconds else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = dict(_ALWAYS)
        if scope["path"].startswith(_API_PREFIX):
            wanted |= _API
        if self._hsts and scope["scheme"] == "https":
            wanted[b"strict-transport-security"] = self._hsts

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(name, value) for name, value in wanted.items() if name not in given]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self.app(scope, receive, send_with_headers)
