"""What the routes of keys take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from backend.identity.keys.service import KeyInfo


class KeyView(BaseModel):
    """A key of yours. `used_at` is right to a quarter of an hour."""

    id: str
    name: str
    read_only: bool
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    @classmethod
    def of(cls, key: KeyInfo) -> "KeyView":
        return cls(
            id=key.id,
            name=key.name,
            read_only=key.read_only,
            made_at=key.made_at,
            expires_at=key.expires_at,
            used_at=key.used_at,
        )


class NewKey(BaseModel):
    """The key that is wanted: what its user calls it, when it ends by itself, and whether it may only read."""

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]
    expires_at: AwareDatetime | None = None
    read_only: bool = False


class MadeKey(BaseModel):
    """`key` is what a program sends as `Authorization: Bearer …`. It is told this once."""

    key: str = Field(examples=["vak_0f8fad5bd9cb469fa16570867728950e_5xYb2i0dBzJ4WxR8bTq3uQwKz9mVhN1cLpE7sAoGf6k"])
    info: KeyView
