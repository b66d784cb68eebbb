"""A key as it is written: who it is for everybody to see, and a secret that only its holder has."""

import hmac
import re
from dataclasses import dataclass
from typing import Self

from backend.identity.tokens import hash_of

# So that a key is known for one wherever it turns up: by us among tokens, by scanners for secrets in a repository.
PREFIX = "vak_"
_FORM = re.compile(PREFIX + r"([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Secret:
    """`id` names the key; `secret` are 256 random bits in base64url, 43 characters."""

    id: str
    secret: str

    @classmethod
    def read(cls, written: str) -> Self | None:
        """The key that is written so; None for what is none."""
        found = _FORM.fullmatch(written)
        return cls(*found.groups()) if found else None

    def written(self) -> str:
        """As its holder keeps and sends it: 80 characters."""
        return f"{PREFIX}{self.id}_{self.secret}"

    def hash(self) -> str:
        """What is stored of it."""
        return hash_of(self.secret)

    def has_hash(self, stored: str) -> bool:
        """Whether it is the one that was stored, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(self.hash(), stored)
