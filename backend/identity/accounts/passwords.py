"""Password hashes: argon2id by RFC 9106; bcrypt's are accepted and replaced at the next sign-in."""

import asyncio
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

T = TypeVar("T")

# NIST SP 800-63B, section 5.1.1: at least 8 characters, and at least 64 must be allowed. More than this is no password.
SHORTEST, LONGEST = 8, 256


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash takes: passes over `memory_kib` KiB. Memory is what a guesser cannot save on."""

    time: int
    memory_kib: int


# OWASP Password Storage Cheat Sheet (2024): argon2id with 19 MiB, two passes, one lane.
OWASP_2024 = Cost(time=2, memory_kib=19 * 1024)

# bcrypt reads no further (Provos and Mazières, USENIX 1999); its newer libraries refuse more instead of cutting.
_BCRYPT_BYTES = 72


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the password was right; `renewed` is a hash to keep instead of one that is out of date."""

    right: bool
    renewed: str | None = None


class Passwords:
    """Makes and checks hashes in threads of its own: as many as there are processors, which bounds memory as well."""

    def __init__(self, cost: Cost = OWASP_2024) -> None:
        argon2 = Argon2Hasher(time_cost=cost.time, memory_cost=cost.memory_kib, parallelism=1)
        self._hasher = PasswordHash((argon2, BcryptHasher()))
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="passwords")
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """A new hash of it, as a PHC string."""
        return await self._in_thread(lambda: self._hasher.hash(normal(password)))

    async def verify(self, password: str, known: str) -> Verified:
        """Check it against a hash. Without one ("") as much is done as for one that does not fit."""
        return await self._in_thread(lambda: self._verify(normal(password), known))

    def _verify(self, password: str, known: str) -> Verified:
        if not known:
            self._hasher.verify(password, self._nobodys)
            return Verified(False)
        secret = password.encode()
        try:
            if BcryptHasher.identify(known):
                secret = secret[:_BCRYPT_BYTES]
                right = self._hasher.verify(secret, known)
                return Verified(right, self._hasher.hash(password) if right else None)
            return Verified(*self._hasher.verify_and_update(secret, known))
        except UnknownHashError:
            return Verified(False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def normal(password: str) -> str:
    """What is hashed: the same password typed on another keyboard is the same (NFKC, SP 800-63B section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
