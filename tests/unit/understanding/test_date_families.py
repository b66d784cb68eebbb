"""Families of English dates: every unit, number and way to say it, on Wednesday 4 March 2026, 10:00, in Berlin."""

import itertools
from datetime import date, datetime, timedelta

import pytest

from backend.assistant.understanding import SlotType, Understanding, When, zone_of
from backend.assistant.understanding.dates.grain import Grain, add, floor

NOW = datetime(2026, 3, 4, 10, 0)
BERLIN = zone_of("Europe/Berlin")
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
UNITS = {"day": Grain.DAY, "week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR}
DAYS = {
    "tomorrow": date(2026, 3, 5),
    "on friday": date(2026, 3, 6),
    "the day after tomorrow": date(2026, 3, 6),
    "may 5th": date(2026, 5, 5),
    "on the 9th": date(2026, 3, 9),
    "the third monday of may": date(2026, 5, 18),
    "in two weeks": date(2026, 3, 18),
    "two weeks from friday": date(2026, 3, 20),
    "fri, july 3": date(2026, 7, 3),
    "christmas": date(2026, 12, 25),
}
CLOCKS = {
    "3pm": (15, 0),
    "3 p.m.": (15, 0),
    "3:30 p.m.": (15, 30),
    "three o'clock": (15, 0),
    "half past three": (15, 30),
    "quarter to five": (16, 45),
    "ten past four": (16, 10),
    "3 in the afternoon": (15, 0),
    "nine at night": (21, 0),
    "10 thirty am": (10, 30),
    "noon": (12, 0),
}


def whole(understanding: Understanding, text: str) -> When:
    """What a text means that is one time and nothing else."""
    slots = [slot for slot in understanding.understand(text, NOW, BERLIN).slots if slot.when is not None]
    slots.sort(key=lambda slot: slot.type is not SlotType.TIME)
    assert slots, text
    assert slots[0].when is not None
    return slots[0].when


def naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)


@pytest.mark.parametrize(("day", "clock"), list(itertools.product(DAYS, CLOCKS)))
def test_a_day_and_a_time_of_day_go_together_in_either_order(english: Understanding, day: str, clock: str) -> None:
    wanted = datetime.combine(DAYS[day], datetime.min.time()).replace(hour=CLOCKS[clock][0], minute=CLOCKS[clock][1])
    for text in (f"{day} at {clock}", f"at {clock} {day}", f"{clock} {day}"):
        assert naive(whole(english, text).start) == wanted, text


@pytest.mark.parametrize(("unit", "count"), list(itertools.product(UNITS, range(1, 13))))
def test_so_many_units_ahead_and_back_are_counted_in_words_and_figures(
    english: Understanding, unit: str, count: int
) -> None:
    grain, plural = UNITS[unit], unit if count == 1 else f"{unit}s"
    for number in (str(count), NUMBERS[count - 1]):
        if count > 1:
            ahead, back = whole(english, f"the next {number} {plural}"), whole(english, f"past {number} {plural}")
            begin = add(floor(NOW, grain), grain, 1)
            assert (naive(ahead.start), naive(ahead.end)) == (begin, add(begin, grain, count))
            assert (naive(back.start), naive(back.end)) == (add(floor(NOW, grain), grain, -count), floor(NOW, grain))
        target = add(NOW, grain, count)
        for text in (f"in {number} {plural}", f"{number} {plural} from now", f"{number} {plural} later"):
            assert naive(whole(english, text).start) == floor(target, grain.finer), text


@pytest.mark.parametrize("word", ["next", "coming", "upcoming", "following"])
@pytest.mark.parametrize("unit", UNITS)
def test_the_next_unit_has_several_names(english: Understanding, word: str, unit: str) -> None:
    found = whole(english, f"the {word} {unit}")
    assert naive(found.start) == add(floor(NOW, UNITS[unit]), UNITS[unit], 1)


@pytest.mark.parametrize("to", ["to", "-", "until", "till", "through", "thru"])
def test_days_of_a_month_have_their_month_and_year_in_common(english: Understanding, to: str) -> None:
    for text in (
        f"july 13 {to} 15",
        f"from the 13th {to} the 15th of july",
        f"13 {to} 15 july",
        f"the 13th {to} the 15th of july 2026",
        f"mon, july 13 {to} wed, july 15",
    ):
        found = whole(english, text)
        assert (naive(found.start), naive(found.end)) == (datetime(2026, 7, 13), datetime(2026, 7, 16)), text


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("late in the afternoon", datetime(2026, 3, 4, 15), datetime(2026, 3, 4, 19)),
        ("early tomorrow evening", datetime(2026, 3, 5, 18), datetime(2026, 3, 5, 21)),
        ("the end of summer", datetime(2026, 8, 24), datetime(2026, 9, 24)),
        ("by the end of friday", datetime(2026, 3, 4, 10), datetime(2026, 3, 7)),
        ("the weekend of march 14th", datetime(2026, 3, 13, 18), datetime(2026, 3, 16)),
        ("from next monday to next friday", datetime(2026, 3, 9), datetime(2026, 3, 14)),
        ("for two days starting from monday", datetime(2026, 3, 9), datetime(2026, 3, 12)),
        ("last week-end of may 2026", datetime(2026, 5, 29, 18), datetime(2026, 6, 1)),
    ],
)
def test_stretches_of_time_said_in_other_words(
    english: Understanding, text: str, start: datetime, end: datetime
) -> None:
    found = whole(english, text)
    assert (naive(found.start), naive(found.end)) == (start, end)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("in two and a quarter hours", NOW + timedelta(minutes=135)),
        ("in a dozen minutes", NOW + timedelta(minutes=12)),
        ("in two hours and twenty", NOW + timedelta(minutes=140)),
        ("in 20", NOW + timedelta(minutes=20)),
        ("half to four", datetime(2026, 3, 4, 15, 30)),
        ("two mondays from tomorrow", datetime(2026, 3, 16)),
        ("the month of may", datetime(2026, 5, 1)),
        ("today in two weeks", datetime(2026, 3, 18)),
        ("3pm gmt+2", datetime(2026, 3, 4, 14)),
        ("the second to last friday of may", datetime(2026, 5, 22)),
    ],
)
def test_points_in_time_said_in_other_words(english: Understanding, text: str, start: datetime) -> None:
    assert naive(whole(english, text).start) == start


@pytest.mark.parametrize(
    ("text", "rrule"),
    [
        ("every day at 9am, noon and 5pm", "FREQ=DAILY;BYHOUR=9,12,17"),
        ("every hour from nine to five", "FREQ=HOURLY;BYHOUR=9,10,11,12,13,14,15,16,17"),
        ("every monday at 9 in the morning", "FREQ=WEEKLY;BYDAY=MO"),
        ("every monday and every friday", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("every fortnight on friday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
        ("every month on the second to last friday", "FREQ=MONTHLY;BYDAY=-2FR"),
        ("the last working day of every month", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ("every 2nd and 4th tuesday", "FREQ=MONTHLY;BYDAY=2TU,4TU"),
        ("every first day of the month", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("every first monday of the year", "FREQ=YEARLY;BYDAY=1MO"),
        ("day 5 of every month", "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("every thanksgiving", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
        ("christmas every year", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"),
        ("every june and december", "FREQ=YEARLY;BYMONTH=6,12"),
        ("every day this week", "FREQ=DAILY;UNTIL=20260308"),
    ],
)
def test_repeating_times_said_in_other_words(english: Understanding, text: str, rrule: str) -> None:
    slots = english.understand(text, NOW, BERLIN).slots
    assert [slot.when.rrule for slot in slots if slot.when is not None and slot.when.rrule is not None] == [rrule]


def test_a_named_day_that_follows_no_rule_is_no_rule(english: Understanding) -> None:
    assert whole(english, "every easter").rrule is None
