"""Jupyter notebooks, as the Markdown that they are half made of: code fenced, text outputs kept."""

import json
from collections.abc import Iterator

from backend.files.extraction.decode import decode
from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.plain import markdown_headings
from backend.files.extraction.reasons import DAMAGED, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.writer import clean

_MAX_OUTPUT_CHARS = 10_000  # of one output; logs in notebooks have no end


def read(source: Source) -> Iterator[Page]:
    """One page, cell by cell (nbformat 4, and 3 where cells are in worksheets)."""
    try:
        notebook = json.loads(decode(source.path.read_bytes()))
    except (ValueError, RecursionError) as error:
        raise Unreadable(DAMAGED) from error
    if not isinstance(notebook, dict):
        raise Unreadable(DAMAGED)
    language = _language(notebook)
    blocks = [block for cell in _cells(notebook) for block in _cell_blocks(cell, language)]
    text = clean("\n\n".join(block.strip() for block in blocks if block.strip()))
    if text:
        yield Page(None, None, text, tuple(markdown_headings(text)))


def _language(notebook: dict[str, object]) -> str:
    metadata = notebook.get("metadata")
    info = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = info.get("language") if isinstance(info, dict) else None
    return language if isinstance(language, str) else "python"


def _cells(notebook: dict[str, object]) -> Iterator[dict[str, object]]:
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]
    return (cell for cell in cells if isinstance(cell, dict))


def _cell_blocks(cell: dict[str, object], language: str) -> Iterator[str]:
    text = _joined(cell.get("source", cell.get("input")))
    if cell.get("cell_type") != "code":
        yield text
        return
    if text.strip():
        yield f"```{language}\n{text.strip()}\n```"
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        shown = _joined(output.get("text")) or _joined(data.get("text/plain") if isinstance(data, dict) else None)
        if shown.strip():
            yield f"```\n{shown.strip()[:_MAX_OUTPUT_CHARS]}\n```"


def _joined(value: object) -> str:
    """A notebook's text: a string, or a list of lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
