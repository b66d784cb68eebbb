"""The table of keys."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class KeyRow(Base):
    """One key by the hash of its secret. `user_id` is the name that its user signs in with.

    `expires_at` is None for one without an end. One that is over is kept for a while, so that whoever still sends it is
    told what became of it.
    """

    __tablename__ = "keys"
    __table_args__ = (Index("ix_keys_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100))
    read_only: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
