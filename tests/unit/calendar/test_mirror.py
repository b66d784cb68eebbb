"""Two calendars become one and stay it, whatever happens on both sides and wherever a round breaks off."""

import asyncio
import contextlib
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.calendar import ics
from backend.calendar.event import NewEvent, Person
from backend.calendar.faults import LineLost
from backend.calendar.ics import Stamp
from backend.calendar.mirror import content
from backend.calendar.mirror.sync import Outcome, Place, Round, Side
from tests.unit.calendar.series import NOW
from tests.unit.calendar.shelf import Memory, Shelf

ME = Person("Me", "me@clinic.example")


class Pair:
    """Two calendars and their mirror."""

    def __init__(self) -> None:
        self.shelves: dict[Side, Shelf] = {"local": Shelf("local"), "remote": Shelf("remote")}
        self.places = {side: Place(shelf, f"/{side}/") for side, shelf in self.shelves.items()}
        self.memory = Memory()
        self.time = 0

    def run(self) -> Outcome:
        return asyncio.run(Round(self.places, self.memory).run())

    def put(self, side: Side, uid: str, title: str) -> None:
        """Somebody makes or changes an event on one side."""
        self.time += 1
        at = NOW + timedelta(minutes=self.time)
        event = NewEvent(title, NOW, NOW + timedelta(hours=1), people=(Person("Jo", "jo@clinic.example"),))
        there = self.href(side, uid)
        self.shelves[side].set(there or f"/{side}/own-{uid}.ics", ics.new_event(event, uid, Stamp("", at), ME))

    def drop(self, side: Side, uid: str) -> None:
        if (there := self.href(side, uid)) is not None:
            self.shelves[side].drop(there)

    def href(self, side: Side, uid: str) -> str | None:
        found = [href for href, (_, data) in self.shelves[side].objects.items() if f"UID:{uid}\r\n" in data]
        return found[0] if found else None

    def titles(self, side: Side) -> dict[str, str]:
        """The events of one side; each UID must be there once."""
        calendars = [ics.parse(data) for _, data in self.shelves[side].objects.values()]
        uids = [content.uid_of(one) for one in calendars]
        assert len(uids) == len(set(uids)), uids
        return {str(one.events[0]["UID"]): str(one.events[0]["SUMMARY"]) for one in calendars}

    def settle(self) -> None:
        """Rounds until nothing is written any more: two are enough, the third one proves it."""
        self.run()
        self.run()
        before = [shelf.writes for shelf in self.shelves.values()]
        self.run()
        assert [shelf.writes for shelf in self.shelves.values()] == before


SIDES: st.SearchStrategy[Side] = st.sampled_from(["local", "remote"])
UIDS = st.sampled_from(["a", "b", "c"])
STEPS = st.one_of(
    st.tuples(st.just("put"), SIDES, UIDS, st.sampled_from(["one", "two", "three"])),
    st.tuples(st.just("drop"), SIDES, UIDS),
    st.tuples(st.just("round")),
    st.tuples(st.just("broken round"), SIDES, st.integers(0, 2)),
    st.tuples(st.just("forgotten token"), SIDES),
)


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=300, deadline=None)
def test_both_sides_become_the_same_without_duplicates_and_come_to_rest(steps: list[tuple[object, ...]]) -> None:
    pair = Pair()
    for step in steps:
        match step:
            case ("put", side, uid, title):
                pair.put(side, uid, title)  # type: ignore[arg-type]
            case ("drop", side, uid):
                pair.drop(side, uid)  # type: ignore[arg-type]
            case ("round",):
                pair.run()
            case ("broken round", side, after):
                shelf = pair.shelves[side]  # type: ignore[index]
                shelf.lines = after  # type: ignore[assignment]
                with contextlib.suppress(LineLost):
                    pair.run()
                shelf.lines = None
            case ("forgotten token", side):
                pair.places[side].token = None  # type: ignore[index]
    pair.settle()
    assert pair.titles("local") == pair.titles("remote")
    assert set(pair.memory.known) == set(pair.titles("local"))


@given(st.lists(st.tuples(SIDES, UIDS, st.booleans()), max_size=10))
@settings(max_examples=150, deadline=None)
def test_what_happens_on_one_side_at_a_time_happens_on_the_other(steps: list[tuple[Side, str, bool]]) -> None:
    pair = Pair()
    expected: dict[str, str] = {}
    for number, (side, uid, gone) in enumerate(steps):
        if gone:
            pair.drop(side, uid)
            expected.pop(uid, None)
        else:
            pair.put(side, uid, f"title {number}")
            expected[uid] = f"title {number}"
        pair.run()
        assert pair.titles("local") == pair.titles("remote") == expected
    assert pair.memory.losers == []


def test_of_two_changes_the_newer_wins_and_the_other_is_kept() -> None:
    pair = Pair()
    pair.put("local", "a", "first")
    pair.run()
    pair.put("remote", "a", "older change")
    pair.put("local", "a", "newer change")
    outcome = pair.run()
    assert outcome.conflicts == 1
    assert pair.titles("local") == pair.titles("remote") == {"a": "newer change"}
    assert [("older change" in data, side) for _, side, data in pair.memory.losers] == [(True, "remote")]


def test_a_change_outlives_a_deletion_on_the_other_side() -> None:
    pair = Pair()
    pair.put("local", "a", "first")
    pair.run()
    pair.put("local", "a", "changed")
    pair.drop("remote", "a")
    pair.settle()
    assert pair.titles("local") == pair.titles("remote") == {"a": "changed"}


def test_a_copy_tells_its_server_to_invite_nobody_and_the_original_does_not() -> None:
    pair = Pair()
    pair.put("remote", "a", "first")
    pair.run()
    copy = ics.parse(pair.shelves["local"].objects[pair.href("local", "a") or ""][1]).events[0]
    assert copy["ORGANIZER"].params["SCHEDULE-AGENT"] == "CLIENT"
    assert copy["ATTENDEE"].params["SCHEDULE-AGENT"] == "CLIENT"
    href = pair.href("local", "a") or ""
    pair.shelves["local"].set(href, pair.shelves["local"].objects[href][1].replace("first", "second"))
    pair.run()
    original = ics.parse(pair.shelves["remote"].objects[pair.href("remote", "a") or ""][1]).events[0]
    assert str(original["SUMMARY"]) == "second"
    assert "SCHEDULE-AGENT" not in original["ORGANIZER"].params


def test_an_entry_that_becomes_unreadable_is_deleted_nowhere() -> None:
    pair = Pair()
    pair.put("remote", "a", "first")
    pair.run()
    pair.shelves["remote"].set(pair.href("remote", "a") or "", "nonsense")
    pair.run()
    pair.run()
    assert pair.titles("local") == {"a": "first"}


def test_what_was_written_before_a_round_broke_is_seen_to_be_the_same() -> None:
    pair = Pair()
    pair.put("remote", "a", "first")
    pair.shelves["local"].lines = 0
    with contextlib.suppress(LineLost):
        pair.run()
    assert (pair.titles("local"), pair.memory.known) == ({"a": "first"}, {})
    outcome = pair.run()
    assert (outcome.conflicts, outcome.written, pair.memory.losers) == (0, {"local": 0, "remote": 0}, [])
    assert set(pair.memory.known) == {"a"}
