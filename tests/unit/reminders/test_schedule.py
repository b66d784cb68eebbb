"""When reminders are due, on the clock of their zone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.reminders.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")


def times(schedule: Schedule, since: datetime, number: int) -> list[datetime]:
    found: list[datetime] = []
    for _ in range(number):
        after = schedule.after(found[-1] if found else since)
        if after is None:
            break
        found.append(after)
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_once_means_once() -> None:
    schedule = Schedule.of("2026-03-06T17:00", "Europe/Berlin", None)
    assert times(schedule, utc("2026-03-06T15:59:59"), 5) == [utc("2026-03-06T16:00")]
    assert schedule.after(utc("2026-03-06T16:00")) is None


@pytest.mark.parametrize(
    ("moment", "zone", "hours"),
    [
        # Clocks go forward in the night to 29 March 2026 and back in the night to 25 October 2026.
        ("2026-03-27T09:00", "Europe/Berlin", [8, 8, 7, 7]),
        ("2026-10-23T09:00", "Europe/Berlin", [7, 7, 8, 8]),
        # 02:30 is skipped on 29 March: the offset before is meant, which is 03:30 on the clock.
        ("2026-03-27T02:30", "Europe/Berlin", [1, 1, 1, 0]),
        # 02:30 comes twice on 25 October: the first is meant.
        ("2026-10-23T02:30", "Europe/Berlin", [0, 0, 0, 1]),
        ("2026-03-06T09:00", "America/New_York", [14, 14, 13, 13]),
        ("2026-03-06T09:00", "Asia/Tokyo", [0, 0, 0, 0]),
    ],
)
def test_a_daily_one_keeps_its_time_when_the_clocks_change(moment: str, zone: str, hours: list[int]) -> None:
    schedule = Schedule.of(moment, zone, "FREQ=DAILY")
    found = times(schedule, utc(moment) - timedelta(days=1), 4)
    assert [one.hour for one in found] == hours


def test_what_the_clocks_skip_is_told() -> None:
    assert Schedule.of("2026-03-29T02:30", "Europe/Berlin", None).skipped() == datetime(2026, 3, 29, 3, 30)
    for moment in ("2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T02:30"):
        assert Schedule.of(moment, "Europe/Berlin", None).skipped() is None


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,FR", ["2026-03-06", "2026-03-09", "2026-03-13"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["2026-03-06", "2026-03-20", "2026-04-03"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-03-27", "2026-04-24", "2026-05-29"]),
        ("FREQ=DAILY;COUNT=2", ["2026-03-06", "2026-03-07"]),
        ("FREQ=DAILY;UNTIL=20260308", ["2026-03-06", "2026-03-07", "2026-03-08"]),
        # 16:00 in UTC is 17:00 in Berlin, which is the time itself.
        ("FREQ=DAILY;UNTIL=20260307T160000Z", ["2026-03-06", "2026-03-07"]),
        ("FREQ=DAILY;UNTIL=20260307T155959Z", ["2026-03-06"]),
        ("FREQ=DAILY;UNTIL=20260307T170000", ["2026-03-06", "2026-03-07"]),
        ("FREQ=YEARLY", ["2026-03-06", "2027-03-06", "2028-03-06"]),
    ],
)
def test_rules_repeat_as_rfc_5545_says(rule: str, days: list[str]) -> None:
    schedule = Schedule.of("2026-03-06T17:00", "Europe/Berlin", rule)
    found = times(schedule, utc("2026-03-01T00:00"), 3)
    assert [one.astimezone(BERLIN).date() for one in found] == [date.fromisoformat(day) for day in days]


@pytest.mark.parametrize(
    ("moment", "zone", "rule", "field"),
    [
        ("soon", "Europe/Berlin", None, "moment"),
        ("2026-03-06T17:00+01:00", "Europe/Berlin", None, "moment"),
        ("2026-03-06T17:00", "Mars/Olympus", None, "zone"),
        ("2026-03-06T17:00", "", None, "zone"),
        ("2026-03-06T17:00", "Europe/Berlin", "daily", "rule"),
        ("2026-03-06T17:00", "Europe/Berlin", "INTERVAL=2", "rule"),
        ("2026-03-06T17:00", "Europe/Berlin", "FREQ=MINUTELY", "rule"),
        ("2026-03-06T17:00", "Europe/Berlin", "FREQ=DAILY\nDTSTART:20200101T000000", "rule"),
        ("2026-03-06T17:00", "Europe/Berlin", "FREQ=DAILY;UNTIL=whenever", "rule"),
        ("2026-03-06T17:00", "Europe/Berlin", "FREQ=NEVER", "rule"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field(moment: str, zone: str, rule: str | None, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        Schedule.of(moment, zone, rule)
    assert refused.value.field == field


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda one: one.replace(microsecond=0))
DAILY, SHORT, WEEKLY = "FREQ=DAILY", "FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,SU"
RULES = st.sampled_from([DAILY, SHORT, WEEKLY, "FREQ=MONTHLY;BYMONTHDAY=29", "FREQ=HOURLY;INTERVAL=5"])


@given(MOMENTS, ZONES, RULES)
def test_times_only_go_forward_and_show_the_wall_clock_of_the_rule(moment: datetime, zone: str, rule: str) -> None:
    schedule = Schedule.of(moment.isoformat(), zone, rule)
    found = times(schedule, moment.replace(tzinfo=UTC) - timedelta(days=2), 12)
    assert found
    assert all(one < later for one, later in pairwise(found))
    if "HOURLY" not in rule:
        for one in found:
            local = one.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            shown = datetime.combine(local.date(), moment.time())
            assert local == shown or Schedule(shown, ZoneInfo(zone)).skipped() == local


@given(MOMENTS, ZONES, RULES, st.integers(1, 20), st.integers(0, 3600))
def test_the_latest_of_what_was_missed_is_the_last_one_up_to_now(
    moment: datetime, zone: str, rule: str, number: int, seconds: int
) -> None:
    schedule = Schedule.of(moment.isoformat(), zone, rule)
    found = times(schedule, moment.replace(tzinfo=UTC) - timedelta(days=2), number)
    now = found[-1] + timedelta(seconds=seconds)
    following = schedule.after(found[-1])
    assume(following is None or following > now)
    assert schedule.latest(found[0], now) == found[-1]
    assert schedule.after(now) == following
