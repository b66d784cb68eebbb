"""Copies of users' address books"""

import sqlalchemy as sa
from alembic import op

from backend.database import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_copies",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("compared_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_contact_copies")),
    )
    op.create_table(
        "contact_books",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("href", sa.String(length=1024), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("writable", sa.Boolean(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "href", name=op.f("pk_contact_books")),
    )
    op.create_table(
        "contacts",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("href", sa.String(length=1024), nullable=False),
        sa.Column("book", sa.String(length=1024), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "href", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts") as batch:
        batch.create_index(batch.f("ix_contacts_user_id_book"), ["user_id", "book"])


def downgrade() -> None:
    op.drop_table("contacts")
    op.drop_table("contact_books")
    op.drop_table("contact_copies")
