"""The vocabulary of a user, from sources that answer, fail and stall."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from backend.errors import Unavailable
from backend.voice import vocabulary as module
from backend.voice.vocabulary import MOST_FILES, MOST_NAMES, Vocabularies

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


class House:
    """What a user has, and a clock."""

    def __init__(self) -> None:
        self.people = ["Priya Nair", "Anna Weber"]
        self.calendars = ["Private"]
        self.files = ["Hygiene plan.pdf", "Anna Weber"]
        self.now = NOON
        self.asked = 0
        self.vocabularies = Vocabularies(
            self.said(lambda: self.people), self.said(lambda: self.calendars), self.said(lambda: self.files), self.clock
        )

    def clock(self) -> datetime:
        return self.now

    def said(self, names: Callable[[], Sequence[str]]) -> Callable[[str], Awaitable[Sequence[str]]]:
        async def answer(user_id: str) -> Sequence[str]:
            self.asked += 1
            return names()

        return answer


async def test_people_calendars_and_files_are_in_it_once_each() -> None:
    names = (await House().vocabularies.of("ann")).names
    assert names == ("Private", "Priya Nair", "Anna Weber", "Hygiene plan.pdf")


async def test_it_is_kept_for_a_while_and_its_version_changes_when_a_name_does() -> None:
    house = House()
    first = await house.vocabularies.of("ann")
    house.people.append("Bob Brown")
    assert await house.vocabularies.of("ann") is first
    house.now += timedelta(minutes=5)
    second = await house.vocabularies.of("ann")
    assert "Bob Brown" in second.names
    assert second.version != first.version
    house.people.remove("Bob Brown")
    house.now += timedelta(minutes=5)
    assert (await house.vocabularies.of("ann")).version == first.version


async def test_a_forgotten_user_is_asked_about_again() -> None:
    house = House()
    await house.vocabularies.of("ann")
    await house.vocabularies.of("ann")
    assert house.asked == 3
    house.vocabularies.forget_user("ann")
    await house.vocabularies.of("ann")
    assert house.asked == 6


async def test_many_contacts_leave_room_for_files_and_all_together_are_bounded() -> None:
    house = House()
    house.people = [f"Person {number}" for number in range(5_000)]
    house.files = [f"File {number}" for number in range(5_000)]
    names = (await house.vocabularies.of("ann")).names
    assert len(names) == MOST_NAMES
    assert sum(name.startswith("File") for name in names) == MOST_FILES


async def test_a_source_that_fails_or_stalls_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    house = House()

    async def fails(user_id: str) -> Sequence[str]:
        raise Unavailable("The calendar server does not answer.")

    async def stalls(user_id: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    vocabularies = Vocabularies(house.said(lambda: house.people), fails, stalls, house.clock)
    assert (await vocabularies.of("ann")).names == ("Priya Nair", "Anna Weber")
