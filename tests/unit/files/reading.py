"""Reads a file in the test's own process, without limits: for tests of single formats."""

from pathlib import Path

from backend.files.extraction.extracted import Page
from backend.files.extraction.limits import Limits
from backend.files.extraction.reasons import Unreadable
from backend.files.extraction.registry import identify, read
from backend.files.extraction.source import Job, Source


class Result:
    """What reading gave: format, pages, the reason when reading ended early, what was missed."""

    def __init__(
        self, path: Path, name: str | None = None, mime: str | None = None, limits: Limits | None = None
    ) -> None:
        self.format = ""
        self.pages: list[Page] = []
        self.reason: str | None = None
        job = Job(limits or Limits(), path.parent)
        source = Source(path, name or path.name, mime, job)
        try:
            self.format = str(identify(source))
            for page in read(source, identify(source)):
                self.pages.append(page)
        except Unreadable as error:
            self.reason = str(error)
        self.missed = job.missed

    @property
    def text(self) -> str:
        return "\n\n".join(page.text for page in self.pages)

    @property
    def headings(self) -> list[tuple[int, str]]:
        return [(one.level, page.text[one.start : one.end]) for page in self.pages for one in page.headings]
