"""Wall-clock times around the changes of daylight saving, in Berlin on 29 March and 25 October 2026."""

from datetime import UTC, datetime

import pytest

from backend.assistant.understanding import SlotType, Understanding, When, zone_of
from backend.assistant.understanding.dates.zones import trouble_with
from backend.errors import BadInput

BERLIN = zone_of("Europe/Berlin")


def when(understanding: Understanding, text: str, now: datetime) -> When:
    slots = understanding.understand(text, now, BERLIN).slots
    found = next(slot.when for slot in slots if slot.type in {SlotType.TIME, SlotType.RECURRENCE})
    assert found is not None
    return found


def test_a_time_that_the_clocks_skip_is_reported(english: Understanding) -> None:
    assert when(english, "tomorrow at 2:30 am", datetime(2026, 3, 28, 12, 0)).trouble == ("does_not_exist",)


def test_a_time_that_comes_twice_is_reported(english: Understanding) -> None:
    assert when(english, "tomorrow at 2:30 am", datetime(2026, 10, 24, 12, 0)).trouble == ("exists_twice",)


def test_other_times_of_the_same_day_are_no_trouble(english: Understanding) -> None:
    for moment in (datetime(2026, 3, 28, 12, 0), datetime(2026, 10, 24, 12, 0)):
        assert when(english, "tomorrow at 3:30 am", moment).trouble == ()


def test_the_first_of_repeating_times_is_checked_as_well(english: Understanding) -> None:
    found = when(english, "every sunday at 2:30 am", datetime(2026, 3, 28, 12, 0))
    assert found.trouble == ("does_not_exist",)


def test_hours_from_now_are_hours_of_real_time(english: Understanding) -> None:
    evening = datetime(2026, 3, 28, 23, 0)
    found = when(english, "in five hours", evening)
    assert found.start is not None
    passed = found.start.astimezone(UTC) - evening.replace(tzinfo=BERLIN).astimezone(UTC)
    assert passed.total_seconds() == 5 * 3600
    assert found.start.hour == 5


def test_a_moment_in_another_zone_is_moved_to_that_of_the_user(english: Understanding) -> None:
    found = english.understand("tomorrow", datetime(2026, 3, 4, 23, 30, tzinfo=UTC), BERLIN).slots[0].when
    assert found is not None
    assert found.start == datetime(2026, 3, 6, tzinfo=BERLIN)


@pytest.mark.parametrize("name", ["UTC", "Z", "Europe/Berlin", "+02:00", "-0330", "UTC+1"])
def test_a_zone_is_known_by_name_or_offset(name: str) -> None:
    assert trouble_with(datetime(2026, 1, 1), zone_of(name)) is None


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "+99:00"])
def test_an_unknown_zone_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput):
        zone_of(name)
