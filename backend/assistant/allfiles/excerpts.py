"""What many files say about a subject, without a language model: the best sentences of each, word for word."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np

from backend.assistant.allfiles.listing import Tell, as_line
from backend.assistant.contexts import Quote, alone
from backend.assistant.questions.periods import dated
from backend.assistant.shown import Shown
from backend.models.extractive import Extractive, Pick
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
        new = await _best(extractive, match, subject, said)
        name = match.document.title
        if dates and not name.startswith(_day(match.document)):
            name = f"{_day(match.document)}, {name}"
        for place, (quote, text) in enumerate(new):
            separator, lead = (" ", "") if place else ("\n- ", f"{name}: ")
            shown.sentence(separator, f"{lead}{as_line(text)}", [quote])
        tell(read + 1, len(files))
    return len(files)


async def _best(
    extractive: Extractive, match: FileMatch, subject: str, said: list[set[str]]
) -> list[tuple[Quote, str]]:
    """The sentences of a file that are likeliest to say something about the subject, in the order of the file.

    Each comes with the words that it is shown in. None that says what `said` has already; what is picked is added to
    that.
    """
    contexts = alone(match.passages)
    scored = await extractive.score(subject, [context.source for context in contexts])
    if scored is None:
        return []
    language = match.document.language
    known = set(terms(f"{subject} {match.document.title}", language))
    picks: list[Pick] = []
    for index in np.argsort(-scored.probabilities, kind="stable"):
        pick = scored.pick(int(index))
        own = set(terms(pick.text, language))
        likely = pick.probability >= _LIKELY or (match.said and not picks)
        # A heading that has the subject's words says nothing about it.
        if likely and len(own - known) >= _ADDS and all(jaccard(own, other) < _SAME for other in said):
            said.append(own)
            picks.append(pick)
            if len(picks) == _PER_FILE:
                break
    picks.sort(key=lambda pick: (pick.source, pick.start))
    return [(contexts[pick.source].quote(pick.start, pick.end), pick.text) for pick in picks]


def _day(document: Document) -> str:
    """When a document is from, as exactly as that is known: "2026-10-13", "2026-10", "2026"."""
    start, end = dated(document.path, document.modified)
    day = start.date().isoformat()
    return day[:4] if end - start > _MONTH else day[:7] if end - start > _DAY else day
