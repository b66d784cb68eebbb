"""What many files say about a subject, without a language model: the best sentences of each, word for word."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np

from backend.assistant.allfiles.listing import Tell, as_line, telling
from backend.assistant.contexts import Quote, alone
from backend.assistant.questions.periods import dated
from backend.assistant.shown import Shown
from backend.models.extractive import Extractive
from backend.models.terms import jaccard, terms
from backend.search.chunk import Document
from backend.search.matching import FileMatch

# Sentences of one file, and how likely (0 to 1) one must be to answer where the file has not the subject's words.
_PER_FILE = 2
_LIKELY = 0.15
# Words that a sentence must have beside those of the subject and of the file's name.
_ADDS = 2
# Two sentences that share this much of their words say the same.
_SAME = 0.6

_DAY, _MONTH = timedelta(days=1), timedelta(days=31)


async def show_excerpts(
    shown: Shown,
    extractive: Extractive,
    files: Sequence[FileMatch],
    subject: str,
    tell: Tell,
    in_time: Callable[[], bool],
    *,
    dates: bool,
) -> int:
    """Show one line for each file, as long as it is `in_time`; how many files were read.

    What another file has said already is not said again. With `dates` the day that a file is from stands before it.
    """
    said: list[set[str]] = []
    for read, match in enumerate(files):
        if not in_time():
            return read
        new = []
        for quote in await _best(extractive, match, subject):
            own = set(terms(_of(quote), match.document.language))
            if all(jaccard(own, known) < _SAME for known in said):
                said.append(own)
                new.append(quote)
        name = match.document.title
        if dates:
            name = f"{_day(match.document)}, {name}"
        for place, quote in enumerate(new):
            separator, lead = (" ", "") if place else ("\n- ", f"{name}: ")
            shown.sentence(separator, f"{lead}{as_line(quote)}", [quote])
        tell(read + 1, len(files))
    return len(files)


async def _best(extractive: Extractive, match: FileMatch, subject: str) -> list[Quote]:
    """The sentences of a file that are likeliest to say something about the subject, in the order of the file."""
    contexts = alone(match.passages)
    scored = await extractive.score(subject, [context.source for context in contexts])
    if scored is None:
        return []
    language = match.document.language
    known = set(terms(f"{subject} {match.document.title}", language))
    picks = [scored.pick(index) for index in np.argsort(-scored.probabilities, kind="stable")]
    # A heading that has the subject's words says nothing about it.
    telling_more = [pick for pick in picks if len(set(terms(pick.text, language)) - known) >= _ADDS]
    likely = [pick for pick in telling_more[:_PER_FILE] if pick.probability >= _LIKELY]
    chosen = likely or (telling_more[:1] if match.said else [])
    quotes = [
        contexts[pick.source].quote(pick.start, pick.end)
        for pick in sorted(chosen, key=lambda pick: (pick.source, pick.start))
    ]
    return quotes or ([telling(match.passages[0], subject)] if match.said else [])


def _day(document: Document) -> str:
    """When a document is from, as exactly as that is known: "2026-10-13", "2026-10", "2026"."""
    start, end = dated(document.path, document.modified)
    day = start.date().isoformat()
    return day[:4] if end - start > _MONTH else day[:7] if end - start > _DAY else day


def _of(quote: Quote) -> str:
    return quote.passage.chunk.text[quote.start : quote.end]
