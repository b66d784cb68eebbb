"""A performer over a board of notes, with every kind of trouble on demand, and what drives the jobs of actions."""

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from backend.actions.action import Action, Draft, Field, Json, Option, Performed
from backend.actions.execution import FIND, PERFORM, Heard, MayAct, Patience, anybody
from backend.actions.service import Actions
from backend.database import Database
from backend.errors import BadInput, Unavailable, VoiceAssistError
from backend.jobs.sql import SqlLedger

PUT, SEND = "notes.put", "notes.send"
DELAY = 10.0
START = datetime(2026, 3, 6, 9, tzinfo=UTC)
PATIENCE = Patience(perform=20.0, find=20.0, settle=10.0)


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Board:
    """Puts notes on a board, and sends them after a delay.

    A fake, for the board's memory is this process's: that nothing is done twice across processes and crashes is proved
    by `tests/integration/actions`. `before` and `after` are raised by the next `perform`, before or after its effect;
    `finding` by every `find`, `undoing` by every `undo`. `hold` is waited for before an effect.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({PUT, SEND})

    notes: dict[str, str] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    before: BaseException | None = None
    after: BaseException | None = None
    finding: Exception | None = None
    undoing: BaseException | None = None
    hold: asyncio.Event | None = None

    async def check(self, user_id: str, draft: Draft) -> Draft:
        text = str(draft.value("text"))
        if text == "forbidden":
            raise BadInput("Not that.", field="text")
        if draft.value("moment") == "2026-03-08T09:00":
            return replace(draft, warnings=("You are busy at that time.",), sentence=f"Put {text!r} on the board.")
        return replace(draft, warnings=(), sentence=f"Put {text!r} on the board.")

    def delay(self, draft: Draft) -> float:
        return DELAY if draft.kind == SEND else 0.0

    async def perform(self, action: Action) -> Performed:
        trouble, self.before = self.before, None
        if trouble is not None:
            raise trouble
        if self.hold is not None:
            await self.hold.wait()
        self.effects.append(action.key)
        self.notes[action.key] = str(action.draft.value("text"))
        trouble, self.after = self.after, None
        if trouble is not None:
            raise trouble
        return self._performed(action)

    async def find(self, action: Action) -> Performed | None:
        if self.finding is not None:
            raise self.finding
        return self._performed(action) if action.key in self.notes else None

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        if self.hold is not None:
            await self.hold.wait()
        if self.undoing is not None:
            raise self.undoing
        self.undone.append(action.key)
        return f"{undo['text']} is off the board."

    def _performed(self, action: Action) -> Performed:
        text = self.notes[action.key]
        undo: Mapping[str, Json] | None = None if action.draft.kind == SEND else {"text": text}
        return Performed(f"{text} is on the board.", undo, "https://cloud.example.org/board")


def note(text: str = "call the lab", kind: str = PUT) -> Draft:
    """A draft for the board, with a field of most kinds."""
    fields = (
        Field("text", "Text", "text", text),
        Field("moment", "When", "moment", "2026-03-07T09:00"),
        Field("zone", "Time zone", "zone", "Europe/Berlin"),
        Field("colour", "Colour", "choice", "red", options=(Option("red", "Red"), Option("blue", "Blue"))),
        Field("board", "Board", "text", "Ward 3", editable=False),
    )
    return Draft(kind, f"Put {text!r} on the board.", fields, {"secret": "etag-17"})


class World:
    """Actions over a board, at a time of the test's own."""

    def __init__(
        self,
        database: Database,
        board: Board | None = None,
        clock: Clock | None = None,
        heard: Sequence[Heard] = (),
        *,
        alone: bool = True,
        patience: Patience = PATIENCE,
        new_id: Callable[[], str] | None = None,
        may_act: MayAct = anybody,
    ) -> None:
        self.database = database
        self.board = board or Board()
        self.clock = clock or Clock()
        self.ledger = SqlLedger(database, clock=self.clock, random=lambda: 0.5)
        numbers = itertools.count(1)
        self.actions = Actions(
            database,
            self.ledger,
            [self.board],
            heard=heard,
            alone=alone,
            patience=patience,
            now=self.clock,
            new_id=new_id or (lambda: f"id-{next(numbers)}"),
            may_act=may_act,
        )

    def restarted(self) -> "World":
        """Another process over the same records and the same board."""
        return World(self.database, self.board, self.clock, new_id=lambda: "unused")

    async def propose(self, *drafts: Draft, user: str = "ann", conversation: str | None = "talk") -> list[Action]:
        return await self.actions.propose(user, drafts or [note()], turn_id="turn", conversation_id=conversation)

    async def work(self) -> list[str]:
        """Run the jobs that are due as a worker would, once; what became of those that failed."""
        troubles = []
        for job in await self.ledger.lease("worker", [PERFORM, FIND], 100, 30.0):
            try:
                await self.actions.execution.run(job)
            except (VoiceAssistError, RuntimeError) as error:
                troubles.append(type(error).__name__)
                blame = not isinstance(error, Unavailable)
                after = await self.ledger.fail(job, error, blame=blame)
                if after is not None:
                    await self.actions.execution.failed(after)
            else:
                await self.ledger.done(job)
        return troubles

    async def state(self, action: Action) -> str:
        return (await self.actions.get(action.user_id, action.id)).state
