"""Words of a command, with where they stand in the text."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*['’]?|\S", re.UNICODE)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or one sign. `word` is lower case; `glued` says that no space stands before it."""

    word: str
    start: int
    end: int
    glued: bool


def tokenise(text: str) -> list[Token]:
    """Split into runs of letters, runs of digits and single signs. Positions count characters of `text`."""
    tokens = []
    last = -1
    for match in _TOKEN.finditer(text):
        word = unicodedata.normalize("NFC", match.group().translate(_APOSTROPHES).lower())
        tokens.append(Token(word, match.start(), match.end(), match.start() == last))
        last = match.end()
    return tokens


def without_fillers(tokens: list[Token], fillers: Collection[tuple[str, ...]]) -> list[Token]:
    """The tokens without hesitations ("um", "you know"). A filler may be several words long."""
    longest = max((len(filler) for filler in fillers), default=0)
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        for length in range(min(longest, len(tokens) - at), 0, -1):
            if tuple(token.word for token in tokens[at : at + length]) in fillers:
                at += length
                break
        else:
            kept.append(tokens[at])
            at += 1
    return kept
