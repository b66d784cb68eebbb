"""What a webhook's payload is understood as."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ex_app.hooks import CALENDAR_EVENTS, EVENTS, calendar_users, parse

NODE = "OCP\\Files\\Events\\Node\\"


def payload(event: str, **nodes: object) -> dict[str, Any]:
    return {"event": {"class": event, **nodes}, "user": {"uid": "bob"}, "time": 1, "authentication": []}


def test_a_written_file_is_a_place_in_the_home_of_the_user_whose_view_it_is() -> None:
    written = payload(f"{NODE}NodeWrittenEvent", node={"id": 4, "path": "/bob/files/Letters/a b.txt"})
    assert parse(written) == {("bob", "/Letters/a b.txt")}


def test_a_rename_is_both_places() -> None:
    renamed = payload(
        f"{NODE}NodeRenamedEvent",
        source={"path": "/bob/files/old"},
        target={"id": 4, "path": "/bob/files/Archive/new"},
    )
    assert parse(renamed) == {("bob", "/old"), ("bob", "/Archive/new")}


@pytest.mark.parametrize(
    "path", ["/bob/files_trashbin/files/x.d1", "/bob/files_versions/x", "/bob/uploads/1/2", "/bob"]
)
def test_what_lies_outside_of_the_files_does_not_concern_us(path: str) -> None:
    assert parse(payload(f"{NODE}NodeDeletedEvent", node={"path": path})) == set()


def test_an_event_that_we_did_not_ask_for_does_not_concern_us() -> None:
    assert parse(payload("OCP\\SystemTag\\TagAssignedEvent", node={"id": 1, "path": "/bob/files/a"})) == set()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(json_values, st.sampled_from(EVENTS))
def test_no_payload_whatever_raises(value: Any, event: str) -> None:
    parse(value)
    parse({"event": value, "user": value})
    parse(payload(event, node=value, source=value))
    calendar_users(value)
    calendar_users({"event": value})
    calendar_users(payload(event, calendarData=value, shares=value, sourceShares=[value]))


@pytest.mark.parametrize("event", CALENDAR_EVENTS)
def test_a_change_in_a_calendar_concerns_its_owner_and_those_who_share_it(event: str) -> None:
    owner = {"id": 3, "uri": "personal", "principaluri": "principals/users/ann%40clinic.example"}
    shares = [
        {"{http://owncloud.org/ns}principal": "principals/users/ben", "readOnly": False},
        {"{http://owncloud.org/ns}principal": "principals/groups/team"},
    ]
    changed = payload(event, calendarId=3, calendarData=owner, shares=shares, objectData={"calendardata": "BEGIN:…"})
    assert calendar_users(changed) == {"ann@clinic.example", "ben"}
    assert parse(changed) == set()
    assert calendar_users(payload(f"{NODE}NodeWrittenEvent", node={"id": 1, "path": "/ann/files/a"})) == set()


def test_an_entry_that_moved_concerns_both_calendars() -> None:
    moved = payload(
        CALENDAR_EVENTS[3],
        sourceCalendarData={"principaluri": "principals/users/ann"},
        targetCalendarData={"principaluri": "principals/users/ben"},
        sourceShares=[],
        targetShares=[],
    )
    assert calendar_users(moved) == {"ann", "ben"}
