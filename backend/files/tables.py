"""The tables of the files slice: one row per file, folders and roots per user, one row per user about crawling.

There is no table of file × user: who may see a file follows from the folders above it (`ancestry`) and from the few
roots from which a user's view starts.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, ColumnElement, Index, Integer, String, Text, and_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from backend.database import Base, UtcDateTime

# Ancestries are compared by prefix; PostgreSQL can use an index for that in the "C" collation only.
_Ancestry = Text().with_variant(Text(collation="C"), "postgresql")


# The cursor of a folder that somebody else's crawl wants looked into once more: no folder has this ETag. It is not
# overwritten by a look that began before.
LOOK_AGAIN = ""

# The character that follows "/": no ancestry below a prefix sorts behind the prefix with this at its end.
_AFTER_SLASH = "0"


class FileState(StrEnum):
    """Where a file stands on its way into the index, as its owner is told."""

    WAITING = "waiting"
    RUNNING = "running"
    INDEXED = "indexed"
    FAILED = "failed"  # should have been readable; the reason says what is in the way
    SKIPPED = "skipped"  # nothing to index: no text, no document, too large


class Presence(StrEnum):
    """Whether a file or folder is where it was. `MISSING` is not there, but may turn up elsewhere in the same crawl."""

    HERE = "here"
    MISSING = "missing"
    GONE = "gone"


def ancestry(path_ids: tuple[int, ...]) -> str:
    """The ids of a node and all folders above it, outermost first, as text: "/2/17/403/"."""
    return "/" + "".join(f"{node_id}/" for node_id in path_ids)


def path_ids(text: str) -> tuple[int, ...]:
    """The ids in an ancestry, outermost first; the last one is the node's own."""
    return tuple(int(node_id) for node_id in text.strip("/").split("/"))


def below(column: InstrumentedAttribute[str], prefix: str) -> ColumnElement[bool]:
    """That an ancestry is `prefix` or continues it: a range, for which every database uses its index."""
    return and_(column >= prefix, column < prefix.removesuffix("/") + _AFTER_SLASH)


class FileRow(Base):
    """A file, known by Nextcloud's file id.

    `path` is as `user_id` sees it, and `user_id` is somebody as whom it can be fetched. `version` grows when the crawl
    changes the row: a worker that began with an older one does not overwrite what came since. `indexed_etag` is the
    ETag of the version that is in the index (None: nothing is; empty: one that is to be made anew), `moved` tells that
    the index has an old path.
    """

    __tablename__ = "files"
    __table_args__ = (
        Index("ix_files_parent", "parent_id"),
        Index("ix_files_state", "state", "presence"),
        Index("ix_files_presence", "presence", "user_id"),
        Index("ix_files_ancestry", "ancestry"),
    )

    file_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(String(255))
    parent_id: Mapped[int] = mapped_column(BigInteger)
    path: Mapped[str] = mapped_column(Text)
    ancestry: Mapped[str] = mapped_column(_Ancestry)
    etag: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    mime: Mapped[str] = mapped_column(String(255))
    modified: Mapped[datetime] = mapped_column(UtcDateTime)
    presence: Mapped[str] = mapped_column(String(16), default=Presence.HERE)
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    indexed_etag: Mapped[str | None] = mapped_column(String(255))
    indexed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved: Mapped[bool] = mapped_column(Boolean, default=False)
    chunks: Mapped[int] = mapped_column(Integer, default=0)
    pages: Mapped[int | None] = mapped_column(Integer)
    language: Mapped[str | None] = mapped_column(String(8))


class FolderRow(Base):
    """A folder as one user sees it. `etag` is that of the last complete crawl of it: the crawl's cursor.

    None: it was never crawled completely.
    """

    __tablename__ = "folders"
    __table_args__ = (
        Index("ix_folders_parent", "user_id", "parent_id"),
        Index("ix_folders_ancestry", "user_id", "ancestry"),
        Index("ix_folders_presence", "user_id", "presence"),
        Index("ix_folders_folder_id", "folder_id"),
    )

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    folder_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    parent_id: Mapped[int | None] = mapped_column(BigInteger)  # None: the user's home
    path: Mapped[str] = mapped_column(Text)
    ancestry: Mapped[str] = mapped_column(_Ancestry)
    etag: Mapped[str | None] = mapped_column(String(255))
    presence: Mapped[str] = mapped_column(String(16), default=Presence.HERE)


class RootRow(Base):
    """Where a user's view starts beside the home: a received share, a group folder, an external storage.

    The node may be a single file. `path` is in this user's home. `owner_id` is the user whose crawl covers what is
    below; empty where that is up to whoever has claimed the mount.
    """

    __tablename__ = "roots"
    __table_args__ = (
        Index("ix_roots_node_id", "node_id"),
        Index("ix_roots_parent", "user_id", "parent_id"),
    )

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    node_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    parent_id: Mapped[int] = mapped_column(BigInteger)
    path: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(32))  # Nextcloud's nc:mount-type
    owner_id: Mapped[str] = mapped_column(String(255))
    presence: Mapped[str] = mapped_column(String(16), default=Presence.HERE)


class MountRow(Base):
    """A group folder or external storage, and the one user of those who see it who crawls it."""

    __tablename__ = "mounts"
    __table_args__ = (Index("ix_mounts_user_id", "user_id"),)

    node_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(String(255))


class CrawlRow(Base):
    """How the last looks at a user's files went; `error` is what the user should know about it.

    `rules` is the digest of the rules by which the folders' cursors were recorded.
    """

    __tablename__ = "crawls"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    crawling: Mapped[bool] = mapped_column(Boolean, default=False)
    last_crawl_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    rules: Mapped[str | None] = mapped_column(String(64))


class ToldFailureRow(Base):
    """A failed file of which its user has been told. It goes when the file does not count as failed any more."""

    __tablename__ = "told_failures"

    file_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class NoticeRow(Base):
    """The last notification about failed files that a user got, by Nextcloud's object id; empty once withdrawn."""

    __tablename__ = "notices"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    notice_id: Mapped[str] = mapped_column(String(255))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
