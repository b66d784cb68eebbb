"""Zip archives: every file inside that we can read, within the limits for files inside files."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from backend.files.extraction.archive import Archive
from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import PASSWORD, Unreadable
from backend.files.extraction.registry import read_inside
from backend.files.extraction.source import Source


def read(source: Source) -> Iterator[Page]:
    """The pages of the files inside, each with its name as section."""
    with Archive(source.path, source.job.limits.unpacked_bytes) as archive:
        names = [name for name in archive.names if name and not name.endswith("/") and not _is_litter(name)]
        if names and all(archive.encrypted(name) for name in names):
            raise Unreadable(PASSWORD)
        for name in names:
            try:
                data = archive.read(name)
            except Unreadable as error:
                source.job.miss(f"{name}: {error}")
                continue
            if data:
                yield from read_inside(source, name, data)


def _is_litter(name: str) -> bool:
    """Files that operating systems leave in archives."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".")
