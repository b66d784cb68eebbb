"""What was proposed to users, and what became of it"""

import sqlalchemy as sa
from alembic import op

from backend.database import UtcDateTime

revision = "0030"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.String(length=36), nullable=True),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("confirmation", sa.String(length=128), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("due", UtcDateTime(timezone=True), nullable=True),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("performed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("undo_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("undo_begun", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("emptied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
        sa.UniqueConstraint("key", name=op.f("uq_actions_key")),
    )
    op.create_index("ix_actions_user_id_created_at", "actions", ["user_id", "created_at"])
    op.create_index("ix_actions_user_id_decided_at", "actions", ["user_id", "decided_at"])
    op.create_index("ix_actions_group_id", "actions", ["group_id"])
    op.create_index("ix_actions_conversation_id", "actions", ["conversation_id"])
    op.create_index("ix_actions_state", "actions", ["state"])
    op.create_index("ix_actions_emptied_created_at", "actions", ["emptied", "created_at"])


def downgrade() -> None:
    op.drop_table("actions")
