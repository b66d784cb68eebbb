"""Files as a list: each once, with the sentence that makes it one of them."""

from collections.abc import Callable, Sequence

from backend.assistant.allfiles.phrases import Phrases
from backend.assistant.contexts import Quote
from backend.assistant.shown import Shown
from backend.models.sentences import Span, split
from backend.models.terms import terms
from backend.search.chunk import Passage
from backend.search.matching import FileMatch

# Files that are listed; of those that are only counted, so many are listed for a look.
LISTED = 50
LISTED_OF_COUNT = 10
# What is shown of a sentence (characters).
_SHOWN = 240

Tell = Callable[[int, int], None]
"""Hears how many of how many files are done."""


def show_list(
    shown: Shown, what: str, files: Sequence[FileMatch], subject: str, most: int, phrases: Phrases, tell: Tell
) -> None:
    """Show how many files there are, and the first `most` of them, each with a citation."""
    said = [match for match in files if match.said]
    near = [match for match in files if not match.said]
    heads = [(phrases.found.format(what=what, count=len(said)), said)]
    if near:
        heads.append((phrases.near.format(count=len(near)), near))
    listed = 0
    for head, group in heads:
        shown.resting("\n\n", head, (match.document.file_id for match in group))
        room = most - listed
        for match in group[:room]:
            quote = telling(match.passages[0], subject)
            shown.sentence("\n- ", f"{match.document.title}: {as_line(quote)}", [quote])
            listed += 1
            tell(listed, min(len(files), most))
        if group[room:]:
            rest = phrases.more.format(count=len(group[room:]))
            shown.resting("\n\n", rest, (match.document.file_id for match in group[room:]))


def telling(passage: Passage, subject: str) -> Quote:
    """The sentence of a passage that has most words of the subject; without one, its first that is no heading."""
    text, language = passage.chunk.text, passage.document.language
    wanted = set(terms(subject, language))

    def worth(span: Span) -> tuple[int, bool]:
        return len(wanted & set(terms(span.of(text), language))), span.kind != "heading"

    best = max(split(text), key=worth, default=Span(0, len(text), "sentence"))
    return Quote(passage, best.start, best.end)


def as_line(quote: Quote) -> str:
    """A quoted stretch on one line, cut where it is long."""
    line = " ".join(quote.passage.chunk.text[quote.start : quote.end].split()).lstrip("-*#• ")
    return line if len(line) <= _SHOWN else line[: line.rfind(" ", 0, _SHOWN)].rstrip(" ,;:") + " …"
