"""Changes of a part of a series leave what is not meant as it is, instant by instant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.calendar import rules
from backend.calendar.editing import Editor
from backend.calendar.event import Change, NewEvent, Scope
from backend.calendar.times import shifted
from backend.errors import BadInput
from tests.unit.calendar.series import BERLIN, STAMP, laid_out, made, times

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata")]
EDITOR = Editor(BERLIN, STAMP)


@st.composite
def series(draw: st.DrawFn, *, days: bool = True) -> str:
    """A series with some occurrences left out and some changed."""
    start_day = date(2026, 1, 5) + timedelta(days=draw(st.integers(0, 330)))
    weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start_day.weekday()]
    number = draw(st.integers(2, 12))
    until = start_day + timedelta(days=draw(st.integers(10, 90)))
    rule = draw(
        st.sampled_from(
            [
                f"FREQ=DAILY;COUNT={number}",
                f"FREQ=DAILY;INTERVAL=3;COUNT={number}",
                f"FREQ=WEEKLY;BYDAY={weekday};COUNT={number}",
                f"FREQ=WEEKLY;INTERVAL=2;COUNT={number}",
                f"FREQ=WEEKLY;UNTIL={until:%Y%m%d}",
                f"FREQ=WEEKLY;BYDAY={','.join(sorted({weekday, 'WE', 'FR'}))};COUNT={number}",
            ]
        )
    )

    if days and draw(st.booleans()):
        event = NewEvent("Series", start_day, start_day + timedelta(days=draw(st.integers(1, 2))))
    else:
        zone = draw(st.sampled_from(ZONES))
        start = datetime(start_day.year, start_day.month, start_day.day, draw(st.integers(4, 23)), 30, tzinfo=zone)
        end = (start.astimezone(UTC) + timedelta(minutes=draw(st.sampled_from([15, 60, 600])))).astimezone(zone)
        event = NewEvent("Series", start, end)
    try:
        checked = rules.checked(rule, event.start)
    except BadInput:
        checked = f"FREQ=DAILY;COUNT={number}"
    data = made(NewEvent(event.title, event.start, event.end, rule=checked))
    for _ in range(draw(st.integers(0, 2))):
        there = laid_out(data)
        if len(there) < 3:
            break
        one = draw(st.sampled_from(there))
        if draw(st.booleans()):
            edited = EDITOR.cancel(data, one.original, Scope.THIS)
        else:
            edited = EDITOR.change(data, one.original, Scope.THIS, Change(title=draw(st.sampled_from(["A", "B"]))))
        assert edited.data is not None
        data = edited.data
    return data


@given(series(), st.data())
@settings(max_examples=60, deadline=None)
def test_one_occurrence_is_changed_and_no_other(data: str, choice: st.DataObject) -> None:
    before = laid_out(data)
    at = choice.draw(st.integers(0, len(before) - 1))
    by = choice.draw(st.sampled_from([timedelta(days=1), timedelta(hours=-2), timedelta(days=-1, hours=3)]))
    one = before[at]
    if one.event.all_day:
        by = timedelta(days=by.days or 1)
    start, end = shifted(one.event.start, by), shifted(one.event.end, by)
    edited = EDITOR.change(data, one.original, Scope.THIS, Change(title="Other", start=start, end=end))
    assert edited.data is not None
    assert edited.split is None
    expected = times([each for each in before if each is not one])
    after = laid_out(edited.data)
    assert [each for each in times(after) if each[2] != "Other"] == expected
    assert [(each.event.start, each.event.end) for each in after if each.event.title == "Other"] == [(start, end)]


@given(series(), st.data())
@settings(max_examples=60, deadline=None)
def test_one_occurrence_is_cancelled_and_no_other(data: str, choice: st.DataObject) -> None:
    before = laid_out(data)
    one = choice.draw(st.sampled_from(before))
    edited = EDITOR.cancel(data, one.original, Scope.THIS)
    assert edited.data is not None
    assert times(laid_out(edited.data)) == times([each for each in before if each is not one])


@given(series(), st.data())
@settings(max_examples=60, deadline=None)
def test_what_came_before_stays_when_this_and_following_are_cancelled(data: str, choice: st.DataObject) -> None:
    before = laid_out(data)
    at = choice.draw(st.integers(0, len(before) - 1))
    edited = EDITOR.cancel(data, before[at].original, Scope.FOLLOWING)
    left = times(laid_out(edited.data)) if edited.data is not None else []
    assert left == times(before[:at])


@given(series(), st.data())
@settings(max_examples=80, deadline=None)
def test_what_came_before_stays_and_all_that_follow_are_renamed(data: str, choice: st.DataObject) -> None:
    before = laid_out(data)
    at = choice.draw(st.integers(0, len(before) - 1))
    edited = EDITOR.change(data, before[at].original, Scope.FOLLOWING, Change(location="There"))
    after = laid_out(*(one for one in (edited.data, edited.split) if one is not None))
    assert times(after) == times(before)
    assert [one.event.location for one in after] == [""] * at + ["There"] * (len(before) - at)


@given(series(), st.data(), st.sampled_from([timedelta(hours=1), timedelta(hours=-3), timedelta(minutes=15)]))
@settings(max_examples=80, deadline=None)
def test_this_and_following_move_on_the_wall_clock_and_the_others_stay(
    data: str, choice: st.DataObject, by: timedelta
) -> None:
    before = laid_out(data)
    at = choice.draw(st.integers(0, len(before) - 1))
    one = before[at]
    if one.event.all_day:
        return
    change = Change(start=shifted(one.event.start, by), end=shifted(one.event.end, by))
    edited = EDITOR.change(data, one.original, Scope.FOLLOWING, change)
    after = laid_out(*(one for one in (edited.data, edited.split) if one is not None))
    assert times(after[:at]) == times(before[:at])
    moved = [shifted(each.event.start, by) for each in before[at:]]
    assert [each.event.start for each in after[at:]] == moved
    assert [each.event.title for each in after] == [each.event.title for each in before]


@given(series(), st.data(), st.sampled_from([timedelta(days=1), timedelta(hours=2), timedelta(days=-2, hours=-1)]))
@settings(max_examples=80, deadline=None)
def test_a_whole_series_moves_with_what_is_left_out_and_changed_in_it(
    data: str, choice: st.DataObject, by: timedelta
) -> None:
    before = laid_out(data)
    one = choice.draw(st.sampled_from(before))
    if one.event.all_day:
        by = timedelta(days=by.days or 1)
    change = Change(start=shifted(one.event.start, by), end=shifted(one.event.end, by))
    edited = EDITOR.change(data, one.original, Scope.ALL, change)
    assert edited.data is not None
    after = laid_out(edited.data)
    assert [each.event.start for each in after] == [shifted(each.event.start, by) for each in before]
    assert [each.event.title for each in after] == [each.event.title for each in before]


@given(series(), st.data())
@settings(max_examples=40, deadline=None)
def test_there_and_back_again_is_where_it_was(data: str, choice: st.DataObject) -> None:
    before = laid_out(data)
    one = choice.draw(st.sampled_from(before))
    by = timedelta(days=2)
    there = EDITOR.change(
        data, one.original, Scope.ALL, Change(start=shifted(one.event.start, by), end=shifted(one.event.end, by))
    )
    assert there.data is not None
    moved = next(each for each in laid_out(there.data) if each.event.start == shifted(one.event.start, by))
    back = EDITOR.change(there.data, moved.original, Scope.ALL, Change(start=one.event.start, end=one.event.end))
    assert back.data is not None
    assert times(laid_out(back.data)) == times(before)


def test_the_zone_of_a_series_changes_for_all_of_it() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    start = datetime(2026, 3, 2, 10, tzinfo=BERLIN)
    data = made(NewEvent("Call", start, start + timedelta(hours=1), rule="FREQ=WEEKLY;COUNT=6"))
    third = laid_out(data)[2]
    left_out = EDITOR.cancel(data, laid_out(data)[4].original, Scope.THIS).data
    assert left_out is not None
    new = datetime(2026, 3, 16, 18, tzinfo=tokyo)
    edited = EDITOR.change(left_out, third.original, Scope.ALL, Change(start=new, end=new + timedelta(hours=1)))
    assert edited.data is not None
    assert [f"{one.event.start:%d %H:%M} {one.event.zone}" for one in laid_out(edited.data)] == [
        "02 18:00 Asia/Tokyo",
        "09 18:00 Asia/Tokyo",
        "16 18:00 Asia/Tokyo",
        "23 18:00 Asia/Tokyo",
        "06 18:00 Asia/Tokyo",
    ]


@pytest.mark.parametrize(
    ("rule", "start", "to", "becomes"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,WE", date(2026, 3, 2), date(2026, 3, 3), "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("FREQ=MONTHLY;BYDAY=1MO", date(2026, 3, 2), date(2026, 3, 10), "FREQ=MONTHLY;BYDAY=2TU"),
        ("FREQ=MONTHLY;BYDAY=-1FR", date(2026, 3, 27), date(2026, 3, 26), "FREQ=MONTHLY;BYDAY=-1TH"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", date(2026, 3, 15), date(2026, 3, 17), "FREQ=MONTHLY;BYMONTHDAY=17"),
        (
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31",
            date(2026, 3, 31),
            date(2026, 4, 1),
            "FREQ=YEARLY;BYMONTHDAY=1;BYMONTH=4",
        ),
        ("FREQ=MONTHLY", date(2026, 3, 15), date(2026, 3, 17), "FREQ=MONTHLY"),
    ],
)
def test_a_rule_that_names_days_names_the_new_ones(rule: str, start: date, to: date, becomes: str) -> None:
    data = made(NewEvent("Series", start, start + timedelta(days=1), rule=rule))
    edited = EDITOR.change(data, start, Scope.ALL, Change(start=to, end=to + timedelta(days=1)))
    assert edited.data is not None
    written = laid_out(edited.data)[0].event.rule
    assert written is not None
    assert set(written.split(";")) == set(becomes.split(";"))
    assert laid_out(edited.data)[0].event.start == to


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "FREQ=MONTHLY;BYMONTHDAY=2,16"])
def test_a_rule_that_cannot_be_moved_is_a_plain_answer(rule: str) -> None:
    start = date(2026, 3, 2)
    data = made(NewEvent("Series", start, start + timedelta(days=1), rule=rule))
    with pytest.raises(BadInput, match="cannot be moved"):
        EDITOR.change(data, start, Scope.ALL, Change(start=date(2026, 3, 3), end=date(2026, 3, 4)))


def test_dates_that_were_added_by_hand_stay_on_their_side_of_a_split() -> None:
    start = datetime(2026, 3, 2, 10, tzinfo=BERLIN)
    data = made(NewEvent("Series", start, start + timedelta(hours=1), rule="FREQ=WEEKLY;COUNT=4"))
    added = "RDATE;TZID=Europe/Berlin:20260304T100000,20260318T100000\r\nSUMMARY"
    before = laid_out(data.replace("SUMMARY", added))
    assert [one.event.start.day for one in before] == [2, 4, 9, 16, 18, 23]
    change = Change(start=before[3].event.start + timedelta(hours=1), end=before[3].event.end + timedelta(hours=1))
    edited = EDITOR.change(data.replace("SUMMARY", added), before[3].original, Scope.FOLLOWING, change)
    after = laid_out(*(one for one in (edited.data, edited.split) if one is not None))
    assert [f"{one.event.start:%d %H}" for one in after] == ["02 10", "04 10", "09 10", "16 11", "18 11", "23 11"]
