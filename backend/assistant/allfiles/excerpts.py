"""What many files say about a subject, without a language model: the best sentences of each, word for word."""

from collections.abc import Callable, Sequence

from backend.assistant.allfiles.listing import Tell, as_line, telling
from backend.assistant.contexts import Quote, alone
from backend.assistant.questions.periods import dated
from backend.assistant.shown import Shown
from backend.models.extractive import Extractive
from backend.models.terms import jaccard, terms
from backend.search.matching import FileMatch

# Sentences of one file, and how likely (0 to 1) one must be to answer where the file has not the subject's words.
_PER_FILE = 2
_LIKELY = 0.15
# Two sentences that share this much of their words say the same.
_SAME = 0.6


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
            name = f"{dated(match.document.path, match.document.modified)[0].date()}, {name}"
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
    order = sorted(range(len(scored.candidates)), key=lambda index: -float(scored.probabilities[index]))
    picks = [scored.pick(index) for index in order[:_PER_FILE]]
    likely = sorted((p for p in picks if p.probability >= _LIKELY), key=lambda p: (p.source, p.start))
    quotes = [contexts[pick.source].quote(pick.start, pick.end) for pick in likely]
    return quotes or ([telling(match.passages[0], subject)] if match.said else [])


def _of(quote: Quote) -> str:
    return quote.passage.chunk.text[quote.start : quote.end]
