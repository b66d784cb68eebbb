"""English dates and times, said on Wednesday 4 March 2026 at 10:00 in Berlin."""

from datetime import date, datetime

import pytest

from backend.assistant.understanding import SlotType, Understanding, When, zone_of
from backend.assistant.understanding.command import Slot
from backend.assistant.understanding.dates.rrules import public_holidays

NOW = datetime(2026, 3, 4, 10, 0)
BERLIN = zone_of("Europe/Berlin")


def times(understanding: Understanding, text: str, now: datetime = NOW) -> list[Slot]:
    return [slot for slot in understanding.understand(text, now, BERLIN).slots if slot.when is not None]


def only(understanding: Understanding, text: str, now: datetime = NOW) -> When:
    """What the whole of a time expression means: the first time slot, else the only one."""
    slots = times(understanding, text, now)
    when = next((slot for slot in slots if slot.type is SlotType.TIME), slots[0]).when
    assert when is not None
    return when


def local(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M")


POINTS = [
    ("tomorrow", "2026-03-05 00:00", "day"),
    ("the day before yesterday", "2026-03-02 00:00", "day"),
    ("next Thursday", "2026-03-05 00:00", "day"),
    ("Thursday next week", "2026-03-12 00:00", "day"),
    ("wednesday", "2026-03-11 00:00", "day"),
    ("last Wednesday", "2026-02-25 00:00", "day"),
    ("a week on Friday", "2026-03-13 00:00", "day"),
    ("two weeks from Friday", "2026-03-20 00:00", "day"),
    ("in a fortnight", "2026-03-18 10:00", "hour"),
    ("umm tomorrow at half past four", "2026-03-05 16:30", "minute"),
    ("quarter to nine on friday", "2026-03-06 08:45", "minute"),
    ("at five", "2026-03-04 17:00", "hour"),
    ("at eleven", "2026-03-04 11:00", "hour"),
    ("seven oh five pm", "2026-03-04 19:05", "minute"),
    ("the twenty third of june two thousand and twenty seven", "2027-06-23 00:00", "day"),
    ("june twenty third nineteen ninety nine", "1999-06-23 00:00", "day"),
    ("31 Oct '27", "2027-10-31 00:00", "day"),
    ("4/1/2027 at 3pm", "2027-04-01 15:00", "hour"),
    ("17/4/2027", "2027-04-17 00:00", "day"),
    ("2026-07-09T08:15", "2026-07-09 08:15", "minute"),
    ("the first Friday of May", "2026-05-01 00:00", "day"),
    ("the second to last day of the month", "2026-03-30 00:00", "day"),
    ("the Tuesday before Thanksgiving", "2026-11-24 00:00", "day"),
    ("four days after Easter Monday", "2026-04-10 00:00", "day"),
    ("the closest Monday to May 1st", "2026-05-04 00:00", "day"),
    ("week 30", "2026-07-20 00:00", "week"),
    ("Q3 2027", "2027-07-01 00:00", "quarter"),
    ("tonight at eight", "2026-03-04 20:00", "hour"),
    ("tonight at midnight", "2026-03-05 00:00", "hour"),
    ("in an hour and a half", "2026-03-04 11:30", "second"),
    ("ten minutes ago", "2026-03-04 09:50", "second"),
    ("3pm New York time", "2026-03-04 15:00", "hour"),
    ("3pm EST", "2026-03-04 21:00", "minute"),
]


@pytest.mark.parametrize(("text", "start", "grain"), POINTS)
def test_a_point_in_time_is_resolved(english: Understanding, text: str, start: str, grain: str) -> None:
    when = only(english, text)
    assert (local(when.start), when.end, when.grain) == (start, None, grain)


STRETCHES = [
    ("end of the month", "2026-03-21 00:00", "2026-04-01 00:00"),
    ("beginning of next week", "2026-03-09 00:00", "2026-03-12 00:00"),
    ("the morning of the 3rd", "2026-04-03 00:00", "2026-04-03 12:00"),
    ("this weekend", "2026-03-06 18:00", "2026-03-09 00:00"),
    ("from Monday to Friday", "2026-03-09 00:00", "2026-03-14 00:00"),
    ("July 14 to 19", "2026-07-14 00:00", "2026-07-20 00:00"),
    ("the next three days", "2026-03-05 00:00", "2026-03-08 00:00"),
    ("the last two weeks of June", "2026-06-17 00:00", "2026-07-01 00:00"),
    ("by the end of the week", "2026-03-04 10:00", "2026-03-09 00:00"),
    ("within two hours", "2026-03-04 10:00", "2026-03-04 12:00"),
    ("tomorrow morning from nine to eleven", "2026-03-05 09:00", "2026-03-05 12:00"),
    ("from 10 at night to 2 in the morning", "2026-03-04 22:00", "2026-03-05 03:00"),
    ("December 28 through January 3", "2026-12-28 00:00", "2027-01-04 00:00"),
    ("Hanukkah", "2026-12-04 00:00", "2026-12-12 00:00"),
]


@pytest.mark.parametrize(("text", "start", "end"), STRETCHES)
def test_a_stretch_of_time_has_its_end(english: Understanding, text: str, start: str, end: str) -> None:
    when = only(english, text)
    assert (local(when.start), local(when.end)) == (start, end)


def test_a_meeting_from_one_to_two_stops_at_two_though_the_words_hold_the_hour_of_two(english: Understanding) -> None:
    when = only(english, "tomorrow from 1 to 2pm")
    assert (local(when.end), local(when.stop)) == ("2026-03-05 15:00", "2026-03-05 14:00")


@pytest.mark.parametrize(
    ("text", "bound", "direction"),
    [
        ("before friday", "2026-03-06 00:00", "before"),
        ("after 3pm tomorrow", "2026-03-05 15:00", "after"),
        ("since monday", "2026-03-02 00:00", "after"),
        ("until the end of the month", "2026-04-01 00:00", "before"),
    ],
)
def test_an_open_range_has_one_bound_and_a_direction(
    english: Understanding, text: str, bound: str, direction: str
) -> None:
    when = only(english, text)
    assert (local(when.start), when.end, when.direction) == (bound, None, direction)


@pytest.mark.parametrize(
    ("text", "rule", "start"),
    [
        ("every other Tuesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-03-10 00:00"),
        ("every weekday at nine", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-03-05 09:00"),
        ("mondays and thursdays at 6pm", "FREQ=WEEKLY;BYDAY=MO,TH", "2026-03-05 18:00"),
        ("the second Friday of every month at noon", "FREQ=MONTHLY;BYDAY=2FR", "2026-03-13 12:00"),
        ("on the 15th of each month", "FREQ=MONTHLY;BYMONTHDAY=15", "2026-03-15 00:00"),
        ("every month on the last day", "FREQ=MONTHLY;BYMONTHDAY=-1", "2026-03-31 00:00"),
        ("every year on May 4th", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=4", "2026-05-04 00:00"),
        ("thursdays up to 5 times", "FREQ=WEEKLY;BYDAY=TH;COUNT=5", "2026-03-05 00:00"),
        ("daily for ten times", "FREQ=DAILY;COUNT=10", "2026-03-04 00:00"),
        ("every two hours", "FREQ=HOURLY;INTERVAL=2", "2026-03-04 10:00"),
        ("every friday until june", "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260601", "2026-03-06 00:00"),
        ("daily except at weekends", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026-03-04 00:00"),
        ("every morning at 7", "FREQ=DAILY", "2026-03-05 07:00"),
    ],
)
def test_a_repeating_time_has_a_rule_and_a_first_occurrence(
    english: Understanding, text: str, rule: str, start: str
) -> None:
    when = next(slot.when for slot in times(english, text) if slot.type is SlotType.RECURRENCE)
    assert when is not None
    assert (when.rrule, local(when.start)) == (rule, start)


def test_holidays_and_dates_are_left_out_of_a_repeating_time(english: Understanding) -> None:
    when = only(english, "every other Tuesday except holidays until June")
    assert when.skip_holidays
    assert when.rrule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260601"
    when = only(english, "every monday except march 16th and march 23rd")
    assert [local(day) for day in when.exdates] == ["2026-03-16 00:00", "2026-03-23 00:00"]


def test_a_repeating_time_may_last_for_hours(english: Understanding) -> None:
    when = only(english, "every tuesday at 7pm for two hours")
    assert (local(when.start), local(when.end)) == ("2026-03-10 19:00", "2026-03-10 21:00")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Christmas", "2026-12-25"),
        ("Easter 2027", "2027-03-28"),
        ("Orthodox Easter 2027", "2027-05-02"),
        ("Labor Day", "2026-09-07"),
        ("Mother's Day", "2026-05-10"),
        ("Mothers Day next year", "2027-05-09"),
        ("Yom Kippur", "2026-09-20"),
        ("Eid al-Fitr", "2026-03-20"),
        ("Diwali", "2026-11-08"),
        ("Chinese New Year 2027", "2027-02-06"),
        ("last Thanksgiving", "2025-11-27"),
        ("Thanksgiving in two years", "2028-11-23"),
    ],
)
def test_a_named_day_is_found(english: Understanding, text: str, start: str) -> None:
    when = only(english, text)
    assert local(when.start) == f"{start} 00:00"


@pytest.mark.parametrize(
    "text",
    [
        "we have two kids",
        "may I come in",
        "she sat on the chair",
        "room 204",
        "call 030-555-1234",
        "version 2.5",
        "the second one",
        "the sun is hot",
        "A4 paper",
        "a few",
        "3 40",
        "march on",
        "25:61",
        "this one",
    ],
)
def test_what_is_no_time_is_not_taken_for_one(english: Understanding, text: str) -> None:
    assert times(english, text) == []
    assert times(english, "tomorrow")  # it does find times


@pytest.mark.parametrize("text", ["february 30", "at 25 o'clock"])
def test_a_day_or_time_that_never_is_has_no_start(english: Understanding, text: str) -> None:
    assert all(slot.when is None or slot.when.start is None for slot in times(english, text))


def test_a_year_before_christ_is_understood_but_has_no_date(english: Understanding) -> None:
    when = only(english, "in 44 BC")
    assert (when.start, when.grain) == (None, "year")


def test_public_holidays_of_a_place_are_listed() -> None:
    whole, bavaria = (public_holidays(region, date(2026, 1, 1), date(2026, 2, 1)) for region in ("DE", "DE-BY"))
    assert (whole, bavaria) == ([date(2026, 1, 1)], [date(2026, 1, 1), date(2026, 1, 6)])


@pytest.mark.parametrize("text", ["thursdays up to 5 times", "every monday 7 times", "tuesdays for 9 weeks"])
def test_how_often_something_repeats_is_no_time_of_day(english: Understanding, text: str) -> None:
    assert [slot.type for slot in times(english, text)] == [SlotType.RECURRENCE]
