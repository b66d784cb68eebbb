"""Checkpoints: where the audit stood at a moment, signed, to be kept where nobody who could change it can reach them.

Ed25519 (RFC 8032) rather than a keyed hash: whoever keeps checkpoints can verify them with the public key alone, and
cannot make any.
"""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.audit.chain import Head
from backend.audit.keys import Key
from backend.errors import BadInput


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At `at` the newest entry was number `sequence`, with this hash.

    `public_key` (Base64) is that of the key `key_id`; the signature (Base64) is over the canonical JSON (RFC 8785) of
    the other fields. Fields are in the order of RFC 8785.
    """

    at: str
    hash: str
    key_id: str
    public_key: str
    sequence: int
    signature: str = ""

    def signed_content(self) -> bytes:
        """What the signature covers."""
        fields = msgspec.structs.asdict(self)
        del fields["signature"]
        return msgspec.json.encode(fields)

    def is_signed_by(self, public: Ed25519PublicKey) -> bool:
        """Whether the holder of that key said so."""
        try:
            public.verify(base64.b64decode(self.signature, validate=True), self.signed_content())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def sign(head: Head, key: Key, at: str) -> Checkpoint:
    """A checkpoint of the audit as it stands."""
    public = base64.b64encode(key.checkpoints.public_key().public_bytes_raw()).decode()
    unsigned = Checkpoint(at, head.hash, key.id, public, head.sequence)
    signature = key.checkpoints.sign(unsigned.signed_content())
    return msgspec.structs.replace(unsigned, signature=base64.b64encode(signature).decode())


def as_line(checkpoint: Checkpoint) -> str:
    """The checkpoint as a line of its file."""
    return msgspec.json.encode(checkpoint).decode() + "\n"


def read_checkpoints(lines: Iterable[str], source: str) -> list[Checkpoint]:
    """The checkpoints in lines of JSON. Raises `BadInput` that names the line which is none."""
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(msgspec.json.decode(line, type=Checkpoint))
        except msgspec.MsgspecError as error:
            raise BadInput(f"{source}, line {number}, is no checkpoint: {error}.") from error
    if not found:
        raise BadInput(f"{source} holds no checkpoint.")
    return found


def read_file(file: Path) -> list[Checkpoint]:
    """The checkpoints of a file. Raises `BadInput` when it cannot be read or has a line that is none."""
    try:
        return read_checkpoints(file.read_text("utf-8").splitlines(), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The checkpoints in {file} cannot be read ({type(error).__name__}).") from error
