"""What VoiceAssist says to a command: lines, a question back, cards to confirm, or what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.actions.action import Action
from backend.assistant.commands.request import Line, Reply
from backend.assistant.events import Asked, ModelUsed
from backend.assistant.pending import Pending


@dataclass(frozen=True, slots=True)
class Said:
    """The outcome of handling what was heard.

    `proposed` are new cards, `changed` are actions that were confirmed, dismissed, edited or undone just now. `asked`
    is a question back; `pending` is what its answer continues. `found`: see `Reply`.
    `asked_model`: the language model that read the words, where one did.
    """

    lines: Sequence[Line] = ()
    proposed: Sequence[Action] = ()
    changed: Sequence[Action] = ()
    asked: Asked | None = None
    pending: Pending | None = None
    found: bool = True
    asked_model: ModelUsed | None = None

    @classmethod
    def plain(cls, text: str) -> "Said":
        """One sentence of our own."""
        return cls((Line(text),))

    @classmethod
    def of(cls, replies: Sequence[Reply]) -> "Said":
        """The lines of several replies, one after the other."""
        return cls(
            tuple(line for reply in replies for line in reply.lines), found=any(reply.found for reply in replies)
        )
