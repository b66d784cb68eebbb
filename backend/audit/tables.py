"""The tables of the audit. Their triggers, which refuse what would rewrite it, stand in the migration."""

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.audit.entry import LIMITS
from backend.database import Base

_HASH = 64  # SHA-256 in hexadecimal digits
_KEY_ID = 16
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's own row number


class EntryRow(Base):
    """One entry (see `Content`), and its hash."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_user_id_sequence", "user_id", "sequence"),
        Index("ix_audit_kind_sequence", "kind", "sequence"),
        Index("ix_audit_resource_sequence", "resource", "sequence"),
        Index("ix_audit_at", "at"),
    )

    sequence: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(27))
    user_id: Mapped[str | None] = mapped_column(String(LIMITS["user_id"]))
    kind: Mapped[str] = mapped_column(String(LIMITS["kind"]))
    resource: Mapped[str | None] = mapped_column(String(LIMITS["resource"]))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(LIMITS["address"]))
    agent: Mapped[str] = mapped_column(String(LIMITS["agent"]))
    request_id: Mapped[str] = mapped_column(String(LIMITS["request_id"]))
    details: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(_KEY_ID))
    previous: Mapped[str] = mapped_column(String(_HASH))
    hash: Mapped[str] = mapped_column(String(_HASH))


class HeadRow(Base):
    """The one row that says where the chain begins and ends (see `Head`), under a keyed hash of its own."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(_NUMBER)
    before: Mapped[str] = mapped_column(String(_HASH))
    sequence: Mapped[int] = mapped_column(_NUMBER)
    hash: Mapped[str] = mapped_column(String(_HASH))
    key_id: Mapped[str] = mapped_column(String(_KEY_ID))
    mac: Mapped[str] = mapped_column(String(_HASH))
