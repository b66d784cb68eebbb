"""Days, times, repetitions and lists in words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.wording import wording


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
        ("FREQ=WEEKLY;BYDAY=MO", "every week on Monday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;COUNT=5", "every 2 weeks on Monday, Wednesday and Friday, 5 times"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on day 15"),
        ("FREQ=YEARLY;UNTIL=20300101", "every year, until Tuesday, 1 January 2030"),
        # Just before midnight in New York is the next day in UTC.
        ("FREQ=DAILY;UNTIL=20260308T045959Z", "every day, until Saturday, 7 March 2026"),
        ("FREQ=MONTHLY;BYSETPOS=-1", "every month (BYSETPOS=-1)"),
    ],
)
def test_a_repetition_is_said_in_words(rule: str, said: str) -> None:
    assert wording("en").rule(rule, ZoneInfo("America/New_York")) == said


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "täglich"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=5", "alle 2 Wochen am Montag und Freitag, 5-mal"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "monatlich am letzten Freitag"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "monatlich am 15. Tag"),
        ("FREQ=YEARLY;UNTIL=20300101", "jährlich, bis Dienstag, 1. Januar 2030"),
    ],
)
def test_a_repetition_is_said_in_german(rule: str, said: str) -> None:
    assert wording("de").rule(rule) == said


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_written_day_names_weekday_day_and_year_in_each_language(day: date) -> None:
    for code, weekdays in (("en", "Mon Tue Wed Thu Fri Sat Sun"), ("de", "Mo Di Mi Do Fr Sa So")):
        said = wording(code).written_day(day)
        assert said.startswith(weekdays.split()[day.weekday()])
        assert said.endswith(str(day.year))
        assert str(day.day) in said


def test_times_are_written_on_the_24_hour_clock() -> None:
    two, three = datetime(2026, 3, 5, 14), datetime(2026, 3, 5, 15)
    assert wording("en").written_times(two, three) == "14:00–15:00"
    assert wording("de").written_times(two, three) == "14:00–15:00 Uhr"
    assert wording("de").written_times(two, two) == "14:00 Uhr"


def test_many_people_are_counted() -> None:
    assert wording("en").some(["Ada", "Bob", "Carl"]) == "Ada, Bob and Carl"
    assert wording("en").some([*"abcdefg"]) == "a, b, c and 4 others"
    assert wording("de").some([*"abcdefg"]) == "a, b, c und 4 weitere"


@pytest.mark.parametrize("code", ["de", "de-AT", "de_DE", "DE"])
def test_a_regional_language_is_said_as_its_language(code: str) -> None:
    assert wording(code).code == "de"
    assert wording("fr").code == "en"
