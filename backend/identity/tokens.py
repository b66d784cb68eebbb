"""Secrets that are given out once and kept as hashes."""

import hashlib
import secrets

# 256 bits.
_BYTES = 32
TOKEN_LENGTH = 43


def new_token() -> str:
    """A token of 256 random bits; URL-safe, `TOKEN_LENGTH` characters."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hexadecimal.

    A slow hash is for what people think up, of which there are few enough to try. Nobody can try 80 random bits and
    more, so a slow one would only make each request dear.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
