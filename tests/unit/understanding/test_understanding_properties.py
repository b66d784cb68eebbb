"""What holds for every text, tried with generated ones (the same ones in every run)."""

from datetime import datetime, timedelta

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.assistant.understanding import Command, SlotType, Understanding, languages, zone_of
from backend.assistant.understanding.dates.grain import Grain, add, floor

WORDS = st.sampled_from(
    [
        "next",
        "last",
        "this",
        "every",
        "other",
        "second",
        "third",
        "monday",
        "friday",
        "weekend",
        "week",
        "month",
        "year",
        "day",
        "tomorrow",
        "today",
        "noon",
        "at",
        "on",
        "in",
        "from",
        "to",
        "until",
        "for",
        "after",
        "before",
        "the",
        "a",
        "of",
        "and",
        "march",
        "may",
        "june",
        "3",
        "15",
        "2027",
        "half",
        "past",
        "quarter",
        "pm",
        "am",
        "five",
        "twenty",
        "except",
        "holidays",
        "meeting",
        "add",
        "cancel",
        "my",
        "with",
        "anna",
        "email",
        "remind",
        "me",
        ",",
        "-",
        ":",
        ".",
        "'s",
        "'s",
        "o'clock",
        "christmas",
        "easter",
        "ago",
        "hours",
        "minutes",
        "morning",
        "evening",
        "tonight",
        "end",
        "beginning",
        "12:30",
        "3/4",
        "2026-05-01",
        "first",
        "fifth",
        "no",
        "make",
        "that",
    ]
)
PHRASES = st.lists(WORDS, max_size=14).map(" ".join)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 12, 31))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "-02:00"])
ENGLISH = Understanding(languages.get("en"))
GERMAN = Understanding(languages.get("de"))
NOW, BERLIN = datetime(2026, 3, 4, 10, 0), zone_of("Europe/Berlin")


def meaning(command: Command) -> tuple[object, ...]:
    """A command without where its parts stand and how they are spelled."""
    return command.intent, [(slot.type, slot.value.lower(), slot.when) for slot in command.slots]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=60), PHRASES), MOMENTS, ZONES)
def test_any_text_is_answered_without_an_error(text: str, moment: datetime, zone: str) -> None:
    for understanding in (ENGLISH, GERMAN):
        command = understanding.understand(text, moment, zone_of(zone))
        assert 0 <= command.confidence <= 1


@settings(max_examples=300, deadline=None, derandomize=True)
@given(PHRASES, MOMENTS, ZONES)
def test_no_time_ends_before_it_starts(text: str, moment: datetime, zone: str) -> None:
    for slot in ENGLISH.understand(text, moment, zone_of(zone)).slots:
        if slot.when is not None and slot.when.start is not None:
            start = slot.when.start.replace(tzinfo=None)
            for later in (slot.when.end, slot.when.stop):
                assert later is None or start <= later.replace(tzinfo=None)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(PHRASES, MOMENTS)
def test_every_rule_is_read_by_others(text: str, moment: datetime) -> None:
    for slot in ENGLISH.understand(f"every {text}", moment, BERLIN).slots:
        if slot.when is not None and slot.when.rrule is not None:
            assert slot.when.start is not None
            naive = slot.when.rrule.replace("Z", "")
            assert rrulestr(naive, dtstart=slot.when.start.replace(tzinfo=None)) is not None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(PHRASES)
def test_hesitation_and_capitals_change_nothing(text: str) -> None:
    plain = ENGLISH.understand(text, NOW, BERLIN)
    assert meaning(ENGLISH.understand(text.upper(), NOW, BERLIN)) == meaning(plain)
    hesitant = "um " + " uh ".join(text.split(" "))
    spoken = ENGLISH.understand(hesitant, NOW, BERLIN)
    assert spoken.intent is plain.intent
    assert [(s.type, s.when) for s in spoken.slots] == [(s.type, s.when) for s in plain.slots]


@given(st.integers(1, 400), MOMENTS)
def test_so_many_days_ahead_is_that_day(days: int, moment: datetime) -> None:
    slot = ENGLISH.understand(f"in {days} days", moment, zone_of("UTC")).slots[0]
    assert slot.when is not None
    assert slot.when.start is not None
    assert slot.when.start.date() == (moment + timedelta(days=days)).date()


@given(MOMENTS, st.sampled_from(list(Grain)), st.integers(-50, 50))
def test_units_of_time_do_not_overlap(moment: datetime, grain: Grain, count: int) -> None:
    start = floor(moment, grain)
    assert start <= moment < add(start, grain, 1)
    assert floor(add(start, grain, count), grain) == add(start, grain, count)
    assert add(add(start, grain, count), grain, -count) == start


@given(MOMENTS, st.sampled_from(["monday", "wednesday", "sunday"]))
def test_a_weekday_lies_within_the_week_to_come(moment: datetime, day: str) -> None:
    slot = ENGLISH.understand(day, moment, zone_of("UTC")).slots[0]
    assert slot.type is SlotType.DATE
    assert slot.when is not None
    assert slot.when.start is not None
    assert timedelta(0) < slot.when.start.replace(tzinfo=None) - moment <= timedelta(days=7)
