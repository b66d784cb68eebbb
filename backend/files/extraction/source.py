"""The file that is being read, and what files inside it share with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from backend.files.extraction.limits import Limits


@dataclass(slots=True)
class Job:
    """What one request to read a file shares with all files inside it.

    `announce_ocr` is called before a page goes to text recognition, which has a clock of its own. `missed` collects
    the reasons why parts of the file were not read. `sound` is where the sound of a recording goes.
    """

    limits: Limits
    scratch: Path
    sound: Path | None = None
    announce_ocr: Callable[[], None] = lambda: None
    missed: list[str] = field(default_factory=list)
    attachments: int = 0
    unpacked_bytes: int = 0
    ocr_used: bool = False

    def miss(self, reason: str) -> None:
        """Note a part that was not read, once."""
        if reason not in self.missed:
            self.missed.append(reason)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: where it lies, what it claims to be, how deep inside another file it was found."""

    path: Path
    name: str
    mime: str | None
    job: Job
    depth: int = 0
