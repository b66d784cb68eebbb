"""The table of actions: what was proposed, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class ActionRow(Base):
    """One action (see `Action`); `draft` and `performed` as `stored` writes them.

    `position` is its place in its group. `revision` grows with every edit. `confirmation` is the client's idempotency
    key of the confirmation that won. `decided_at` is when it was confirmed, dismissed or expired; `begun_at` when it
    began to be done; `undo_begun` when taking it back began last. `emptied`: what it was about was forgotten.
    """

    __tablename__ = "actions"
    __table_args__ = (
        Index("ix_actions_user_id_created_at", "user_id", "created_at"),
        Index("ix_actions_user_id_decided_at", "user_id", "decided_at"),
        Index("ix_actions_group_id", "group_id"),
        Index("ix_actions_conversation_id", "conversation_id"),
        Index("ix_actions_state", "state"),
        Index("ix_actions_emptied_created_at", "emptied", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(255))
    group_id: Mapped[str] = mapped_column(String(36))
    position: Mapped[int] = mapped_column(Integer)
    turn_id: Mapped[str | None] = mapped_column(String(36))
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(100))
    draft: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    confirmation: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    performed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_begun: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    emptied: Mapped[bool] = mapped_column(Boolean)
