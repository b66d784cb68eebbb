"""The table of reminders."""

from datetime import datetime

from sqlalchemy import Boolean, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class ReminderRow(Base):
    """One reminder. `moment` is wall-clock time (ISO 8601 without offset) in `zone`, `rule` an RFC 5545 recurrence.

    `next_at` is when it is told next; None when it is not any more. `due_at` is the time that came last, `told_at`
    when a notification of it was sent, `late` that this was well after its time. `key` is that of the action that made
    it. `changed_at` is when its state changed last.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        Index("ix_reminders_user_id_state", "user_id", "state"),
        Index("ix_reminders_next_at", "next_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str] = mapped_column(Text)
    moment: Mapped[str] = mapped_column(String(32))
    zone: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
