"""What `voiceassist extract FILE…` prints: one report per file, in the order of the files."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypedDict

from backend.files.extraction.extracted import Extracted
from backend.files.extraction.pool import Extractor
from backend.files.extraction.reasons import GONE


class PageReport(TypedDict):
    """A page as the command prints it."""

    number: int | None
    section: str | None
    text: str


class FileReport(TypedDict):
    """A file as the command prints it."""

    file: str
    ok: bool
    reason: str | None
    format: str
    pages: list[PageReport]
    seconds: float


async def reports(files: Sequence[Path], extractor: Extractor) -> AsyncIterator[FileReport]:
    """Read `files`, several at a time, and report on each in order. A file that cannot be opened gets a reason too."""
    tasks = [asyncio.create_task(_report(path, extractor)) for path in files]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def _report(path: Path, extractor: Extractor) -> FileReport:
    if await asyncio.to_thread(path.is_file):
        extracted = await extractor.extract(path, path.name, mimetypes.guess_type(path.name)[0])
    else:
        extracted = Extracted("unknown", (), GONE)
    return FileReport(
        file=str(path),
        ok=extracted.ok,
        reason=extracted.reason,
        format=extracted.format,
        pages=[PageReport(number=page.number, section=page.section, text=page.text) for page in extracted.pages],
        seconds=round(extracted.seconds, 3),
    )
