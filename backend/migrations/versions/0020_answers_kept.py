"""Answers name their question and carry feedback; conversations can be searched"""

import sqlalchemy as sa
from alembic import op

from backend.assistant.folding import folded

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

_BATCH = 500


def upgrade() -> None:
    # In place: SQLite's way by a copy drops the old table, and with it, by cascade, the messages of conversations.
    op.add_column("conversations", sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("question_id", sa.String(length=36), nullable=True))
    op.add_column("messages", sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("feedback", sa.JSON(), nullable=True))
    op.execute(
        "UPDATE messages SET question_id = (SELECT asked.id FROM messages AS asked "
        "WHERE asked.turn_id = messages.turn_id AND asked.role = 'user') WHERE role = 'assistant'"
    )
    _fold("conversations", "title")
    _fold("messages", "text")


def _fold(table: str, column: str) -> None:
    """Fill the column in which the search looks, in Python: no database folds like another."""
    rows = sa.table(table, sa.column("id"), sa.column(column), sa.column("folded"))
    change = sa.update(rows).where(rows.c.id == sa.bindparam("row_id")).values(folded=sa.bindparam("row_folded"))
    connection = op.get_bind()
    found = connection.execute(sa.select(rows.c.id, rows.c[column])).all()
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]
        connection.execute(change, [{"row_id": row_id, "row_folded": folded(text)} for row_id, text in batch])


def downgrade() -> None:
    op.drop_column("messages", "feedback")
    op.drop_column("messages", "folded")
    op.drop_column("messages", "question_id")
    op.drop_column("conversations", "folded")
