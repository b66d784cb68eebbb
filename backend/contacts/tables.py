"""The tables of the contacts slice: the copy of each user's address books, kept in step with the server."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, UtcDateTime


class CopyRow(Base):
    """That a user's address books were copied, and when they were last compared. `version` grows with each change."""

    __tablename__ = "contact_copies"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    compared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BookRow(Base):
    """An address book as it was last read: `tag` changes with its contents, `token` asks for what changed since."""

    __tablename__ = "contact_books"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    href: Mapped[str] = mapped_column(String(1024), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    writable: Mapped[bool] = mapped_column(Boolean)
    tag: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)


class ContactRow(Base):
    """A card. `person` is what it says, as JSON; None for one that is nobody's (a group) or cannot be read."""

    __tablename__ = "contacts"
    __table_args__ = (Index(None, "user_id", "book"),)

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    href: Mapped[str] = mapped_column(String(1024), primary_key=True)
    book: Mapped[str] = mapped_column(String(1024))
    etag: Mapped[str] = mapped_column(Text)
    person: Mapped[str | None] = mapped_column(Text)
