"""The tables of local accounts, what proves them, and what waits for an answer."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class AccountRow(Base):
    """One account, whose address was proven. `password` is a hash (PHC string, or bcrypt's), "" before there is one;
    `password_at` is when its owner set it. `roles` are separated by spaces.
    """

    __tablename__ = "accounts"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    password: Mapped[str] = mapped_column(String(255))
    password_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    roles: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RegistrationRow(Base):
    """A registration whose address is not proven yet, by the SHA-256 of the token in its mail."""

    __tablename__ = "account_registrations"
    __table_args__ = (
        Index("ix_account_registrations_email", "email"),
        Index("ix_account_registrations_expires_at", "expires_at"),
    )

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(100))
    password: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ResetRow(Base):
    """Leave to set a password, by the SHA-256 of the token in the link."""

    __tablename__ = "account_resets"
    __table_args__ = (
        Index("ix_account_resets_user_id", "user_id"),
        Index("ix_account_resets_expires_at", "expires_at"),
    )

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("accounts.user_id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FailuresRow(Base):
    """Failed sign-ins in a row for an address (by its SHA-256), whether it has an account or not."""

    __tablename__ = "account_failures"
    __table_args__ = (Index("ix_account_failures_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChallengeRow(Base):
    """What waits for a second factor ("login") or for a new WebAuthn credential ("registration").

    `hash` is the SHA-256 of the client's token, or of the WebAuthn challenge. `webauthn` is that challenge (base64url),
    "" when none was given or it was used.
    """

    __tablename__ = "account_challenges"
    __table_args__ = (
        Index("ix_account_challenges_user_id_purpose", "user_id", "purpose"),
        Index("ix_account_challenges_expires_at", "expires_at"),
    )

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("accounts.user_id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(16))
    webauthn: Mapped[str] = mapped_column(String(128))
    tries: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FactorRow(Base):
    """A second factor: TOTP or a WebAuthn credential. It counts once `confirmed`.

    TOTP: `secret` (base32) is sealed by the vault, `counter` the last time step whose code was used (RFC 6238).
    WebAuthn: `credential_id` and `public_key` (COSE) in base64url, `counter` the signature counter; `verifies_user`
    when the authenticator checked who holds it as it was added, so that it must each time.
    """

    __tablename__ = "account_factors"
    __table_args__ = (Index("ix_account_factors_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("accounts.user_id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    secret: Mapped[str] = mapped_column(Text)
    credential_id: Mapped[str | None] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    counter: Mapped[int] = mapped_column(BigInteger)
    verifies_user: Mapped[bool] = mapped_column(Boolean)
    confirmed: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCodeRow(Base):
    """A recovery code that was not used, by its SHA-256 (80 random bits)."""

    __tablename__ = "account_recovery_codes"

    user_id: Mapped[str] = mapped_column(ForeignKey("accounts.user_id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
