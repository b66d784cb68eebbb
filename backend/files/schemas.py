"""What the routes of the files slice answer."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.files.tables import FileState


class FileStatus(BaseModel):
    """A file and where it stands on its way into the index.

    `reason` says why it failed, was skipped, waits for another attempt, or what of it is missing in the index.
    `progress` (0 to 1) is given while it is being worked on; `attempts` counts those since it last changed.
    """

    file_id: int
    path: str
    name: str
    mime: str
    size: int = Field(description="In bytes.")
    modified: datetime
    state: FileState
    reason: str | None
    progress: float | None
    chunks: int
    pages: int | None
    indexed_at: datetime | None
    attempts: int
    next_attempt_at: datetime | None
    link: str = Field(description="Opens the file in Nextcloud.")


class Summary(BaseModel):
    """How many files are in which state; `error` says what is in the way of finding and indexing them."""

    total: int
    indexed: int
    waiting: int
    running: int
    failed: int
    skipped: int
    chunks: int
    crawling: bool
    last_crawl_at: datetime | None
    error: str | None


class NodeEntry(BaseModel):
    """A file or folder that the asking user can read now; `path` is in this user's home."""

    file_id: int
    path: str
    name: str
    is_folder: bool


class Retried(BaseModel):
    """How many files are tried again."""

    retried: int


class Nothing(BaseModel):
    """An answer without content."""
