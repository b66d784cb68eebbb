"""What a request may carry: so many bytes, in good time, not compressed, and nothing that can be read in two ways."""

import asyncio
from collections import Counter
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.envelope import ErrorBody, failed
from backend.errors import ErrorCode

# The longest mail that may be written has a quarter of it.
_MOST_BYTES = 4 * 2**20
# A body may pause for so long, and take so long in all (seconds); large ones longer.
_PAUSE_SECONDS = 20.0
_WHOLE_SECONDS = 60.0
_WHOLE_LARGE_SECONDS = 600.0
# Whoever reads the first one and whoever reads the last one would see different requests.
_ONCE = frozenset(
    {
        *(b"host", b"origin", b"authorization", b"content-length", b"content-type", b"content-encoding"),
        *(b"transfer-encoding", b"authorization-app-api", b"ex-app-id", b"x-requested-with"),
    }
)


class RequestBodies:
    """Refuses what is too large (413), too slow (408), compressed (415) or ambiguous (400).

    `large` says which paths take larger bodies (bytes). `most`, `pause` and `whole` are for all others.
    """

    def __init__(
        self,
        app: ASGIApp,
        large: Mapping[str, int],
        most: int = _MOST_BYTES,
        pause: float = _PAUSE_SECONDS,
        whole: float = _WHOLE_SECONDS,
    ) -> None:
        self.app = app
        self._large = large
        self._most = most
        self._pause = pause
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self._large.get(scope["path"], self._most)
        refusal = _refusal(scope["headers"], most)
        if refusal is not None:
            status, reason = refusal
            await failed(ErrorBody(code=ErrorCode.VALIDATION_ERROR, message=reason), status)(scope, receive, send)
            return
        whole = _WHOLE_LARGE_SECONDS if scope["path"] in self._large else self._whole
        await self.app(scope, self._bounded(receive, most, whole), send)

    def _bounded(self, receive: Receive, most: int, whole: float) -> Receive:
        """As `receive`, until the body is there. An `HTTPException` goes through to the handlers of errors."""
        ends = asyncio.get_running_loop().time() + whole
        size = 0
        complete = False

        async def bounded() -> Message:
            nonlocal size, complete
            if complete:
                return await receive()
            left = ends - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(max(0.0, min(self._pause, left))):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The rest of the request did not come in time.") from None
            size += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if size > most:
                raise HTTPException(413, _too_large(most))
            return message

        return bounded


def _refusal(headers: list[tuple[bytes, bytes]], most: int) -> tuple[int, str] | None:
    """Status and reason, for what shows before the body comes."""
    times = Counter(name for name, _ in headers)
    twice = next((name for name in times if times[name] > 1 and name in _ONCE), None)
    if twice is not None:
        return 400, f"The header {twice.decode()!r} was sent more than once."
    given = dict(headers)
    if b"content-length" in given and b"transfer-encoding" in given:
        return 400, "A request has either a length or a transfer encoding."
    encoding = given.get(b"content-encoding", b"identity").strip().lower()
    if encoding != b"identity":
        return 415, "Send the request as it is: compressed ones are not unpacked here."
    length = given.get(b"content-length", b"0")
    if length.isdigit() and int(length[:20]) > most:
        return 413, _too_large(most)
    return None


def _too_large(most: int) -> str:
    return f"The request is too large: at most {most // 2**20} MB are taken here."
