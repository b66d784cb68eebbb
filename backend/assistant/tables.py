"""The tables of conversations: who asked what, what was answered, and on which passages the answer rests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class ConversationRow(Base):
    """A conversation of one user. `scope` is {"file_ids": [...], "folder_ids": [...]}; empty lists mean all files.

    `folded` is the title as the search in conversations compares it (see `folding`).
    """

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_user_id_updated_at", "user_id", "updated_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(Text)
    scope: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MessageRow(Base):
    """A question (`role` user) or an answer (assistant). `position` counts from 0.

    An answer belongs to one turn; so does a question, to the first that answered it. An answer names its question:
    several answers of one question are its versions, the newest counts. An answer whose `status` is running is being
    made; `last_seq` is the number of the last event of its turn. `answer` holds what `turn.done` said beside text and
    citations, the clarification that was asked among it, and which sentences cite what. `feedback` is what the user
    thought of it: rating, words and when. `folded` is the text as the search compares it.
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
    question_id: Mapped[str | None] = mapped_column(String(36))
    text: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    feedback: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    turn_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(16))
    last_seq: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
