"""What users see beside their homes, and who crawls it"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roots",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("node_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=255), nullable=False),
        sa.Column("presence", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "node_id", name=op.f("pk_roots")),
    )
    with op.batch_alter_table("roots", schema=None) as batch_op:
        batch_op.create_index("ix_roots_node_id", ["node_id"], unique=False)
        batch_op.create_index("ix_roots_parent", ["user_id", "parent_id"], unique=False)

    op.create_table(
        "mounts",
        sa.Column("node_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_mounts")),
    )
    with op.batch_alter_table("mounts", schema=None) as batch_op:
        batch_op.create_index("ix_mounts_user_id", ["user_id"], unique=False)

    with op.batch_alter_table("folders", schema=None) as batch_op:
        batch_op.create_index("ix_folders_folder_id", ["folder_id"], unique=False)

    # Without a digest the rules count as new: every folder is looked into once more, and shares become roots.
    with op.batch_alter_table("crawls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rules", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("crawls", schema=None) as batch_op:
        batch_op.drop_column("rules")

    with op.batch_alter_table("folders", schema=None) as batch_op:
        batch_op.drop_index("ix_folders_folder_id")

    with op.batch_alter_table("mounts", schema=None) as batch_op:
        batch_op.drop_index("ix_mounts_user_id")

    op.drop_table("mounts")
    with op.batch_alter_table("roots", schema=None) as batch_op:
        batch_op.drop_index("ix_roots_parent")
        batch_op.drop_index("ix_roots_node_id")

    op.drop_table("roots")
