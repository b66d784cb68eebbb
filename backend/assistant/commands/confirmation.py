"""What a short answer to a proposal means: yes, no, take it back, or something else."""

import re
from dataclasses import dataclass
from enum import Enum, auto

# An answer is short (words); anything longer is a new command or question.
_LONGEST = 8
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Meant(Enum):
    """What the user wants done with what was proposed or done last."""

    YES = auto()
    NO = auto()
    UNDO = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class ConfirmationWords:
    """How a language says yes, no and "take it back". `fillers` may stand anywhere beside them."""

    yes: frozenset[str]
    no: frozenset[str]
    undo: frozenset[str]
    fillers: frozenset[str]


def meant_by(text: str, words: ConfirmationWords) -> Meant:
    """What the whole of `text` means. Anything said beside it ("yes, but at three") makes it OTHER, and so does a
    mixture ("yes no"): a confirmation is never guessed."""
    said = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    if not said or len(said) > _LONGEST:
        return Meant.OTHER
    found: set[Meant] = set()
    at = 0
    while at < len(said):
        for meant, phrases in ((Meant.UNDO, words.undo), (Meant.NO, words.no), (Meant.YES, words.yes)):
            length = _longest_at(said, at, phrases)
            if length:
                found.add(meant)
                at += length
                break
        else:
            if said[at] not in words.fillers:
                return Meant.OTHER
            at += 1
    return found.pop() if len(found) == 1 else Meant.OTHER


def _longest_at(said: list[str], at: int, phrases: frozenset[str]) -> int:
    """How many words at a place are one of the phrases; the longest counts."""
    for length in range(min(_LONGEST, len(said) - at), 0, -1):
        if " ".join(said[at : at + length]) in phrases:
            return length
    return 0
