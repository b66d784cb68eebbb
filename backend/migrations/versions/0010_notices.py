"""What users have been told of files that failed"""

import sqlalchemy as sa
from alembic import op

from backend.database import UtcDateTime

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_failures",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_told_failures")),
    )
    op.create_table(
        "notices",
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("notice_id", sa.String(length=255), nullable=False),
        sa.Column("told_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notices")),
    )


def downgrade() -> None:
    op.drop_table("notices")
    op.drop_table("told_failures")
