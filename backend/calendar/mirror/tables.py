"""The tables of linked calendars: links, which object is which on both sides, and what lost a conflict."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime

# Longer ones are left alone. Calendars make some of 40 to 140 characters.
LONGEST_UID = 500


class LinkKind(StrEnum):
    """How we are let in at the other side."""

    PASSWORD = "password"  # noqa: S105 - the name of a way in
    GOOGLE = "google"


class LinkState(StrEnum):
    """Whether a link is mirrored by itself. A failed one waits for its user: it is never tried again unasked."""

    ACTIVE = "active"
    FAILED = "failed"


class LinkRow(Base):
    """One external calendar and its mirror. `secret` is sealed: a password, or OAuth tokens as JSON."""

    __tablename__ = "calendar_links"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(255), index=True)
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text)
    login: Mapped[str] = mapped_column(String(255))
    secret: Mapped[str] = mapped_column(Text)
    remote: Mapped[str] = mapped_column(Text)
    local: Mapped[str] = mapped_column(Text)
    remote_token: Mapped[str | None] = mapped_column(Text)
    local_token: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    synced: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LinkItemRow(Base):
    """One event on both sides, as it was when they last agreed. `born` is the side on which it was made first."""

    __tablename__ = "calendar_link_items"

    link_id: Mapped[str] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[str] = mapped_column(String(LONGEST_UID), primary_key=True)
    born: Mapped[str] = mapped_column(String(8))
    local_href: Mapped[str] = mapped_column(Text)
    local_etag: Mapped[str] = mapped_column(Text)
    local_hash: Mapped[str] = mapped_column(String(64))
    remote_href: Mapped[str] = mapped_column(Text)
    remote_etag: Mapped[str] = mapped_column(Text)
    remote_hash: Mapped[str] = mapped_column(String(64))


class LinkLogRow(Base):
    """What lost when both sides had changed the same event: sealed, so that nothing is lost."""

    __tablename__ = "calendar_link_log"
    __table_args__ = (Index("ix_calendar_link_log_link_id_at", "link_id", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    link_id: Mapped[str] = mapped_column(ForeignKey("calendar_links.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    uid: Mapped[str] = mapped_column(String(LONGEST_UID))
    side: Mapped[str] = mapped_column(String(8))
    data: Mapped[str] = mapped_column(Text)
