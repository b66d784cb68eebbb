"""The keys of the audit: what entries are hashed with, and what checkpoints are signed with.

Each secret gives three keys (HKDF, RFC 5869): one for entries, one for the head, an Ed25519 key (RFC 8032) for
checkpoints. The newest one writes; all of them verify, so a replaced one is kept as long as its entries are.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.errors import BadInput
from backend.vault import own_keys

_FILE = "audit.key"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """What one secret gives. `id` is public and says nothing about it."""

    id: str
    entries: bytes
    head: bytes
    checkpoints: Ed25519PrivateKey

    @classmethod
    def of(cls, secret: bytes) -> "Key":
        """The keys of a secret of 32 bytes."""
        checkpoints = Ed25519PrivateKey.from_private_bytes(_derived(secret, b"checkpoints"))
        public = checkpoints.public_key().public_bytes_raw()
        name = hashlib.sha256(public).hexdigest()[:16]
        return cls(name, _derived(secret, b"entries"), _derived(secret, b"head"), checkpoints)

    def entry_hash(self, canonical: bytes) -> str:
        """HMAC-SHA-256 of an entry's canonical content."""
        return hmac.digest(self.entries, canonical, "sha256").hex()

    def head_mac(self, canonical: bytes) -> str:
        """HMAC-SHA-256 of the head's canonical content."""
        return hmac.digest(self.head, canonical, "sha256").hex()


class Keys:
    """All keys, the newest first."""

    def __init__(self, secrets: Sequence[str], source: str = "AUDIT_KEY") -> None:
        """`secrets` are 32 bytes each, in URL-safe Base64. Raises `BadInput` for one that is not; `source` has them."""
        found = [Key.of(_secret(one, source)) for one in secrets]
        if not found:
            raise BadInput(f"{source} holds no key.", field="audit_key")
        self.newest = found[0]
        self._by_id = {key.id: key for key in found}

    def get(self, key_id: str) -> Key | None:
        """The key of this name, if we have it."""
        return self._by_id.get(key_id)

    def all(self) -> Sequence[Key]:
        """All of them, the newest first."""
        return list(self._by_id.values())


def open_keys(keys: str, storage: Path) -> Keys:
    """The keys of AUDIT_KEY (separated by commas, the newest first), or those in a file of their own in `storage`.

    The file is made at the first use. It may hold several as well, one a line, the newest first.
    """
    given = [key for part in keys.split(",") if (key := part.strip())]
    if given:
        return Keys(given)
    file = storage / _FILE
    return Keys(own_keys(file), f"The file {file}")


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"voiceassist audit " + purpose).derive(secret)


def _secret(text: str, source: str) -> bytes:
    try:
        secret = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != _SECRET_BYTES:
        raise BadInput(
            f"{source} holds something that is no key. Bring back the one from your backup, or make a new one to put "
            'before it: python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
            field="audit_key",
        )
    return secret
