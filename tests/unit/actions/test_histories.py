"""Random histories of actions in two processes over the same records, with every kind of trouble.

Whatever happens: an action has its effect at most once, never after it was refused, and what is said of it is true.
"""

import asyncio
import itertools
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule

from backend.actions.action import Action, State
from backend.actions.journal import NEXT
from backend.actions.tables import ActionRow
from backend.database import Base, Database
from backend.errors import Conflict, RateLimited, Unavailable
from backend.jobs.tables import JobRow
from tests.unit.actions.board import PUT, SEND, Board, Clock, World, note

TROUBLES: st.SearchStrategy[type[BaseException] | None] = st.sampled_from(
    [None, None, RuntimeError, Conflict, asyncio.CancelledError]
)
HOUSES = st.sampled_from([0, 1])
KEYS = st.sampled_from(["k1", "k2"])
ENDS = {State.FAILED, State.UNSURE, State.UNDONE, State.DISMISSED, State.EXPIRED}
UNTOUCHED = {State.PROPOSED, State.WAITING, State.FAILED, State.DISMISSED, State.EXPIRED}


def reachable(state: State) -> set[State]:
    """Where an action in this state can be later."""
    found, new = {state}, {state}
    while new:
        new = {after for one in new for after in NEXT.get(one, frozenset())} - found
        found |= new
    return found


class ActionHistory(RuleBasedStateMachine):
    actions: Bundle[Action] = Bundle("actions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.board = Board()
        self.clock = Clock()
        self.numbers = itertools.count(1)
        url = f"sqlite+aiosqlite:///{Path(self.folder.name) / 'actions.db'}"
        self.databases = [Database(url), Database(url)]
        self.runner.run(self.create())
        self.houses = [self.house(0), self.house(1)]
        self.known: dict[str, tuple[Action, State]] = {}
        self.stopped: set[str] = set()

    def house(self, number: int) -> World:
        new_id = lambda: f"id-{next(self.numbers)}"  # noqa: E731
        return World(self.databases[number], self.board, self.clock, alone=False, new_id=new_id)

    async def create(self) -> None:
        tables = [Base.metadata.tables[row.__tablename__] for row in (ActionRow, JobRow)]
        async with self.databases[0].engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all, tables=tables)

    def teardown(self) -> None:
        for database in self.databases:
            self.runner.run(database.close())
        self.runner.close()
        self.folder.cleanup()

    def do(self, *work: Coroutine[Any, Any, object]) -> None:
        """All at the same time; refusals are answers."""

        async def gathered() -> list[object]:
            return list(await asyncio.gather(*work, return_exceptions=True))

        for answer in self.runner.run(gathered()):
            if isinstance(answer, BaseException) and not isinstance(
                answer, Conflict | RateLimited | Unavailable | asyncio.CancelledError
            ):
                raise answer

    @rule(target=actions, house=HOUSES, kinds=st.lists(st.sampled_from([PUT, SEND]), min_size=1, max_size=3))
    def propose(self, house: int, kinds: list[str]) -> MultipleResults[Action]:
        drafts = [note(f"note {next(self.numbers)}", kind) for kind in kinds]
        proposed = self.runner.run(self.houses[house].propose(*drafts))
        self.known.update({action.id: (action, State.PROPOSED) for action in proposed})
        return multiple(*proposed)

    @rule(action=actions, house=HOUSES, key=KEYS, before=TROUBLES, after=TROUBLES)
    def confirm(
        self,
        action: Action,
        house: int,
        key: str,
        before: type[BaseException] | None,
        after: type[BaseException] | None,
    ) -> None:
        self.trouble(before, after)
        self.do(self.houses[house].actions.confirm("ann", action.id, key))

    @rule(action=actions, house=HOUSES, key=KEYS)
    def confirm_group(self, action: Action, house: int, key: str) -> None:
        self.trouble(None, None)
        self.do(self.houses[house].actions.confirm_group("ann", action.group, key))

    @rule(
        action=actions,
        asked=st.lists(
            st.tuples(HOUSES, st.sampled_from(["confirm", "dismiss", "undo", "edit", "group"]), KEYS),
            min_size=2,
            max_size=4,
        ),
        after=TROUBLES,
    )
    def race(self, action: Action, asked: list[tuple[int, str, str]], after: type[BaseException] | None) -> None:
        self.trouble(None, after)
        self.do(*(self.ask(action, house, what, key) for house, what, key in asked))

    async def ask(self, action: Action, house: int, what: str, key: str) -> object:
        actions = self.houses[house].actions
        match what:
            case "confirm":
                return await actions.confirm("ann", action.id, key)
            case "dismiss":
                return await actions.dismiss("ann", action.id)
            case "undo":
                return await actions.undo("ann", action.id)
            case "edit":
                return await actions.edit("ann", action.id, {"text": f"edited {next(self.numbers)}"})
            case _:
                return await actions.confirm_group("ann", action.group, key)

    @rule(action=actions, house=HOUSES)
    def dismiss(self, action: Action, house: int) -> None:
        self.do(self.houses[house].actions.dismiss("ann", action.id))

    @rule(action=actions, house=HOUSES)
    def undo(self, action: Action, house: int) -> None:
        self.do(self.houses[house].actions.undo("ann", action.id))

    @rule(seconds=st.sampled_from([5.0, 15.0, 300.0, 1900.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(house=HOUSES, before=TROUBLES, after=TROUBLES, away=st.booleans())
    def work(
        self, house: int, before: type[BaseException] | None, after: type[BaseException] | None, away: bool
    ) -> None:
        self.trouble(before, after)
        self.board.finding = Unavailable("away") if away else None
        self.do(self.houses[house].work())
        self.board.finding = None

    @rule()
    def both_work(self) -> None:
        self.trouble(None, None)
        self.do(*(house.work() for house in self.houses))

    @rule(house=HOUSES)
    def recover(self, house: int) -> None:
        self.do(self.houses[house].actions.recover())

    @rule(house=HOUSES)
    def restart(self, house: int) -> None:
        self.houses[house] = self.house(house)
        self.do(self.houses[house].actions.recover())

    def trouble(self, before: type[BaseException] | None, after: type[BaseException] | None) -> None:
        """For the next time that something is done. After its effect, a refusal of the house would be a lie."""
        self.board.before = None if before is None else before("trouble")
        self.board.after = None if after is None or after is Conflict else after("trouble")

    @invariant()
    def nothing_happens_twice(self) -> None:
        assert max(Counter(self.board.effects).values(), default=1) == 1
        assert max(Counter(self.board.undone).values(), default=1) == 1

    @invariant()
    def what_is_said_is_true_and_only_goes_forward(self) -> None:
        for action, before in list(self.known.values()):
            state = State(self.runner.run(self.houses[0].state(action)))
            assert state in reachable(before), f"{before} → {state}"
            if before in ENDS:
                assert state is before
            if state in UNTOUCHED:
                assert action.key not in self.board.effects, state
            if state is State.DONE:
                assert action.key in self.board.effects
                assert action.key not in self.board.undone
            if state is State.UNDONE:
                assert (action.key in self.board.effects) == (action.key in self.board.undone)
            self.known[action.id] = (action, state)


TestActionHistory = ActionHistory.TestCase
TestActionHistory.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
