"""Self-corrections in speech: "tomorrow at three, no, make that Friday"."""

from collections.abc import Callable, Sequence

from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.grammar import Found
from backend.assistant.understanding.dates.values import Form, Recurrence, Time
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.tokens import Token


def corrected(tokens: Sequence[Token], cues: Cues, parse: Callable[[Sequence[Token]], list[Found]]) -> list[Token]:
    """The tokens as they were meant. What is said after the correction takes the place of what it corrects: a day of a
    day, a time of day of a time of day, anything else of the word before it."""
    hit = cues.first(Cue.CORRECTION)
    if hit is None or hit.first == 0 or hit.last >= len(tokens):
        return list(tokens)
    said, meant = list(tokens[: hit.first]), list(tokens[hit.last :])
    while said and said[-1].word in {",", "-", ".", ";"}:
        said.pop()
    while meant and meant[0].word in {",", "-", ".", ";", ":"}:
        meant.pop(0)
    replacement = [found for found in parse(meant) if isinstance(found.value, Time | Recurrence)]
    if not replacement or replacement[0].first > 0:
        length = min(len(meant), 1)
        return [*said[: max(len(said) - length, 0)], *meant] if said and meant else said
    dropped = _replaced(parse(said), replacement[0])
    kept = [token for position, token in enumerate(said) if position not in dropped]
    return [*kept, *meant]


def _replaced(times: Sequence[Found], new: Found) -> set[int]:
    """The positions of the words that `new` takes the place of, in the last of `times` that has such a part."""
    clocked = _is_clock(new)
    for found in reversed(times):
        piece = found.piece(clock=clocked)
        if piece is not None and not new.pieces:
            return set(range(piece.first, piece.last))
        if _is_clock(found) == clocked or new.pieces:
            return set(range(found.first, found.last))
    return set()


def _is_clock(found: Found) -> bool:
    return isinstance(found.value, Time) and found.value.grain < Grain.DAY and found.value.form is not Form.SHIFTED
