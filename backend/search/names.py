"""The names by which documents speak of each other: file names and titles, in one spelling.

"The manuscript is in the hand of C. P. E. Bach" leads to the document of that name. This is how a second search finds
what the passages of the first only name.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

_WORD = re.compile(r"\w+")
_IN_BRACKETS = re.compile(r"\(.*?\)")

# Words in a name that is looked up. Longer titles are sentences, which nobody cites in full.
_LONGEST = 6
_SHORTEST = 3  # characters


def names(title: str, headings: Sequence[str]) -> tuple[str, ...]:
    """What a document is called by others: its file name and its outermost heading, each also up to its first comma.

    What stands in brackets ("(film)", "(2)") is left out, and titles that are sentences.
    """
    called = [name for name in (PurePosixPath(title).stem, *headings[:1]) if _is_name(_spelt(name))]
    short = [name.partition(",")[0] for name in called]
    return tuple(dict.fromkeys(spelt for spelt in map(_spelt, called + short) if _is_name(spelt)))


def mentions(text: str, *, capitals: bool) -> set[str]:
    """All runs of words in `text` that may be a document's name, spelt as `names` spells them.

    With `capitals` only those that begin and end with a capital or a digit, as names do in a text; a question is often
    typed without.
    """
    return set(_runs(_WORD.findall(text), capitals))


def _runs(words: Sequence[str], capitals: bool) -> Iterator[str]:
    for first, word in enumerate(words):
        if capitals and not _leads(word):
            continue
        for after in range(first + 1, min(first + _LONGEST, len(words)) + 1):
            if not capitals or _leads(words[after - 1]):
                name = " ".join(words[first:after]).casefold()
                if _is_name(name):
                    yield name


def _leads(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit()


def _spelt(name: str) -> str:
    return " ".join(_WORD.findall(_IN_BRACKETS.sub(" ", name).casefold()))


def _is_name(name: str) -> bool:
    return len(name) >= _SHORTEST and any(c.isalpha() for c in name) and name.count(" ") < _LONGEST
