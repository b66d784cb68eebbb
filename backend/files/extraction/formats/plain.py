"""Text, Markdown and reStructuredText: kept as they are; only their headings are found."""

import re
from collections.abc import Iterator

from backend.files.extraction.decode import read_text
from backend.files.extraction.extracted import Heading, Page
from backend.files.extraction.source import Source
from backend.files.extraction.writer import clean

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_ADORNMENT = re.compile(r"""^([!-/:-@\[-`{-~])\1{2,}[ \t]*$""")
_NOT_SETEXT = re.compile(r"^\s*$|^ {0,3}(?:[#>|]|[-*+] |\d+[.)] )")


def read_txt(source: Source) -> Iterator[Page]:
    """Plain text, one page; form feeds start a new one."""
    text = clean(read_text(source.path).replace("\f", "\n\n"))
    yield Page(None, None, text)


def read_md(source: Source) -> Iterator[Page]:
    """Markdown with its signs; headings by CommonMark 0.31 (ATX and setext), not inside fenced code."""
    text = clean(read_text(source.path))
    yield Page(None, None, text, tuple(markdown_headings(text)))


def read_rst(source: Source) -> Iterator[Page]:
    """reStructuredText; the order in which adornments first appear gives the levels (docutils specification)."""
    text = clean(read_text(source.path))
    yield Page(None, None, text, tuple(_rst_headings(text)))


def markdown_headings(text: str) -> Iterator[Heading]:
    """The headings of Markdown `text`, without their signs."""
    position = 0
    before = ("", 0)  # the line before and where it starts, when it can be the title over an underline
    fence: str | None = None
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        title = (line, position)
        if fence:
            if mark and mark.group(1).startswith(fence):
                fence = None
            title = ("", position)
        elif mark:
            fence = mark.group(1)
            title = ("", position)
        elif (atx := _ATX.match(line)) and atx.group(2):
            start = position + atx.start(2)
            yield Heading(start, start + len(atx.group(2)), len(atx.group(1)))
            title = ("", position)
        elif (underline := _SETEXT.match(line)) and not _NOT_SETEXT.match(before[0]):
            words = before[0].strip()
            start = before[1] + before[0].index(words)
            yield Heading(start, start + len(words), 1 if underline.group(1)[0] == "=" else 2)
            title = ("", position)
        before = title
        position += len(line) + 1


def _rst_headings(text: str) -> Iterator[Heading]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    levels: list[tuple[str, bool]] = []
    for index in range(1, len(lines)):
        adornment = _ADORNMENT.match(lines[index])
        raw = lines[index - 1]
        title = raw.strip()
        if adornment is None or not title or _ADORNMENT.match(raw) or len(lines[index].rstrip()) < len(title):
            continue
        over = index >= 2 and lines[index - 2].rstrip() == lines[index].rstrip()
        if not over and index >= 2 and lines[index - 2].strip():
            continue  # in the middle of a paragraph or a table
        style = (adornment.group(1), over)
        if style not in levels:
            levels.append(style)
        start = starts[index - 1] + raw.index(title)
        yield Heading(start, start + len(title), levels.index(style) + 1)
