"""The smallest parts of a page that a chunk is made of: sentences, lines, and pieces of those that are too long."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from backend.files.extraction.extracted import HEADER_ROW_LEVEL, Heading, Page
from backend.search.embedding import TokenCounter

# Words that a tokenizer does not know (keys, base64) may count as a single token however long they are.
_CHARS_PER_TOKEN = 12
_MAX_WORD_CHARS = 100
# Of the limit: how long a piece of an overlong sentence or row is at most, and on average.
_PIECE_SHARE = 0.25
_PIECE_WORDS = 16

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")
# A sentence ends at a full stop, a question or an exclamation mark with white space after it, unless the next word
# goes on in small letters, or the stop belongs to an initial, a title, an abbreviation or a small number ("3. May").
# Ideographic marks need no space.
_SENTENCE_END = re.compile(
    r"""(?P<line>\n)
    | [.!?…] (?<!\b[A-Z0-9]\.) (?<!\b\d\d\.) (?<!\b(?:Dr|Mr|Ms|St|vs|No|Nr|ca)\.) (?<!\b(?:Mrs|Fig|Tab|bzw|Tel)\.)
      (?<!\bProf\.) ["'”’»)\]]* (?P<gap>[ \t]+) (?=[^a-zà-öø-ÿ\s])
    | [。！？] (?P<wide>) (?=\S)""",
    re.VERBOSE,
)
_WORD = re.compile(r"\S+")


class Break(IntEnum):
    """How strong the boundary before an atom is."""

    WORD = 0
    SENTENCE = 1
    LINE = 2
    PARAGRAPH = 3
    HEADING = 4


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch `start:end` of a page's text without white space around it. `cost` is its number of tokens."""

    start: int
    end: int
    before: Break
    is_heading: bool
    cost: int


def sized_atoms(page: Page, tokens: TokenCounter, limit: int) -> list[Atom]:
    """The atoms of a page with their costs, in order; none costs more than half of `limit`."""
    spans = list(_spans(page))
    costs = _costs(page.text, [(start, end) for start, end, _, _ in spans], tokens)
    atoms: list[Atom] = []
    for (start, end, before, is_heading), cost in zip(spans, costs, strict=True):
        if cost <= limit // 2:
            atoms.append(Atom(start, end, before, is_heading, cost))
            continue
        for piece_start, piece_end, piece_cost in _pieces(page.text, start, end, tokens, limit):
            kind = before if piece_start == start else Break.WORD
            atoms.append(Atom(piece_start, piece_end, kind, is_heading, piece_cost))
    return atoms


def _spans(page: Page) -> Iterator[tuple[int, int, Break, bool]]:
    """Sentences and lines: start, end, the boundary before, whether it is a heading. Headings stay whole."""
    headings = iter([heading for heading in page.headings if heading.level < HEADER_ROW_LEVEL])
    heading = next(headings, None)
    for start, end, before in _sentences(page.text, page.headings):
        while heading is not None and heading.end <= start:
            heading = next(headings, None)
        if heading is not None and heading.start < end:
            yield start, end, Break.HEADING, True
        else:
            yield start, end, before, False


def _sentences(text: str, headings: Sequence[Heading]) -> Iterator[tuple[int, int, Break]]:
    inside = iter(headings)
    heading = next(inside, None)
    before = Break.PARAGRAPH
    position = 0
    for paragraph_end, next_paragraph in (*(match.span() for match in _PARAGRAPH_END.finditer(text)), (len(text),) * 2):
        for match in _SENTENCE_END.finditer(text, position, paragraph_end):
            kind = match.lastgroup or "line"
            end, start = match.start(kind), match.end()
            while heading is not None and heading.end <= end:
                heading = next(inside, None)
            if heading is not None and heading.start < end:
                continue  # "1. Introduction" is one heading
            if (span := _stripped(text, position, end)) is not None:
                yield *span, before
                before = Break.LINE if kind == "line" else Break.SENTENCE
            elif kind == "line":
                before = max(before, Break.LINE)
            position = start
        if (span := _stripped(text, position, paragraph_end)) is not None:
            yield *span, before
        before, position = Break.PARAGRAPH, next_paragraph


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The range without white space around it; None when nothing is left."""
    inner = text[start:end].strip()
    if not inner:
        return None
    first = text.index(inner[0], start)
    return first, first + len(inner)


def _costs(text: str, spans: Sequence[tuple[int, int]], tokens: TokenCounter) -> list[int]:
    """Tokens of each range, and at least one for every few characters."""
    counts = tokens.count_many([text[start:end] for start, end in spans]) if spans else []
    return [
        max(count, -(-(end - start) // _CHARS_PER_TOKEN)) for (start, end), count in zip(spans, counts, strict=True)
    ]


def _pieces(text: str, start: int, end: int, tokens: TokenCounter, limit: int) -> list[tuple[int, int, int]]:
    """Cut an overlong sentence or row at white space: start, end and cost of each piece.

    Where a piece ends depends on the word that follows, so that the pieces after an edit stay what they were.
    """
    words = [
        (at, min(at + _MAX_WORD_CHARS, match.end()))
        for match in _WORD.finditer(text, start, end)
        for at in range(match.start(), match.end(), _MAX_WORD_CHARS)
    ]
    pieces: list[tuple[int, int, int]] = []
    for (word_start, word_end), cost in _small_enough(text, words, tokens, limit // 2):
        whole = bool(pieces) and pieces[-1][2] + cost > limit * _PIECE_SHARE
        if not pieces or whole or zlib.crc32(text[word_start:word_end].encode("utf-8", "replace")) % _PIECE_WORDS == 0:
            pieces.append((word_start, word_end, cost))
        else:
            first, _, before = pieces[-1]
            pieces[-1] = (first, word_end, before + cost)
    return pieces


def _small_enough(
    text: str, words: list[tuple[int, int]], tokens: TokenCounter, limit: int
) -> Iterator[tuple[tuple[int, int], int]]:
    """The words with their costs; one that costs more than `limit` is halved until its parts do not."""
    for (start, end), cost in zip(words, _costs(text, words, tokens), strict=True):
        if cost <= limit or end - start == 1:
            yield (start, end), cost
        else:
            middle = (start + end) // 2
            yield from _small_enough(text, [(start, middle), (middle, end)], tokens, limit)
