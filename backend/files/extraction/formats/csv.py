"""Comma-, semicolon- or tab-separated values."""

import csv
import io
from collections.abc import Iterator

from backend.files.extraction.decode import read_text
from backend.files.extraction.extracted import Page
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_MAX_FIELD = 1_000_000  # characters; the csv module refuses fields over 131,072 by default


def read(source: Source) -> Iterator[Page]:
    """All rows as one table."""
    text = read_text(source.path).replace("\0", "")
    csv.field_size_limit(_MAX_FIELD)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    page = PageWriter()
    page.table(row for row in rows)
    if (written := page.page()) is not None:
        yield written


def _delimiter(text: str) -> str:
    """The sign that splits the first lines into the same number (over one) of cells most often.

    Excel's "sep=;" line decides when there is one.
    """
    if text[:5].lower().startswith("sep=") and len(text) > 4 and text[4] in _DELIMITERS:
        return text[4]
    sample = text[:20_000].split("\n")[:_SAMPLE_LINES]
    best, best_score = ",", 0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        score = widths.count(usual) if usual > 1 else 0
        if score > best_score:
            best, best_score = delimiter, score
    return best
