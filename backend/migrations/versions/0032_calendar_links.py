"""Linked external calendars"""

import sqlalchemy as sa
from alembic import op

from backend.database import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("login", sa.String(length=255), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("local", sa.Text(), nullable=False),
        sa.Column("remote_token", sa.Text(), nullable=True),
        sa.Column("local_token", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.Column("synced", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
    )
    op.create_index(op.f("ix_calendar_links_user_id"), "calendar_links", ["user_id"])
    op.create_table(
        "calendar_link_items",
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("uid", sa.String(length=500), nullable=False),
        sa.Column("born", sa.String(length=8), nullable=False),
        sa.Column("local_href", sa.Text(), nullable=False),
        sa.Column("local_etag", sa.Text(), nullable=False),
        sa.Column("local_hash", sa.String(length=64), nullable=False),
        sa.Column("remote_href", sa.Text(), nullable=False),
        sa.Column("remote_etag", sa.Text(), nullable=False),
        sa.Column("remote_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["calendar_links.id"],
            name=op.f("fk_calendar_link_items_link_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("link_id", "uid", name=op.f("pk_calendar_link_items")),
    )
    op.create_table(
        "calendar_link_log",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("link_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("uid", sa.String(length=500), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["calendar_links.id"],
            name=op.f("fk_calendar_link_log_link_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_link_log")),
    )
    op.create_index("ix_calendar_link_log_link_id_at", "calendar_link_log", ["link_id", "at"])


def downgrade() -> None:
    op.drop_table("calendar_link_log")
    op.drop_table("calendar_link_items")
    op.drop_table("calendar_links")
