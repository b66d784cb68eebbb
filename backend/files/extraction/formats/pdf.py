"""PDF by PDFium; pages without text are recognised (OCR)."""

import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from backend.files.extraction.extracted import Page
from backend.files.extraction.ocr import DPI, MAX_PIXELS, ensure_wanted, recognise
from backend.files.extraction.reasons import DAMAGED, NO_TEXT_AFTER_OCR, PASSWORD, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter, clean

# A page with fewer letters than this beside a picture is taken for a scan with a stamp or page number on it.
_FEW_LETTERS = 16
_POINTS_PER_INCH = 72
_MAX_BOOKMARKS = 5_000

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# PDFium marks a word that is divided at the end of a line with U+0002 in place of its hyphen.
_DIVIDED_WORD = re.compile("[\x02\ufffe](?:\r?\n)?")
_DIVIDED = "\ue000"  # stands for that mark while control characters are cleaned away
_LINE_END = re.compile(f"(\n|{_DIVIDED})")
_PRIVATE_USE = re.compile("[\ue001-\uf8ff]")  # glyphs without a meaning outside their font
_LIST_ITEM = re.compile(r"(?:[-–•▪◦●○*·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_LEADER = re.compile(r" ?(?:(?:\. ?){5,}|(?:_ ?){5,})")  # the dots of a table of contents, the line of a form
_PROSE_LINE = 45  # characters; a shorter line is rather an entry of a list than a line of prose
_FULL_LINE = 0.75  # of the widest lines of its page: then it was wrapped, not ended


def read(source: Source) -> Iterator[Page]:
    """The pages that have text; `section` is the bookmark that leads to a page or to one before it."""
    try:
        document = pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(PASSWORD if "password" in str(error).lower() else DAMAGED) from error
    try:
        yield from _pages(source, document)
    finally:
        document.close()


def _pages(source: Source, document: Any) -> Iterator[Page]:
    sections = _sections(document)
    section: str | None = None
    found = False
    broken: list[int] = []
    for index in range(len(document)):
        section = sections.get(index, section)
        try:
            text = _text(source, document, index)
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
            continue
        page = PageWriter(index + 1, section)
        page.paragraph(text)
        if (written := page.page()) is not None:
            found = True
            yield written
    if broken:
        pages = ", ".join(str(number) for number in broken[:10]) + ("…" if len(broken) > 10 else "")
        source.job.miss(f"{DAMAGED} on page {pages}" if found else DAMAGED)
    elif not found and source.job.ocr_used:
        raise Unreadable(NO_TEXT_AFTER_OCR)


def _text(source: Source, document: Any, index: int) -> str:
    """The text of one page, recognised when it has none of its own but shows something."""
    page = document[index]
    try:
        textpage = page.get_textpage()
        try:
            text = reflow(textpage.get_text_bounded())
        finally:
            textpage.close()
        if sum(map(str.isalnum, text[:1000])) < _FEW_LETTERS and _shows_a_picture(page, bool(text)):
            text = _recognised(source, page, index, text)
        return text
    finally:
        page.close()


def _recognised(source: Source, page: Any, index: int, text: str) -> str:
    try:
        ensure_wanted(source.job)
        return recognise(_rendered(page), source.job) or text
    except Unreadable as error:  # no tesseract, or not wanted: the other pages may still have text
        source.job.miss(f"page {index + 1} is {error}")
        return text


def _shows_a_picture(page: Any, has_text: bool) -> bool:
    """Whether a page holds a picture or, when it has no text at all, drawn shapes that may be letters."""
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM]
    if not has_text:
        kinds += [pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING, pdfium.FPDF_PAGEOBJ_TEXT]
    return next(iter(page.get_objects(filter=kinds, max_depth=3)), None) is not None


def _rendered(page: Any) -> Any:
    """The page as a PIL picture at the resolution that recognition likes, or smaller when the page is huge."""
    width, height = page.get_size()
    scale = min(DPI / _POINTS_PER_INCH, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    return page.render(scale=scale, grayscale=True).to_pil()


def _sections(document: Any) -> dict[int, str]:
    """The first bookmark to each page, by page index. Broken outlines are cut short where they break."""
    sections: dict[int, str] = {}
    try:
        for count, bookmark in enumerate(document.get_toc(max_depth=6)):
            if count >= _MAX_BOOKMARKS:
                break
            destination = bookmark.get_dest()
            index = destination.get_index() if destination is not None else None
            title = clean(bookmark.get_title()).strip()
            if index is not None and title:
                sections.setdefault(index, title)
    except (pypdfium2.PdfiumError, UnicodeError, ValueError):
        pass
    return sections


def reflow(text: str) -> str:
    """Join the lines of a page into paragraphs.

    A line that reaches nearly the width of the page's widest lines was wrapped when it ends in the middle of a
    sentence; the next line then continues it. Rows of tables (ending in a digit) and list items stay lines.
    """
    text = _LEADER.sub(" … ", text)
    text = clean(_DIVIDED_WORD.sub(_DIVIDED, text).translate(_LIGATURES))
    parts = _LINE_END.split(_PRIVATE_USE.sub("•", text))
    lines, ends = [line.strip() for line in parts[::2]], ["\n", *parts[1::2]]
    widths = sorted(len(line) for line in lines if line)
    if not widths:
        return ""
    full = widths[int(len(widths) * 0.9)] * _FULL_LINE
    out: list[str] = []
    width = 0  # of the line before
    for line, end in zip(lines, ends, strict=True):
        if out and end == _DIVIDED:
            out[-1] += line
        elif out and line and width >= full and _continues(out[-1], line, is_prose=width >= _PROSE_LINE):
            out[-1] = f"{out[-1]} {line}"
        else:
            out.append(line)
        width = len(line)
    return "\n".join(out)


def _continues(before: str, line: str, *, is_prose: bool) -> bool:
    if not before or _LIST_ITEM.match(line):
        return False
    return line[0].islower() or (is_prose and (before[-1].isalpha() or before[-1] in ",;-–—(/&"))
