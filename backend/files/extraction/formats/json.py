"""JSON and JSON lines: every value on a line with the path that leads to it."""

import json
from collections.abc import Iterator

from backend.files.extraction.decode import read_text
from backend.files.extraction.extracted import Page
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter, clean

# Parsed JSON takes up to ten times its size in memory; larger files are kept as the text they are.
_MAX_PARSED_BYTES = 32 * 2**20
_MAX_DEPTH = 50


def read(source: Source) -> Iterator[Page]:
    """One page; what is not valid JSON is kept as text."""
    text = read_text(source.path)
    if source.path.stat().st_size <= _MAX_PARSED_BYTES:
        try:
            value = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            pass
        else:
            page = PageWriter()
            write_value(page, value)
            if (written := page.page()) is not None:
                yield written
            return
    yield Page(None, None, clean(text))


def read_lines(source: Source) -> Iterator[Page]:
    """One record per line, each a block of its own; lines that are not JSON are kept as text."""
    page = PageWriter()
    for line in read_text(source.path).split("\n"):
        page.gap()
        try:
            write_value(page, json.loads(line))
        except (ValueError, RecursionError):
            page.paragraph(line)
    if (written := page.page()) is not None:
        yield written


def write_value(page: PageWriter, value: object, path: str = "", depth: int = 0) -> None:
    """Write `value` as lines "path: value". The objects of a list are blocks of their own."""
    if depth > _MAX_DEPTH:
        page.line(f"{path}: …")
    elif isinstance(value, dict):
        for key, item in value.items():
            write_value(page, item, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        simple = [_shown(item) for item in value if not isinstance(item, dict | list)]
        if simple:
            page.line(f"{path}: {', '.join(simple)}" if path else ", ".join(simple))
        for item in value:
            if isinstance(item, dict | list):
                page.gap()
                write_value(page, item, path, depth + 1)
        page.gap()
    else:
        shown = _shown(value)
        if "\n" in shown:
            page.gap()
            page.paragraph(f"{path}:\n{shown}" if path else shown)
        else:
            page.line(f"{path}: {shown}" if path else shown)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
