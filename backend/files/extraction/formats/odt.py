"""OpenDocument texts."""

from collections.abc import Iterator

from backend.files.extraction.archive import Archive
from backend.files.extraction.extracted import Page
from backend.files.extraction.opendocument import body, opened, paragraph_text, write_blocks
from backend.files.extraction.reasons import Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.tree import descendants, parse
from backend.files.extraction.writer import PageWriter, one_line


def read(source: Source) -> Iterator[Page]:
    """One page: the text, then headers and footers. ODF does not say where pages end."""
    with opened(source) as archive:
        page = PageWriter()
        write_blocks(page, body(archive, "text"))
        _write_margins(page, archive)
        if (written := page.page()) is not None:
            yield written


def _write_margins(page: PageWriter, archive: Archive) -> None:
    data = archive.get("styles.xml")
    if data is None:
        return
    try:
        styles = parse(data)
    except Unreadable:
        return  # styles may be damaged without harm to the text
    seen: set[str] = set()
    for margin in descendants(styles, "header", "header-first", "footer", "footer-first"):
        for paragraph in descendants(margin, "p", "h"):
            text = one_line(paragraph_text(paragraph))
            if text and text not in seen and not text.isdecimal():
                seen.add(text)
                page.paragraph(text)
