"""What a reader's eye is led to: the words of a passage that the question asks for, and the stretch that has most."""

import bisect

from backend.search.chunk import Passage
from backend.search.sparse import SparseVector, matches

# Characters of a passage in a list of results: about three lines.
_SNIPPET = 320

Span = tuple[int, int]


def highlights(passage: Passage, words: SparseVector) -> list[Span]:
    """Character ranges in the passage's text of the words that were asked for, by their stems."""
    return matches(passage.chunk.text, passage.document.language, words)


def snippet(text: str, spans: list[Span], length: int = _SNIPPET) -> tuple[str, list[Span]]:
    """The stretch of `text` with the most highlighted words, and these words' ranges in it.

    It begins and ends between words, with an ellipsis where text was left out.
    """
    if len(text) <= length:
        return text, spans
    starts = [start for start, _ in spans]
    # The first of the best windows, each beginning with a highlighted word.
    _, first = max(
        ((bisect.bisect_left(starts, start + length) - index, -start) for index, start in enumerate(starts)),
        default=(0, 0),
    )
    begin = _word_start(text, max(0, min(-first - length // 8, len(text) - length)))
    end = _word_end(text, begin, begin + length)
    lead = "… " if begin else ""
    shown = lead + text[begin:end].rstrip() + (" …" if end < len(text) else "")
    shift = len(lead) - begin
    return shown, [(start + shift, stop + shift) for start, stop in spans if begin <= start and stop <= end]


def _word_start(text: str, position: int) -> int:
    """The beginning of the first word at or after `position`, or `position` when that is far away."""
    if position == 0 or text[position - 1].isspace():
        return position
    space = text.find(" ", position, position + 40)
    return position if space < 0 else space + 1


def _word_end(text: str, begin: int, position: int) -> int:
    """The end of the last whole word before `position`, or `position` when that is far away."""
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", max(begin, position - 40), position + 1)
    return position if space < 0 else space
