"""The tables of conversations: who asked what, what was answered, and on which passages the answer rests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class ConversationRow(Base):
    """A conversation of one user. `scope` is {"file_ids": [...], "folder_ids": [...]}; empty lists mean all files."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_user_id_updated_at", "user_id", "updated_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(200))
    scope: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MessageRow(Base):
    """A question (`role` user) or an answer (assistant). Both belong to a turn; `position` counts from 0.

    An answer whose `status` is running is being made; `last_seq` is the number of the last event of its turn. `answer`
    holds what `turn.done` said beside text and citations (model, confidence, answered, note, searched_for, and the
    clarification that was asked), which sentences cite what, and the ids of the files that `searched_for` and
    `clarification` take words from.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id_position", "conversation_id", "position", unique=True),
        Index("ix_messages_turn_id", "turn_id"),
        Index("ix_messages_status", "status"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    turn_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(16))
    last_seq: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
