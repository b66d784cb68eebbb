"""What we do not know survives our changes, and what cannot be read hides nothing else."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.calendar import expansion, ics, rules, times
from backend.calendar.editing import Editor
from backend.calendar.event import Change, NewEvent, Person, Resource, Scope
from backend.errors import BadInput
from tests.unit.calendar.series import BERLIN, NOW, STAMP, laid_out, made

EDITOR = Editor(BERLIN, STAMP)
_VALUE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=90)


@given(
    st.dictionaries(st.from_regex(r"X-T-[A-Z]{1,8}", fullmatch=True), _VALUE, max_size=5),
    _VALUE,
    st.lists(_VALUE, max_size=2),
)
@settings(max_examples=100, deadline=None)
def test_unknown_properties_and_alarms_survive_an_edit(
    unknown: dict[str, str], title: str, comments: list[str]
) -> None:
    calendar = ics.parse(made(NewEvent("Before", NOW, NOW + timedelta(hours=1), reminders=(10,))))
    event = calendar.events[0]
    for name, value in unknown.items():
        event.add(name, icalendar.vText(value))
        calendar.add(name, icalendar.vText(value))
    for comment in comments:
        event.add("COMMENT", comment)
    first = ics.text(calendar)
    edited = EDITOR.change(first, None, Scope.ALL, Change(title=title.strip() or "x"))
    assert edited.data is not None
    kept = {"SUMMARY", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED"}
    assert _lines(edited.data, kept) == _lines(first, kept)
    assert ics.read(ics.parse(edited.data).events[0], BERLIN).title == (title.strip() or "x")


# Any time, and times near the changes of the clocks of both zones.
_WALLS = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.builds(
        lambda day, minutes: day + timedelta(minutes=minutes),
        st.sampled_from([datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2026, 3, 8), datetime(2026, 11, 1)]),
        st.integers(0, 240),
    ),
)


def _lines(data: str, without: set[str]) -> list[str]:
    unfolded = data.replace("\r\n ", "").splitlines()
    return sorted(line for line in unfolded if line.split(":")[0].split(";")[0] not in without)


def test_a_zone_of_somebody_elses_own_making_keeps_its_name_and_definition() -> None:
    found = laid_out(_OUTLOOK)
    assert found[0].event.zone == "Customized Time Zone"
    assert times.zone_name(found[0].event.start.tzinfo) == "Customized Time Zone"  # type: ignore[union-attr]
    assert found[0].event.start == datetime(2026, 3, 5, 15, tzinfo=UTC)
    start = times.shifted(found[0].event.start, timedelta(hours=1))
    edited = EDITOR.change(
        _OUTLOOK, None, Scope.THIS, Change(start=start, end=times.shifted(start, timedelta(hours=1)))
    )
    assert edited.data is not None
    assert "DTSTART;TZID=Customized Time Zone:20260305T110000" in edited.data
    assert edited.data.count("BEGIN:VTIMEZONE") == 1


def test_a_time_without_zone_stays_without_one() -> None:
    floating = _OUTLOOK.replace(";TZID=Customized Time Zone:", ":")
    found = laid_out(floating)[0]
    assert found.event.start == datetime(2026, 3, 5, 10, tzinfo=BERLIN)
    start = datetime(2026, 3, 6, 9, tzinfo=BERLIN)
    edited = EDITOR.change(floating, None, Scope.THIS, Change(start=start, end=start + timedelta(hours=1)))
    assert edited.data is not None
    assert "DTSTART:20260306T090000\r\n" in edited.data


def test_who_stays_invited_keeps_the_answer_and_everybody_is_asked_anew_about_another_time() -> None:
    me, jo, al = (Person(name, f"{name}@clinic.example") for name in ("me", "jo", "al"))
    data = ics.new_event(NewEvent("M", NOW, NOW + timedelta(hours=1), people=(jo,)), "u", STAMP, me)
    accepted = data.replace("\r\n ", "").replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    editor = Editor(BERLIN, STAMP, me)
    more = editor.change(accepted, None, Scope.ALL, Change(people=(jo, al))).data
    assert more is not None
    event = ics.read(ics.parse(more).events[0], BERLIN)
    assert [(one.person.address, one.status) for one in event.attendees] == [
        ("jo@clinic.example", "accepted"),
        ("al@clinic.example", "needs-action"),
    ]
    later = Change(start=NOW + timedelta(days=1), end=NOW + timedelta(days=1, hours=1))
    moved = editor.change(more, None, Scope.ALL, later).data
    assert moved is not None
    assert {one.status for one in ics.read(ics.parse(moved).events[0], BERLIN).attendees} == {"needs-action"}


def test_an_entry_that_cannot_be_read_hides_no_other() -> None:
    broken = ["", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "nonsense", "\0"]
    fine = made(NewEvent("Fine", NOW, NOW + timedelta(hours=1)))
    assert [one.event.title for one in laid_out(*broken, fine)] == ["Fine"]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "FREQ=MINUTELY"])
def test_a_hostile_rule_costs_no_more_than_one_occurrence(rule: str) -> None:
    event = made(NewEvent("Bomb", NOW, NOW + timedelta(seconds=1))).replace("SUMMARY", f"RRULE:{rule}\r\nSUMMARY")
    assert "RRULE" in event
    assert len(laid_out(event)) == 1


def test_an_endless_series_is_laid_out_as_far_as_is_asked() -> None:
    data = made(NewEvent("Daily", NOW, NOW + timedelta(hours=1), rule="FREQ=DAILY"))
    resource = Resource("/c/", "/c/1.ics", "1", data)
    assert len(expansion.occurrences([resource], NOW, NOW + timedelta(days=30), BERLIN)) == 30
    assert len(expansion.occurrences([resource], NOW, NOW + timedelta(days=30), BERLIN, limit=7)) == 7


@pytest.mark.parametrize(
    ("rule", "start", "written"),
    [
        ("FREQ=WEEKLY;UNTIL=20260330", datetime(2026, 3, 2, 10, tzinfo=BERLIN), "UNTIL=20260330T215959Z"),
        ("FREQ=WEEKLY;UNTIL=20260330T100000", datetime(2026, 3, 2, 10, tzinfo=BERLIN), "UNTIL=20260330T080000Z"),
        ("FREQ=WEEKLY;UNTIL=20260330T100000Z", date(2026, 3, 2), "UNTIL=20260330"),
    ],
)
def test_the_end_of_a_rule_is_of_the_kind_that_its_start_asks_for(rule: str, start: times.When, written: str) -> None:
    assert written in rules.checked(rule, start).split(";")


@pytest.mark.parametrize("rule", ["", "FREQ=SOMETIMES", "nonsense", "FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=TU"])
def test_what_is_no_rule_for_this_start_is_refused(rule: str) -> None:
    with pytest.raises(BadInput):
        rules.checked(rule, date(2026, 3, 2))


@given(_WALLS, st.sampled_from(["Europe/Berlin", "America/New_York"]))
@settings(max_examples=300, deadline=None)
def test_a_wall_clock_time_is_read_back_or_refused_with_both_readings(wall: datetime, name: str) -> None:
    wall = wall.replace(second=0, microsecond=0)
    zone = ZoneInfo(name)
    readings = _readings(wall, zone)
    if readings is None:
        moment = times.at(wall, zone, field="start")
        assert moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
    else:
        first, second = (times.moment(one, zone, field="start") for one in readings)
        assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)


def _readings(wall: datetime, zone: ZoneInfo) -> list[str] | None:
    """Both readings of a time that is refused."""
    try:
        times.at(wall, zone, field="start")
    except BadInput as error:
        details = error.details or {}
        readings = details["readings"]
        return readings if isinstance(readings, list) else None
    return None


@pytest.mark.parametrize(
    ("name", "gap", "twice"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)),
        ("America/New_York", datetime(2026, 3, 8, 2, 0), datetime(2026, 11, 1, 1, 0)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 4, 5, 1, 45)),
    ],
)
def test_both_sides_of_daylight_saving_are_told_and_not_guessed(name: str, gap: datetime, twice: datetime) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        times.at(gap, ZoneInfo(name), field="start")
    with pytest.raises(BadInput, match="exists twice"):
        times.at(twice, ZoneInfo(name), field="start")


_OUTLOOK = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Microsoft//Outlook//EN
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:outlook
DTSTAMP:20260101T000000Z
DTSTART;TZID=Customized Time Zone:20260305T100000
DURATION:PT1H
SUMMARY:Theirs
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
