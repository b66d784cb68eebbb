"""The issuer's public keys (RFC 7517), as they change."""

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from backend.errors import Unavailable

PublicKey = RSAKey | ECKey

# A key that an issuer takes back is believed for this long at most, while it answers.
_KEPT = timedelta(minutes=15)
# An issuer that does not answer takes nothing back. After this it is not the issuer that we knew.
_KEPT_WITHOUT_ANSWER = timedelta(hours=24)
# Anybody can name a key that does not exist; the issuer is asked no more often than this.
_PAUSE = timedelta(seconds=10)
# What is shorter can be factored (NIST SP 800-131A).
_FEWEST_BITS = 2048
_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}


class Keys:
    """Keeps the keys, and asks again for one that it does not know. `generation` changes whenever they do."""

    def __init__(self, fetch: Callable[[], Awaitable[dict[str, Any]]], clock: Callable[[], datetime]) -> None:
        """`fetch` brings the issuer's JWKS document, or raises `Unavailable`."""
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: tuple[PublicKey, ...] = ()
        self._asked_at: datetime | None = None
        self._told_at: datetime | None = None
        self.generation = 0

    async def fitting(self, kid: str | None, algorithm: str) -> tuple[PublicKey, ...]:
        """The keys that may have made a signature. Raises `Unavailable` where the issuer never told any."""
        await self.freshen()
        found = self._of(kid, algorithm)
        if not found:
            await self._ask(_PAUSE)
            found = self._of(kid, algorithm)
        return found

    async def freshen(self) -> None:
        """Ask when the keys are older than they may be."""
        if self._told_at is None or self._clock() - self._told_at >= _KEPT:
            await self._ask(_PAUSE)
        if self._told_at is None or self._clock() - self._told_at >= _KEPT_WITHOUT_ANSWER:
            raise Unavailable("The server that users sign in at does not tell its keys.", retry_after=_PAUSE.seconds)

    async def _ask(self, pause: timedelta) -> None:
        async with self._lock:  # who waits here finds that the one before has asked
            now = self._clock()
            if self._asked_at is not None and now - self._asked_at < pause:
                return
            self._asked_at = now
            try:
                keys = _read(await self._fetch())
            except Unavailable:
                return
            if [key.as_dict() for key in keys] != [key.as_dict() for key in self._keys]:
                self.generation += 1
            self._keys = keys
            self._told_at = now

    def _of(self, kid: str | None, algorithm: str) -> tuple[PublicKey, ...]:
        return tuple(
            key
            for key in self._keys
            if key.key_type == _TYPES[algorithm] and key.alg in (None, algorithm) and (kid is None or key.kid == kid)
        )


def _read(document: dict[str, Any]) -> tuple[PublicKey, ...]:
    """The public keys for signatures. Others, and those that cannot be read or are too weak, are left out."""
    listed = document.get("keys")
    found = []
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and entry.get("use", "sig") == "sig" and (key := _key_of(entry)):
            found.append(key)
    return tuple(found)


def _key_of(entry: dict[str, Any]) -> PublicKey | None:
    kind: type[RSAKey] | type[ECKey]
    if entry.get("kty") == "RSA":
        kind = RSAKey
    elif entry.get("kty") == "EC" and entry.get("crv") == "P-256":
        kind = ECKey
    else:
        return None
    names = ("kty", "use", "alg", "kid", "n", "e", "crv", "x", "y")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about weak keys: they are left out below
            key = kind.import_key({name: entry[name] for name in names if name in entry})
            size = key.public_key.key_size
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if kind is ECKey or size >= _FEWEST_BITS else None
