"""How a turn ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.assistant.events import Asked, Considered, ModelUsed, Step, Timings, TokensUsed
from backend.assistant.pending import Pending
from backend.assistant.shown import Shown

Status = Literal["done", "cancelled", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended. `finish` says its last event, after the outcome has been recorded.

    `actions` are ids of those that it proposed or changed; `pending` is the command that the next words may complete.
    """

    status: Status
    shown: Shown
    finish: Callable[[], None]
    model: ModelUsed | None = None
    confidence: float | None = None
    answered: bool = False
    note: str | None = None
    steps: Sequence[Step] = ()
    timings: Timings | None = None
    considered: Considered | None = None
    tokens: TokensUsed | None = None
    searched_for: str | None = None
    clarification: Asked | None = None
    rests_on: frozenset[int] = frozenset()
    actions: Sequence[str] = ()
    pending: Pending | None = None
