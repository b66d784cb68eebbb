"""Denials are recorded, and are few however many there were."""

import asyncio

import pytest

from backend.errors import Unavailable
from backend.identity.events import Event, Outcome
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.recorded import RecordedPolicy
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Action, Principal, Resource, Way

ANN = Principal("ann's files", way=Way.OIDC, name="ann")
AUDIT, USERS, MAIL = (Resource(kind, "ann's files") for kind in ("audit", "users", "mail"))
_RULES = RegoPolicy(SHIPPED)


class Book:
    """What was recorded. `pages` says that it can be."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.pages = True
        self.again = asyncio.Event()

    async def record(self, event: Event) -> None:
        if not self.pages:
            raise Unavailable("It could not be recorded.")
        self.events.append(event)
        if event.kind == "access.denied.again":
            self.again.set()

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.fixture
def book() -> Book:
    return Book()


async def test_a_denial_says_who_what_and_why_and_what_is_allowed_is_not_recorded(book: Book) -> None:
    policy = RecordedPolicy(_RULES, book.record)
    assert (await policy.decide(ANN, Action.WRITE, MAIL)).allow
    assert book.events == []
    assert not (await policy.decide(ANN, Action.READ, AUDIT)).allow
    details = {"action": "read", "way": "oidc"}
    assert book.events == [
        Event("access.denied", "ann", Outcome.REFUSED, "audit", "no rule allows it", details),
    ]
    await policy.close()
    assert len(book.events) == 1


async def test_a_thousand_denials_of_a_user_are_one_entry_for_each_kind_and_one_for_the_rest(book: Book) -> None:
    policy = RecordedPolicy(_RULES, book.record)
    await asyncio.gather(*(policy.decide(ANN, Action.READ, AUDIT) for _ in range(500)))
    await asyncio.gather(*(policy.decide(ANN, Action.WRITE, USERS) for _ in range(500)))
    await policy.decide(Principal("bob"), Action.READ, AUDIT)
    assert [(event.user_id, event.resource) for event in book.events] == [
        ("ann", "audit"), ("ann", "users"), ("bob", "audit"),
    ]  # fmt: skip
    await policy.close()
    again = Event("access.denied.again", "ann", Outcome.REFUSED, details={"read audit": "499", "write users": "499"})
    assert book.events[3:] == [again]


async def test_what_came_again_is_told_when_its_time_is_over_and_then_counts_anew(book: Book) -> None:
    policy = RecordedPolicy(_RULES, book.record, window=0.05)
    for _ in range(3):
        await policy.decide(ANN, Action.READ, AUDIT)
    await asyncio.wait_for(book.again.wait(), 10)
    assert book.events[-1].details == {"read audit": "2"}
    await policy.decide(ANN, Action.READ, AUDIT)
    await policy.close()
    assert book.kinds == ["access.denied", "access.denied.again", "access.denied"]


async def test_a_denial_that_cannot_be_recorded_allows_nothing_and_is_recorded_the_next_time(book: Book) -> None:
    policy = RecordedPolicy(_RULES, book.record)
    book.pages = False
    for _ in range(2):
        with pytest.raises(Unavailable):
            await policy.decide(ANN, Action.READ, AUDIT)
    book.pages = True
    assert not (await policy.decide(ANN, Action.READ, AUDIT)).allow
    await policy.close()
    assert book.kinds == ["access.denied"]
