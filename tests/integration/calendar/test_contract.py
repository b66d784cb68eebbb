"""What calendars do, on three servers: Radicale, Xandikos and the sample server."""

import asyncio
from datetime import UTC, date, timedelta

import pytest

from backend.calendar import ics
from backend.calendar.event import Change, NewEvent, NewTask, Person, Scope
from backend.calendar.times import instant
from backend.errors import BadInput, Conflict, NotFound
from tests.integration.calendar.office import BERLIN, NOW, Office, berlin, starts


async def weekly(office: Office, count: int = 6) -> None:
    event = NewEvent(
        "Visit", berlin(3, 3, 10), berlin(3, 3, 11), rule=f"FREQ=WEEKLY;COUNT={count}", calendar=office.href
    )
    await office.do(await office.drafts.draft_create(office.who, event))


async def test_a_new_event_is_there_with_its_zone_and_another_program_reads_the_same(office: Office) -> None:
    event = NewEvent(
        "Meeting, with comma",
        berlin(3, 3, 14),
        berlin(3, 3, 14, 30),
        location="Room 2",
        notes="First line\nsecond; line",
        reminders=(15,),
        calendar=office.href,
    )
    draft = await office.drafts.draft_create(office.who, event)
    assert "Tuesday, 3 March 2026, 14:00–14:30 (Europe/Berlin)" in draft.sentence
    action, performed = await office.do(draft)
    assert "Tuesday, 3 March 2026, 14:00–14:30 (Europe/Berlin)" in performed.said

    found = await office.one(berlin(3, 3))
    assert (found.event.title, found.event.location) == ("Meeting, with comma", "Room 2")
    assert found.event.notes == "First line\nsecond; line"
    assert found.event.zone == "Europe/Berlin"
    assert found.event.reminders == (15,)
    raw = (await office.raw(action.key)).events[0]
    assert raw["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert raw.start == berlin(3, 3, 14)
    assert [zone["TZID"] for zone in (await office.raw(action.key)).walk("VTIMEZONE")] == ["Europe/Berlin"]


async def test_an_all_day_event_is_days_and_no_midnights(office: Office) -> None:
    event = NewEvent("Leave", date(2026, 3, 3), date(2026, 3, 6), calendar=office.href)
    draft = await office.drafts.draft_create(office.who, event)
    assert draft.value("end") == "2026-03-05"
    action, _ = await office.do(draft)
    raw = (await office.raw(action.key)).events[0]
    assert (raw["DTSTART"].dt, raw["DTEND"].dt) == (date(2026, 3, 3), date(2026, 3, 6))
    assert raw["DTSTART"].to_ical() == b"20260303"
    assert [one.event.title for one in await office.happening(berlin(3, 5))] == ["Leave"]
    assert await office.happening(berlin(3, 6)) == []


async def test_a_list_is_by_time_and_a_search_by_words_wherever_they_stand(office: Office) -> None:
    for title, hour, place in (("Round", 9, "Ward Ä"), ("Lunch", 12, ""), ("Visit", 15, "Ward B")):
        event = NewEvent(title, berlin(3, 4, hour), berlin(3, 4, hour + 1), location=place, calendar=office.href)
        await office.do(await office.drafts.draft_create(office.who, event))
    assert [one.event.title for one in await office.happening(berlin(3, 4))] == ["Round", "Lunch", "Visit"]
    assert [one.event.title for one in await office.happening(berlin(3, 4), text="ward")] == ["Round", "Visit"]
    assert [one.event.title for one in await office.happening(berlin(3, 4), text="WARD ä")] == ["Round"]
    assert [one.event.title for one in await office.happening(berlin(3, 4, 12, 30), days=0.01)] == ["Lunch"]


async def test_a_move_keeps_everything_else_and_is_undone(office: Office) -> None:
    await office.put(_FOREIGN)
    found = await office.one(berlin(3, 5))
    sequence = found.event.sequence
    draft = await office.drafts.draft_move(office.who, found, berlin(3, 6, 16), berlin(3, 6, 17))
    assert "from Thursday, 5 March 2026, 10:00–11:00" in draft.sentence
    assert "to Friday, 6 March 2026, 16:00–17:00" in draft.sentence
    action, performed = await office.do(draft)
    raw = (await office.raw()).events[0]
    assert raw["DTSTART"].to_ical() == b"20260306T160000"
    assert raw["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert raw["X-SECRET-RECIPE"] == "kept\\, as it is"
    assert [alarm["TRIGGER"].dt for alarm in raw.walk("VALARM")] == [timedelta(hours=-1)]
    assert int(raw["SEQUENCE"]) == sequence + 1

    await office.undo(action, performed)
    assert (await office.raw()).events[0]["DTSTART"].to_ical() == b"20260305T100000"


async def test_what_was_changed_meanwhile_is_neither_overwritten_nor_taken_back(office: Office) -> None:
    await office.put(_FOREIGN)
    found = await office.one(berlin(3, 5))
    draft = await office.drafts.draft_change(office.who, found, Change(title="Ours"))
    action = office.action(draft)
    await _elsewhere(office, "Theirs")
    with pytest.raises(Conflict):
        await office.performer.perform(action)
    assert str((await office.raw()).events[0]["SUMMARY"]) == "Theirs"

    again = await office.performer.check(office.who.user_id, draft)
    assert "“Theirs”" in again.sentence
    assert "changed in the calendar meanwhile" in again.warnings[0]
    action, performed = await office.do(again)
    await _elsewhere(office, "Theirs again")
    with pytest.raises(Conflict):
        await office.undo(action, performed)
    assert str((await office.raw()).events[0]["SUMMARY"]) == "Theirs again"


async def test_a_cancelled_event_is_gone_and_comes_back_by_undo(office: Office) -> None:
    await office.put(_FOREIGN)
    draft = await office.drafts.draft_cancel(office.who, await office.one(berlin(3, 5)))
    action, performed = await office.do(draft)
    assert await office.happening(berlin(3, 5)) == []
    assert "cancelled" in performed.said
    await office.undo(action, performed)
    assert (await office.one(berlin(3, 5))).event.title == "Theirs before"


async def test_one_occurrence_is_moved_and_the_others_stay(office: Office) -> None:
    await weekly(office)
    second = (await office.happening(berlin(3, 1), 40))[1]
    draft = await office.drafts.draft_move(office.who, second, berlin(3, 11, 15), berlin(3, 11, 16), Scope.THIS)
    assert "this one only" in draft.sentence
    action, performed = await office.do(draft)
    assert "11 March 2026, 15:00–16:00" in performed.said
    times = ["03-03 10:00", "03-11 15:00", "03-17 10:00", "03-24 10:00", "03-31 10:00", "04-07 10:00"]
    assert starts(await office.happening(berlin(3, 1), 40)) == times
    await office.undo(action, performed)
    assert starts(await office.happening(berlin(3, 1), 40))[1] == "03-10 10:00"


async def test_this_and_following_is_moved_across_the_change_of_the_clocks(office: Office) -> None:
    await weekly(office)
    third = (await office.happening(berlin(3, 1), 40))[2]
    draft = await office.drafts.draft_move(office.who, third, berlin(3, 18, 8), berlin(3, 18, 9), Scope.FOLLOWING)
    action, performed = await office.do(draft)
    assert "18 March 2026, 08:00–09:00" in performed.said
    times = ["03-03 10:00", "03-10 10:00", "03-18 08:00", "03-25 08:00", "04-01 08:00", "04-08 08:00"]
    assert starts(await office.happening(berlin(3, 1), 40)) == times
    await office.undo(action, performed)
    assert starts(await office.happening(berlin(3, 1), 40))[2:] == [
        "03-17 10:00",
        "03-24 10:00",
        "03-31 10:00",
        "04-07 10:00",
    ]


async def test_all_of_a_series_is_moved_with_what_was_changed_in_it(office: Office) -> None:
    await weekly(office)
    fourth = (await office.happening(berlin(3, 1), 40))[3]
    await office.do(await office.drafts.draft_change(office.who, fourth, Change(title="Special"), Scope.THIS))
    fifth = (await office.happening(berlin(3, 1), 40))[4]
    draft = await office.drafts.draft_move(office.who, fifth, berlin(4, 1, 9), berlin(4, 1, 10, 30), Scope.ALL)
    await office.do(draft)
    found = await office.happening(berlin(3, 1), 40)
    times = ["03-04 09:00", "03-11 09:00", "03-18 09:00", "03-25 09:00", "04-01 09:00", "04-08 09:00"]
    assert starts(found) == times
    assert [one.event.title for one in found] == ["Visit", "Visit", "Visit", "Special", "Visit", "Visit"]
    assert {one.event.duration for one in found} == {timedelta(minutes=90)}


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (Scope.THIS, ["03-03 10:00", "03-10 10:00", "03-24 10:00", "03-31 10:00"]),
        (Scope.FOLLOWING, ["03-03 10:00", "03-10 10:00"]),
        (Scope.ALL, []),
    ],
)
async def test_a_series_is_cancelled_as_far_as_is_meant(office: Office, scope: Scope, left: list[str]) -> None:
    await weekly(office, 5)
    third = (await office.happening(berlin(3, 1), 40))[2]
    action, performed = await office.do(await office.drafts.draft_cancel(office.who, third, scope))
    assert starts(await office.happening(berlin(3, 1), 40)) == left
    await office.undo(action, performed)
    assert len(await office.happening(berlin(3, 1), 40)) == 5


async def test_a_create_that_crashed_is_found_by_its_key_and_one_that_was_not_done_is_not(office: Office) -> None:
    event = NewEvent("Once", berlin(3, 3, 14), berlin(3, 3, 15), calendar=office.href)
    draft = await office.drafts.draft_create(office.who, event)
    action = office.action(draft)
    assert await office.performer.find(action) is None
    await office.performer.perform(action)
    found = await office.performer.find(action)
    assert found is not None
    assert "Once" in found.said
    with pytest.raises(Conflict):
        await office.performer.perform(action)
    assert len(await office.happening(berlin(3, 3))) == 1
    await office.undo(action, found)
    assert await office.happening(berlin(3, 3)) == []


async def test_a_change_that_crashed_is_found_by_its_key(office: Office) -> None:
    await weekly(office)
    third = (await office.happening(berlin(3, 1), 40))[2]
    draft = await office.drafts.draft_move(office.who, third, berlin(3, 18, 8), berlin(3, 18, 9), Scope.FOLLOWING)
    action = office.action(draft)
    assert await office.performer.find(action) is None
    await office.performer.perform(action)
    found = await office.performer.find(action)
    assert found is not None
    await _elsewhere_again(office)
    other = office.action(draft)
    with pytest.raises(Conflict):
        await office.performer.find(other)


async def test_what_was_begun_of_a_split_is_taken_away(office: Office) -> None:
    await weekly(office)
    third = (await office.happening(berlin(3, 1), 40))[2]
    draft = await office.drafts.draft_move(office.who, third, berlin(3, 18, 8), berlin(3, 18, 9), Scope.FOLLOWING)
    action = office.action(draft)
    begun = NewEvent("Begun", berlin(3, 18, 8), berlin(3, 18, 9))
    data = ics.new_event(begun, action.key, ics.Stamp(action.key, NOW))
    client = office.calendars.client(office.who.user_id)
    await client.put(office.href, client.new_href(office.href, action.key), data, None)
    assert await office.performer.find(action) is None
    assert len(await office.happening(berlin(3, 1), 40)) == 6


async def test_a_cancel_that_crashed_is_found_done(office: Office) -> None:
    await office.put(_FOREIGN)
    action = office.action(await office.drafts.draft_cancel(office.who, await office.one(berlin(3, 5))))
    assert await office.performer.find(action) is None
    await office.performer.perform(action)
    assert await office.performer.find(action) is not None


async def test_tasks_are_added_listed_and_completed(office: Office) -> None:
    add = await office.tasks.draft_task_add(office.who, NewTask("Order gloves", date(2026, 3, 6), calendar=office.href))
    assert "due Friday, 6 March 2026" in add.sentence
    action, performed = await office.do(add)
    mine = [one for one in await office.calendars.tasks(office.who.user_id, BERLIN) if one.uid == action.key]
    assert [(one.title, one.due, one.done) for one in mine] == [("Order gloves", date(2026, 3, 6), False)]

    done, performed = await office.do(await office.tasks.draft_task_complete(office.who, mine[0]))
    assert "done" in performed.said
    assert action.key not in {one.uid for one in await office.calendars.tasks(office.who.user_id, BERLIN)}
    finished = await office.calendars.tasks(office.who.user_id, BERLIN, done=True)
    assert action.key in {one.uid for one in finished}
    assert await office.performer.find(done) is not None
    with pytest.raises(Conflict, match="done already"):
        await office.tasks.draft_task_complete(office.who, mine[0])
    await office.undo(done, performed)
    assert action.key in {one.uid for one in await office.calendars.tasks(office.who.user_id, BERLIN)}


async def test_which_calendar_is_asked_once_and_remembered(office: Office) -> None:
    other = await asyncio.to_thread(office.server.make_calendar, f"Other {id(office)}")
    assert await office.calendars.default(office.who.user_id) is None
    draft = await office.drafts.draft_create(office.who, NewEvent("Where", berlin(3, 3, 14), berlin(3, 3, 15)))
    field = next(one for one in draft.fields if one.name == "calendar")
    assert field.editable
    assert {option.value for option in field.options} >= {office.href}
    await office.do(draft, calendar=office.href)
    default = await office.calendars.default(office.who.user_id)
    assert default is not None
    assert default.href == office.href
    await asyncio.to_thread(other.delete)


async def test_a_second_event_at_the_same_time_a_past_one_and_one_at_night_are_warned_of(office: Office) -> None:
    first = NewEvent("First", berlin(3, 3, 14), berlin(3, 3, 15), calendar=office.href)
    await office.do(await office.drafts.draft_create(office.who, first))
    second = NewEvent("Second", berlin(3, 3, 14, 30), berlin(3, 3, 16), calendar=office.href)
    assert any("“First”" in one for one in (await office.drafts.draft_create(office.who, second)).warnings)
    touching = NewEvent("Third", berlin(3, 3, 15), berlin(3, 3, 16), calendar=office.href)
    assert (await office.drafts.draft_create(office.who, touching)).warnings == ()
    past = NewEvent("Past", berlin(3, 1, 14), berlin(3, 1, 15), calendar=office.href)
    assert (await office.drafts.draft_create(office.who, past)).warnings == ("That is in the past.",)
    night = NewEvent("Night", berlin(3, 3, 22), berlin(3, 3, 23), calendar=office.href)
    assert "working hours" in (await office.drafts.draft_create(office.who, night)).warnings[0]


async def test_edited_fields_are_checked_and_a_moved_start_keeps_the_length(office: Office) -> None:
    event = NewEvent("Edit me", berlin(3, 3, 14), berlin(3, 3, 15), calendar=office.href)
    draft = await office.drafts.draft_create(office.who, event)
    with pytest.raises(BadInput, match="does not exist") as raised:
        await office.do(draft, start="2026-03-29T02:30", end="2026-03-29T04:00")
    assert raised.value.details == {"readings": ["2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"]}
    with pytest.raises(BadInput, match="exists twice") as raised:
        await office.do(draft, start="2026-10-25T02:30", end="2026-10-25T04:00")
    assert raised.value.field == "start"
    with pytest.raises(BadInput, match="before the start"):
        await office.do(draft, end="2026-03-03T13:00")
    with pytest.raises(BadInput, match="time zone"):
        await office.do(draft, zone="Mars/Base")
    with pytest.raises(BadInput, match="title"):
        await office.do(draft, title="  ")
    with pytest.raises(BadInput, match="mail address"):
        await office.do(draft, people=[{"name": "X", "address": "nowhere"}])
    assert await office.happening(berlin(1, 1), 365) == []
    await office.do(draft, start="2026-03-04T09:15")
    found = await office.one(berlin(3, 4))
    assert (found.event.start, found.event.end) == (berlin(3, 4, 9, 15), berlin(3, 4, 10, 15))


async def test_the_second_reading_of_a_time_that_exists_twice_is_kept_exactly(office: Office) -> None:
    event = NewEvent("Night shift", berlin(3, 3, 14), berlin(3, 3, 15), calendar=office.href)
    draft = await office.drafts.draft_create(office.who, event)
    await office.do(draft, start="2026-10-25T02:30+01:00", end="2026-10-25T04:00")
    found = await office.one(berlin(10, 25))
    assert instant(found.event.start, BERLIN) == berlin(10, 25, 2, 30).replace(fold=1).astimezone(UTC)
    assert found.event.duration == timedelta(minutes=90)


async def test_free_times_avoid_what_is_there_and_say_whose_times_are_not_known(office: Office) -> None:
    for first, last in ((8, 12), (13, 18)):
        event = NewEvent("Busy", berlin(3, 3, first), berlin(3, 3, last), calendar=office.href)
        await office.do(await office.drafts.draft_create(office.who, event))
    jo = Person("Jo", "jo@clinic.example")
    start = max(NOW, berlin(3, 3))
    slots = await office.calendars.slots(office.who.user_id, [jo], 60, start, berlin(3, 4, 9), BERLIN)
    assert [f"{one.start:%m-%d %H:%M}" for one in slots] == ["03-03 12:00", "03-04 08:00"]
    assert slots[0].unknown == (jo,)


async def test_what_began_long_before_is_listed(office: Office) -> None:
    event = NewEvent("Conference", berlin(2, 2, 9), berlin(3, 20, 17), calendar=office.href)
    await office.do(await office.drafts.draft_create(office.who, event))
    assert [one.event.title for one in await office.happening(berlin(3, 10))] == ["Conference"]
    assert await office.happening(berlin(3, 21)) == []


async def test_an_event_that_is_gone_is_a_plain_answer(office: Office) -> None:
    await office.put(_FOREIGN)
    found = await office.one(berlin(3, 5))
    client = office.calendars.client(office.who.user_id)
    await client.delete(found.resource.href, found.resource.etag)
    with pytest.raises(NotFound):
        await office.drafts.draft_cancel(office.who, found)


async def _elsewhere(office: Office, title: str) -> None:
    """Another program changes the title."""

    def change() -> None:
        event = office.calendar.search()[0]
        event.icalendar_component["SUMMARY"] = title
        event.save()

    await asyncio.to_thread(change)


async def _elsewhere_again(office: Office) -> None:
    """Another program changes every object."""

    def change() -> None:
        for event in office.calendar.search():
            for one in event.icalendar_instance.events:
                one["SUMMARY"] = "Changed"
                one.pop("X-VOICEASSIST-ACTION", None)
            event.save()

    await asyncio.to_thread(change)


_FOREIGN = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Else//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:theirs@elsewhere.example
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20260305T100000
DTEND;TZID=Europe/Berlin:20260305T110000
SUMMARY:Theirs before
SEQUENCE:3
X-SECRET-RECIPE:kept\\, as it is
BEGIN:VALARM
ACTION:EMAIL
SUMMARY:Mail
DESCRIPTION:Mail
ATTENDEE:mailto:me@elsewhere.example
TRIGGER:-PT1H
END:VALARM
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
