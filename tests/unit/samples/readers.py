"""The plainest readers of each format, independent of the product's extraction, so that nothing checks itself."""

import csv
import io
import os
import re
import subprocess
import zipfile
from collections.abc import Callable
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pypdfium2
from docx import Document
from openpyxl import load_workbook
from pptx import Presentation
from striprtf.striprtf import rtf_to_text

_TAG = re.compile(r"<[^>]+>")


def pages(path: Path) -> list[str]:
    """The text of each page of a PDF, or one text for a file without pages. Pictures are read by Tesseract."""
    return _read(path.name, path.read_bytes())


def _read(name: str, content: bytes) -> list[str]:
    reader = _READERS.get(Path(name).suffix, _plain)
    return reader(content)


def _plain(content: bytes) -> list[str]:
    return [content.decode("utf-8")]


def _markup(content: bytes) -> list[str]:
    return [unescape(_TAG.sub(" ", content.decode("utf-8")))]


def _pdf(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    texts = []
    for page in document:
        textpage = page.get_textpage()
        # A scanned page has no text layer: let Tesseract read it at 150 dots per inch (72 points make an inch).
        texts.append(textpage.get_text_range() or _ocr(_png(page.render(scale=150 / 72).to_pil()))[0])
        textpage.close()
        page.close()
    document.close()
    return texts


def _png(image: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")  # type: ignore[attr-defined]  # a PIL image; pypdfium2 has no types
    return buffer.getvalue()


def _ocr(content: bytes) -> list[str]:
    command = ["tesseract", "stdin", "stdout", "-l", "eng"]
    # Tesseract's own threads spin against each other on a busy machine; one is as fast for a single page.
    one_thread = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, input=content, env=one_thread, capture_output=True, check=True, timeout=60)
    return [done.stdout.decode()]


def _docx(content: bytes) -> list[str]:
    document = Document(io.BytesIO(content))
    rows = [" ".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return ["\n".join([*(paragraph.text for paragraph in document.paragraphs), *rows])]


def _doc(content: bytes) -> list[str]:
    # Word 97 keeps its text as UTF-16 or as Windows-1252 in one piece of a file that is cut into blocks of 512 bytes.
    return [content.decode("utf-16-le", errors="replace") + content.decode("cp1252", errors="replace")]


def _pptx(content: bytes) -> list[str]:
    texts = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts.extend(" ".join(cell.text for cell in row.cells) for row in shape.table.rows)
        if slide.has_notes_slide:
            texts.append(slide.notes_slide.notes_text_frame.text)
    return ["\n".join(texts)]


def _xlsx(content: bytes) -> list[str]:
    book = load_workbook(io.BytesIO(content), read_only=True)
    rows = [" ".join(str(cell or "") for cell in row) for sheet in book for row in sheet.iter_rows(values_only=True)]
    book.close()
    return ["\n".join(rows)]


def _zipped(ending: str) -> Callable[[bytes], list[str]]:
    def read(content: bytes) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(name) for name in archive.namelist() if name.endswith(ending)]
        return ["\n".join(_markup(part)[0] for part in parts)]

    return read


def _rtf(content: bytes) -> list[str]:
    return [rtf_to_text(content.decode("ascii"))]  # type: ignore[no-untyped-call]


def _csv(content: bytes) -> list[str]:
    return ["\n".join(" ".join(row) for row in csv.reader(io.StringIO(content.decode("utf-8"))))]


def _folded(content: bytes) -> list[str]:
    return [content.decode("utf-8").replace("\r\n ", "").replace("\\,", ",")]


def _eml(content: bytes) -> list[str]:
    message = message_from_bytes(content, policy=policy.default)
    texts = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            texts.extend(_read(part.get_filename() or "body.txt", payload))
    return ["\n".join(texts)]


_READERS: dict[str, Callable[[bytes], list[str]]] = {
    ".pdf": _pdf,
    ".docx": _docx,
    ".doc": _doc,
    ".pptx": _pptx,
    ".xlsx": _xlsx,
    ".odt": _zipped("content.xml"),
    ".ods": _zipped("content.xml"),
    ".epub": _zipped(".xhtml"),
    ".html": _markup,
    ".xml": _markup,
    ".rtf": _rtf,
    ".csv": _csv,
    ".ics": _folded,
    ".vcf": _folded,
    ".eml": _eml,
    ".png": _ocr,
    ".jpg": _ocr,
}
