"""Local accounts"""

import sqlalchemy as sa
from alembic import op

from backend.database import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("password_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("roles", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "account_registrations",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_account_registrations")),
    )
    op.create_index("ix_account_registrations_email", "account_registrations", ["email"])
    op.create_index("ix_account_registrations_expires_at", "account_registrations", ["expires_at"])
    op.create_table(
        "account_resets",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        _of_account("account_resets"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_account_resets")),
    )
    op.create_index("ix_account_resets_user_id", "account_resets", ["user_id"])
    op.create_index("ix_account_resets_expires_at", "account_resets", ["expires_at"])
    op.create_table(
        "account_failures",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_account_failures")),
    )
    op.create_index("ix_account_failures_last_at", "account_failures", ["last_at"])
    op.create_table(
        "account_challenges",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("webauthn", sa.String(length=128), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        _of_account("account_challenges"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_account_challenges")),
    )
    op.create_index("ix_account_challenges_user_id_purpose", "account_challenges", ["user_id", "purpose"])
    op.create_index("ix_account_challenges_expires_at", "account_challenges", ["expires_at"])
    op.create_table(
        "account_factors",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("verifies_user", sa.Boolean(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        _of_account("account_factors"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_factors")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_account_factors_credential_id")),
    )
    op.create_index("ix_account_factors_user_id", "account_factors", ["user_id"])
    op.create_table(
        "account_recovery_codes",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        _of_account("account_recovery_codes"),
        sa.PrimaryKeyConstraint("user_id", "hash", name=op.f("pk_account_recovery_codes")),
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["accounts.user_id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in (
        "account_recovery_codes",
        "account_factors",
        "account_challenges",
        "account_failures",
        "account_resets",
        "account_registrations",
        "accounts",
    ):
        op.drop_table(table)
