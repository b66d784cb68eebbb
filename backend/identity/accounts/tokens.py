"""Secrets that are given out once and kept as hashes."""

import hashlib
import secrets

# 256 bits.
_BYTES = 32
TOKEN_LENGTH = 43


def new_token() -> str:
    """A token for a link or for the second step of a sign-in; URL-safe, `TOKEN_LENGTH` characters."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """SHA-256 in hexadecimal: enough for secrets of 80 random bits and more, which nobody guesses."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
