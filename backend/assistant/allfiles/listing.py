"""Files as a list: each once, with the sentence that makes it one of them."""

from collections.abc import Callable, Sequence

from backend.assistant.allfiles.phrases import Phrases
from backend.assistant.contexts import Quote, alone
from backend.assistant.shown import Shown
from backend.models.candidates import Candidate, candidates
from backend.models.candidates import shown as shown_text
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
            quote, text = telling(match.passages[0], subject)
            shown.sentence("\n- ", f"{match.document.title}: {as_line(text)}", [quote])
            listed += 1
            tell(listed, min(len(files), most))
        if group[room:]:
            rest = phrases.more.format(count=len(group[room:]))
            shown.resting("\n\n", rest, (match.document.file_id for match in group[room:]))


def telling(passage: Passage, subject: str) -> tuple[Quote, str]:
    """The sentence of a passage that has most words of the subject, and how it is shown.

    Without a subject it is the first that says something: not the address, the date and the greeting of a letter.
    """
    language = passage.document.language
    wanted = set(terms(subject, language))

    def worth(one: Candidate) -> tuple[int, bool, bool]:
        return len(wanted & one.own), not one.bare, bool(wanted) or one.span.kind == "sentence"

    (context,) = alone([passage])
    best = max(candidates([context.source]), key=worth, default=None)
    if best is None:
        return context.quote(0, len(context.text)), context.text
    return context.quote(best.span.start, best.span.end), shown_text(best)


def as_line(text: str) -> str:
    """A stretch on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: line.rfind(" ", 0, _SHOWN)].rstrip(" ,;:") + " …"
