"""Searches that are begun before they are asked for: the same are waited for, and nothing of the others is left."""

import asyncio
import gc

import pytest

from backend.assistant.begun import FRESH_SECONDS, Begun
from backend.egress.gate import Call, Carrier, Destination, Gate, Purpose
from backend.errors import Unavailable
from backend.search.chunk import Filters, Passage
from backend.settings import Settings
from tests.unit.assistant.test_contexts import passage

ANYWHERE = Filters()


class Slow:
    """A search that ends when it is told to; stands in for the real one, which its own tests prove.

    Each gives a passage of its own. What it sends passes the gate, which notes for whom.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Filters, int]] = []
        self.cancelled: list[str] = []
        self.waits = asyncio.Event()
        self.go = asyncio.Event()
        self.fault: Exception | None = None
        self.acted_for: list[str | None] = []
        self._gate = Gate(Settings(), [self._note])

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        self.asked.append((user_id, query, filters, limit))
        number = len(self.asked)
        await self._gate.check(Purpose.EMBEDDING, Destination("127.0.0.1", Carrier.DIRECT), [query])
        self.waits.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(query)
            raise
        if self.fault is not None:
            raise self.fault
        return [passage(number, 0, query)]

    async def _note(self, call: Call) -> None:
        self.acted_for.append(call.user_id)


@pytest.fixture
def slow() -> Slow:
    """The search over which another is begun."""
    return Slow()


@pytest.fixture
def clock() -> list[float]:
    """The seconds of a clock that stands still."""
    return [100.0]


@pytest.fixture
def begun(slow: Slow, clock: list[float]) -> Begun:
    """What is tested."""
    return Begun(slow, lambda: clock[0])


async def test_a_search_that_was_begun_is_waited_for_and_not_begun_anew(begun: Begun, slow: Slow) -> None:
    begun.begin("anna", "flu", ANYWHERE, 30)
    await slow.waits.wait()
    waiting = asyncio.create_task(begun.search("anna", "flu", ANYWHERE, 30))
    slow.go.set()
    assert [found.chunk.text for found in await waiting] == ["flu"]
    assert len(slow.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        ("bert", "flu", ANYWHERE, 30),
        ("anna", "measles", ANYWHERE, 30),
        ("anna", "flu", Filters(file_ids=(7,)), 30),
        ("anna", "flu", ANYWHERE, 8),
    ],
)
async def test_what_was_begun_is_given_to_nobody_and_nothing_else(
    begun: Begun, slow: Slow, other: tuple[str, str, Filters, int]
) -> None:
    slow.go.set()
    await begun.begin("anna", "flu", ANYWHERE, 30)
    [found] = await begun.search(*other)
    assert found.document.file_id == 2
    assert slow.asked[1] == other


async def test_what_was_begun_long_ago_is_searched_for_anew(begun: Begun, slow: Slow, clock: list[float]) -> None:
    slow.go.set()
    await begun.begin("anna", "flu", ANYWHERE, 30)
    clock[0] += FRESH_SECONDS
    assert [found.document.file_id for found in await begun.search("anna", "flu", ANYWHERE, 30)] == [1]
    clock[0] += 0.1
    assert [found.document.file_id for found in await begun.search("anna", "flu", ANYWHERE, 30)] == [2]


async def test_a_search_that_takes_long_is_waited_for_and_what_it_found_is_new(
    begun: Begun, slow: Slow, clock: list[float]
) -> None:
    begun.begin("anna", "flu", ANYWHERE, 30)
    await slow.waits.wait()
    clock[0] += 10 * FRESH_SECONDS
    waiting = asyncio.create_task(begun.search("anna", "flu", ANYWHERE, 30))
    await asyncio.sleep(0)
    slow.go.set()
    assert [found.document.file_id for found in await waiting] == [1]
    clock[0] += FRESH_SECONDS
    assert [found.document.file_id for found in await begun.search("anna", "flu", ANYWHERE, 30)] == [1]


async def test_what_failed_before_it_was_asked_for_is_searched_for_anew(begun: Begun, slow: Slow) -> None:
    slow.go.set()
    slow.fault = Unavailable("Nextcloud does not answer.")
    await asyncio.wait([begun.begin("anna", "flu", ANYWHERE, 30)])
    slow.fault = None
    assert await begun.search("anna", "flu", ANYWHERE, 30)
    assert len(slow.asked) == 2


async def test_who_waits_for_it_is_told_that_it_fails(begun: Begun, slow: Slow) -> None:
    begun.begin("anna", "flu", ANYWHERE, 30)
    slow.fault = Unavailable("Nextcloud does not answer.")
    slow.go.set()
    with pytest.raises(Unavailable):
        await begun.search("anna", "flu", ANYWHERE, 30)
    assert len(slow.asked) == 1


async def test_nothing_is_told_of_the_failure_of_what_nobody_asks_for(begun: Begun, slow: Slow) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    slow.fault = Unavailable("Nextcloud does not answer.")
    slow.go.set()
    await asyncio.wait([begun.begin("anna", "flu", ANYWHERE, 30)])
    begun.cancel()
    gc.collect()
    assert told == []


async def test_what_is_cancelled_ends_and_is_not_given_to_a_later_question(begun: Begun, slow: Slow) -> None:
    task = begun.begin("anna", "flu", ANYWHERE, 30)
    await slow.waits.wait()
    begun.cancel()
    slow.go.set()
    # As a command that turns out to be a question asks: before the cancelled one has come to its end.
    [found] = await begun.search("anna", "flu", ANYWHERE, 30)
    assert found.document.file_id == 2
    assert task.cancelled()
    assert slow.cancelled == ["flu"]


async def test_a_search_ends_with_whoever_waits_for_it(begun: Begun, slow: Slow) -> None:
    waiting = asyncio.create_task(begun.search("anna", "flu", ANYWHERE, 30))
    await slow.waits.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert slow.cancelled == ["flu"]


async def test_it_is_searched_for_the_user_who_asks(begun: Begun, slow: Slow) -> None:
    slow.go.set()
    await begun.begin("anna", "flu", ANYWHERE, 30)
    await begun.search("bert", "flu", ANYWHERE, 30)
    assert slow.acted_for == ["anna", "bert"]
