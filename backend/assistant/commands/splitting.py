"""Several commands in one sentence: "cancel my two o'clock and email Anna that I am late"."""

import re
from collections.abc import Callable, Iterator, Sequence

from backend.assistant.understanding.command import Command
from backend.assistant.understanding.frames import LIKELY
from backend.assistant.understanding.intents import SlotType

# More actions than this in one sentence are a misunderstanding.
_MOST = 4
# Free words, in which anything may be said: what stands in them is no second command, unless the seam is a strong one.
_FREE = frozenset({SlotType.BODY, SlotType.SUBJECT, SlotType.TITLE})


def split(
    text: str, command: Command, understand: Callable[[str], Command], weak: Sequence[str], strong: Sequence[str]
) -> list[tuple[str, Command]]:
    """The commands of a sentence with their words; one where it is not surely several.

    `weak` seams ("and") and `strong` ones ("and then", ";") separate commands when both sides are commands that change
    something; a weak one inside of free words does not.
    """
    if not command.intent.writes:
        return [(text, command)]
    for first, last, is_strong in _seams(text, weak, strong):
        before, after = text[:first].strip(" ,"), text[last:].strip(" ,")
        left, right = understand(before), understand(after)
        if not (_is_surely_write(left) and _is_surely_write(right)):
            continue
        if not is_strong and any(slot.type in _FREE and slot.first < first < slot.last for slot in command.slots):
            continue
        return [(before, left), *split(after, right, understand, weak, strong)][:_MOST]
    return [(text, command)]


def _seams(text: str, weak: Sequence[str], strong: Sequence[str]) -> Iterator[tuple[int, int, bool]]:
    """Where the sentence may be cut: begin and end of each seam, in order of the text, strong ones first."""
    for seams, is_strong in ((strong, True), (weak, False)):
        for found in re.finditer("|".join(map(re.escape, seams)), text, re.IGNORECASE):
            yield found.start(), found.end(), is_strong


def _is_surely_write(command: Command) -> bool:
    return command.intent.writes and command.confidence >= LIKELY
