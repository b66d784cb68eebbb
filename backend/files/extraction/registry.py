"""Which module reads which format, and files inside files."""

import importlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

from backend.files.extraction.detect import Format, detect
from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import BOMB, DAMAGED, EMPTY, NO_TEXT, NO_TEXT_AFTER_OCR, TOO_DEEP, Unreadable
from backend.files.extraction.source import Source

# A logo without letters is no loss to the mail that it adorns.
_NOTHING_MISSED = {EMPTY, NO_TEXT, NO_TEXT_AFTER_OCR}

Reader = Callable[[Source], Iterator[Page]]

# Module of `formats` and function; imported when the first file of the format arrives, to keep an idle child small.
_READERS: dict[Format, tuple[str, str]] = {
    Format.TXT: ("plain", "read_txt"),
    Format.MD: ("plain", "read_md"),
    Format.RST: ("plain", "read_rst"),
    Format.HTML: ("html", "read"),
    Format.PDF: ("pdf", "read"),
    Format.DOCX: ("docx", "read"),
    Format.DOC: ("doc", "read"),
    Format.ODT: ("odt", "read"),
    Format.RTF: ("rtf", "read"),
    Format.PPTX: ("pptx", "read"),
    Format.PPT: ("ppt", "read"),
    Format.ODP: ("odp", "read"),
    Format.XLSX: ("xlsx", "read"),
    Format.XLS: ("xls", "read"),
    Format.ODS: ("ods", "read"),
    Format.CSV: ("csv", "read"),
    Format.JSON: ("json", "read"),
    Format.JSONL: ("json", "read_lines"),
    Format.XML: ("xml", "read"),
    Format.EPUB: ("epub", "read"),
    Format.EML: ("eml", "read"),
    Format.MSG: ("msg", "read"),
    Format.ICS: ("ics", "read"),
    Format.VCF: ("vcf", "read"),
    Format.IPYNB: ("ipynb", "read"),
    Format.IMAGE: ("image", "read"),
    Format.TIFF: ("image", "read"),
    Format.ZIP: ("zip", "read"),
    Format.AUDIO: ("audio", "read"),
}


def reader(found: Format) -> Reader:
    """The function that reads this format."""
    module, function = _READERS[found]
    return cast("Reader", getattr(importlib.import_module(f"backend.files.extraction.formats.{module}"), function))


def read(source: Source, found: Format) -> Iterator[Page]:
    """The pages of a file, each as soon as it is read. Raises `Unreadable`, or whatever a damaged file provokes."""
    return reader(found)(source)


def identify(source: Source) -> Format:
    """The format of the file. Raises `Unreadable` when it is empty or none that we read."""
    if source.path.stat().st_size == 0:
        raise Unreadable(EMPTY)
    return detect(source.path, source.name, source.mime)


def read_inside(parent: Source, name: str, data: bytes, mime: str | None = None) -> Iterator[Page]:
    """The pages of a file found inside another one; its name becomes their section.

    What is wrong with it is noted as missed and leaves the file around it readable. Number, depth and total size of
    such files are limited for the whole request, so that nested archives cannot multiply.
    """
    job = parent.job
    if parent.depth >= job.limits.depth:
        job.miss(f"{name}: {TOO_DEEP}")
        return
    if job.attachments >= job.limits.attachments:
        job.miss(f"only the first {job.limits.attachments} files inside were read")
        return
    job.attachments += 1
    job.unpacked_bytes += len(data)
    if job.unpacked_bytes > job.limits.unpacked_bytes:
        job.miss(f"{name}: {BOMB}")
        return
    with tempfile.NamedTemporaryFile(dir=job.scratch) as file:
        file.write(data)
        file.flush()
        source = replace(parent, path=Path(file.name), name=name, mime=mime, depth=parent.depth + 1)
        try:
            for page in read(source, identify(source)):
                section = f"{name}: {page.section}" if page.section else name
                yield replace(page, section=section)
        except Unreadable as error:
            if str(error) not in _NOTHING_MISSED:
                job.miss(f"{name}: {error}")
        except MemoryError:
            raise
        except Exception:  # readers of damaged files fail in ways that cannot be listed
            job.miss(f"{name}: {DAMAGED}")
