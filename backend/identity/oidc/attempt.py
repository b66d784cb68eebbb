"""A sign-in that was begun: what must be known when the user comes back, sealed in a cookie of that browser."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import urlsplit

from authlib.common.security import generate_token

from backend.errors import NotAllowed, Unavailable
from backend.identity.oidc.seen import Seen
from backend.vault import Vault

COOKIE = "__Host-voiceassist-sign-in"
# Who signs in, with a second factor and a password that must be looked for, has this long.
LASTS = timedelta(minutes=10)
# A browser keeps 4 KB of a cookie, and sealing makes text a third longer.
_LONGEST_PATH = 1_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """`state` ties the way back to the browser, `nonce` the ID token to it, and `verifier` the code (RFC 7636)."""

    state: str
    nonce: str
    verifier: str
    return_to: str
    begun_at: float


class Attempts:
    """Begins attempts, and takes each back once."""

    def __init__(self, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock
        self._used = Seen(clock)

    def begin(self, return_to: str) -> tuple[Attempt, str]:
        """A new attempt, and the value of its cookie."""
        attempt = Attempt(
            state=generate_token(43),
            nonce=generate_token(43),
            verifier=generate_token(64),
            return_to=return_to,
            begun_at=self._clock().timestamp(),
        )
        return attempt, self._vault.seal(json.dumps(asdict(attempt)))

    def take(self, cookie: str, state: str) -> Attempt:
        """The attempt that comes back with `state`.

        Raises `NotAllowed` where it was not begun in this browser, took too long, or came back before.
        """
        try:
            attempt = Attempt(**json.loads(self._vault.open(cookie)))
        except (Unavailable, ValueError, TypeError) as error:
            raise NotAllowed("This sign-in was not begun in this browser. Begin it again.") from error
        if not compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            raise NotAllowed("This sign-in was not begun in this browser. Begin it again.")
        ends_at = attempt.begun_at + LASTS.total_seconds()
        if ends_at <= self._clock().timestamp() or not self._used.add(attempt.state, ends_at):
            raise NotAllowed("This sign-in took too long, or was finished before. Begin it again.")
        return attempt


def is_own_path(path: str) -> bool:
    """Whether a browser that is sent to `path` stays with us (WHATWG URL: it takes a backslash for a slash)."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or len(path) > _LONGEST_PATH:
        return False
    if not path.isprintable() or " " in path:  # a browser removes tabs and line ends, and `/<tab>/host` is another host
        return False
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
