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
            made = [Fernet(key) for key in keys]
            self._newest, self._fernet = made[0], MultiFernet(made)
        except ValueError as error:
            raise BadInput(
                f"{source} holds something that is no key. Bring back the one from your backup, or make a new one: "
                'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
                field="secrets_key",
            ) from error

        self._secret = keys[0]

    def derive(self, purpose: str) -> bytes:
        """A secret of 32 bytes for one purpose, out of the newest key (HKDF, RFC 5869)."""
        info = b"voiceassist " + purpose.encode()
        return HKDF(SHA256(), 32, salt=None, info=info).derive(self._secret.encode())

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

    def is_newest(self, sealed: str) -> bool:
        """Whether it is sealed with the newest key already."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def open_vault(keys: str, storage: Path) -> Vault:
    """The vault for SECRETS_KEY (keys separated by commas, the newest first), or with a key of its own in `storage`."""
    given = [key for part in keys.split(",") if (key := part.strip())]
    if given:
        return Vault(given)
    file = storage / _FILE
    return Vault(own_keys(file), f"The file {file}")


def add_own_key(storage: Path) -> None:
    """Put a new key before the one in `storage`. What is there when a rotation was interrupted is the new one."""
    file = storage / _FILE
    keys = own_keys(file)
    if len(keys) == 1:
        _write(file, [Fernet.generate_key().decode(), *keys])


def drop_old_keys(storage: Path) -> None:
    """Keep the newest key in `storage`. What is sealed with another one is lost."""
    file = storage / _FILE
    _write(file, own_keys(file)[:1])


def _write(file: Path, keys: Sequence[str]) -> None:
    """All or nothing: a crash leaves the file as it was."""
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    made.touch(mode=0o600)
    with made.open("w", encoding="ascii") as out:
        out.write("\n".join(keys))
        out.flush()
        os.fsync(out.fileno())
    made.replace(file)


def own_keys(file: Path) -> list[str]:
    """The keys in this file, one a line, the newest first. One is made at the first use.

    Processes that start together agree on it.
    """
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
    return file.read_text("ascii", "replace").split() or [""]  # a damaged one is refused as no key
