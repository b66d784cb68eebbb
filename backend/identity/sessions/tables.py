"""The tables of sessions, their refresh tokens, and what was revoked."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class SessionRow(Base):
    """One session, kept until `expires_at`, when its last refresh token is over. `id_token` is sealed by the vault."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_user_id", "user_id"),
        Index("ix_sessions_issuer_issuer_session", "issuer", "issuer_session"),
        Index("ix_sessions_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(255))
    way: Mapped[str] = mapped_column(String(16))
    issuer: Mapped[str] = mapped_column(String(500))
    issuer_session: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    id_token: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RefreshRow(Base):
    """One refresh token by its SHA-256. A used one is kept until it would be over, so that its replay is noticed."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        Index("ix_refresh_tokens_session_id", "session_id"),
        Index("ix_refresh_tokens_expires_at", "expires_at"),
    )

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RevocationRow(Base):
    """What is refused until `until`: all of `key`, or what was issued up to `before`. See `Mark`."""

    __tablename__ = "revocations"
    __table_args__ = (Index("ix_revocations_until", "until"), Index("ix_revocations_made_at", "made_at"))

    key: Mapped[str] = mapped_column(String(900), primary_key=True)
    before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
