"""Documents cut into chunks: by structure first, within a number of tokens, stable under small edits.

A page becomes atoms (sentences and lines), each knowing how strong the boundary before it is: heading, paragraph, line
or sentence. Headings and pages always start a new chunk, unless the section before is too small to stand alone.
Within a section a chunk ends at the strongest boundary that lies between two fifths and all of the allowed size; among
equally strong ones the text that follows decides, by a hash. Boundaries therefore depend on what stands around
them and not on how much text came before: after an edit they fall into step again within a few chunks.
"""

import bisect
import itertools
import zlib
from collections.abc import Iterable, Iterator, Sequence

from backend.files.atoms import Atom, Break, sized_atoms
from backend.files.extraction.extracted import Page
from backend.files.outline import Outline
from backend.search.chunk import Chunk, Place
from backend.search.embedding import TokenCounter

PAGE_BREAK = "\n\n"
"""What stands between two pages in the text of a document."""

DEFAULT_LIMIT = 224
"""Tokens per chunk: the built-in model reads 256 with its two markers; the rest is room for counting errors."""

_MIN_LIMIT = 16
_MIN_SHARE = 0.4  # of the limit; a chunk ends no earlier when there is a choice. More choice, sooner back in step
_SMALL_SHARE = 0.25  # of the limit; sections smaller than this are joined with the next one
_OVERLAP_SHARE = 0.2  # of the limit; a longer sentence is not repeated


def document_text(pages: Iterable[Page]) -> str:
    """The text of the whole document, into which the offsets of chunks point."""
    return PAGE_BREAK.join(page.text for page in pages)


def chunk(pages: Sequence[Page], tokens: TokenCounter, limit: int = DEFAULT_LIMIT) -> list[Chunk]:
    """Cut a document into chunks of at most `limit` tokens, in order, none across pages.

    `document_text(pages)[chunk.start:chunk.end] == chunk.text` holds for each. Nothing but white space is left out;
    where a chunk begins in the middle of a paragraph, it repeats the sentence before when that is short enough. The
    limit holds as far as a text counts no more tokens than its parts together, as with WordPiece cut at white space.
    Raises `ValueError` for a limit under 16.
    """
    if limit < _MIN_LIMIT:
        raise ValueError(f"a limit of {limit} tokens is too small for a chunk; allow at least {_MIN_LIMIT}")
    chunks: list[Chunk] = []
    offset = 0
    for page in pages:
        outline = Outline(page)
        for start, end in _ranges(page, tokens, limit):
            place = outline.at(start)
            chunks.append(
                Chunk(
                    text=page.text[start:end],
                    ordinal=len(chunks),
                    start=offset + start,
                    end=offset + end,
                    page=page.number,
                    section=page.section or place.section,
                    headings=place.headings,
                    time=page.time,
                    inside=tuple(
                        Place(at - start, page.section or inner.section, inner.headings)
                        for at, inner in outline.within(start, end)
                    ),
                )
            )
        offset += len(page.text) + len(PAGE_BREAK)
    return chunks


def _ranges(page: Page, tokens: TokenCounter, limit: int) -> Iterator[tuple[int, int]]:
    """Where the chunks of a page start and end in its text."""
    atoms = sized_atoms(page, tokens, limit)
    for section in _sections(atoms, limit):
        for first, after in _cuts(page.text, section, limit):
            yield section[first].start, section[after - 1].end


def _sections(atoms: list[Atom], limit: int) -> Iterator[list[Atom]]:
    """Groups that begin at headings; one too small to stand alone is joined with its neighbour."""
    small = limit * _SMALL_SHARE
    groups: list[list[Atom]] = []
    cost = 0
    for atom in atoms:
        if not groups or (atom.before is Break.HEADING and cost >= small):
            groups.append([])
            cost = 0
        groups[-1].append(atom)
        cost += atom.cost
    if len(groups) > 1 and cost < small and cost + sum(atom.cost for atom in groups[-2]) <= limit:
        last = groups.pop()
        groups[-1] += last
    return iter(groups)


def _cuts(text: str, section: list[Atom], limit: int) -> Iterator[tuple[int, int]]:
    """The chunks of a section: index of the first atom, and of the one after the last.

    An atom costs at most half of the limit (see `sized_atoms`), so that there is always a boundary to choose.
    """
    sums = [0, *itertools.accumulate(atom.cost for atom in section)]
    first, done = 0, 0  # where the chunk starts, and how far the ones before it reach
    while sums[-1] - sums[first] > limit:
        earliest = max(done + 1, bisect.bisect_left(sums, sums[first] + limit * _MIN_SHARE))
        latest = bisect.bisect_right(sums, sums[first] + limit) - 1
        # The rest of the section should not be a crumb, nor a heading stand at the end of a chunk.
        last_good = bisect.bisect_right(sums, sums[-1] - limit * _SMALL_SHARE) - 1
        window = range(min(earliest, latest), latest + 1)
        good = [index for index in window if index <= last_good and not section[index - 1].is_heading]
        done = max(good or window, key=lambda index: _strength(text, section[index]))
        yield first, done
        first = done - 1 if _is_repeated(section, done, limit) else done
    yield first, len(section)


def _strength(text: str, atom: Atom) -> tuple[int, int]:
    """How good it is to end a chunk before this atom: by structure, then by what the atom says."""
    return atom.before, zlib.crc32(text[atom.start : atom.end].encode("utf-8", "replace"))


def _is_repeated(section: list[Atom], first: int, limit: int) -> bool:
    """Whether a chunk that starts with this atom repeats the one before: it goes on in the middle of a paragraph."""
    return section[first].before is Break.SENTENCE and section[first - 1].cost <= limit * _OVERLAP_SHARE
