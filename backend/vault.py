"""Secrets at rest: passwords that users give us for other servers, encrypted with a key that can be replaced.

Fernet (AES-128-CBC with HMAC-SHA-256) by `cryptography`. With several keys the first one seals, all of them open.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.errors import BadInput, Unavailable

_FILE = "secrets.key"
_KEY_MISSING = "A stored password cannot be read: its key is missing. Enter the password again."


class Vault:
    """Seals and opens texts. What is sealed is text as well and fits into a column."""

    def __init__(self, keys: Sequence[str], source: str = "SECRETS_KEY") -> None:
        """`keys` are Fernet keys, the newest first, and `source` holds them. Raises `BadInput` for one that is none."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise BadInput(
                f"{source} holds something that is no key. Bring back the one from your backup, or make a new one: "
                'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
                field="secrets_key",
            ) from error

        self._newest = keys[0]

    def derive(self, purpose: str) -> bytes:
        """A secret of 32 bytes for one purpose, out of the newest key (HKDF, RFC 5869)."""
        info = b"voiceassist " + purpose.encode()
        return HKDF(SHA256(), 32, salt=None, info=info).derive(self._newest.encode())

    def seal(self, text: str) -> str:
        """Encrypt with the newest key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt. Raises `Unavailable` when it was sealed with a key that we do not have."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unavailable(_KEY_MISSING) from error

    def renew(self, sealed: str) -> str:
        """The same secret, sealed with the newest key."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unavailable(_KEY_MISSING) from error


def open_vault(keys: str, storage: Path) -> Vault:
    """The vault for SECRETS_KEY (keys separated by commas, the newest first), or with a key of its own in `storage`."""
    given = [key for part in keys.split(",") if (key := part.strip())]
    if given:
        return Vault(given)
    file = storage / _FILE
    return Vault([own_key(file)], f"The file {file}")


def own_key(file: Path) -> str:
    """The key in this file, made at the first use. Two processes that start together agree on one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: processes in two containers may have the same id.
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    if not file.exists():
        made.touch(mode=0o600)
        made.write_bytes(Fernet.generate_key())
        try:
            os.link(made, file)  # fails when it is there by now
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return file.read_text("ascii", "replace").strip()  # a damaged one is refused as no key
