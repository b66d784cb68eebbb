"""German dates and commands, said on Wednesday 4 March 2026 at 10:00 in Berlin."""

from datetime import datetime

import pytest

from backend.assistant.understanding import Intent, SlotType, Understanding, zone_of

NOW = datetime(2026, 3, 4, 10, 0)
BERLIN = zone_of("Europe/Berlin")


def first_start(understanding: Understanding, text: str) -> tuple[str, str | None, str | None]:
    slots = [slot for slot in understanding.understand(text, NOW, BERLIN).slots if slot.when is not None]
    when = next((slot for slot in slots if slot.type is SlotType.TIME), slots[0]).when
    assert when is not None
    assert when.start is not None
    end = None if when.end is None else when.end.strftime("%m-%d %H:%M")
    return when.start.strftime("%Y-%m-%d %H:%M"), end, when.rrule


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("morgen um halb fünf", "2026-03-05 16:30"),
        ("übermorgen um 14 Uhr 30", "2026-03-06 14:30"),
        ("nächsten Donnerstag um viertel nach drei", "2026-03-05 15:15"),
        ("um fünf vor halb vier", "2026-03-04 15:25"),
        ("am dritten Mai", "2026-05-03 00:00"),
        ("3.5.2027", "2027-05-03 00:00"),
        ("einundzwanzigster Juni 2027", "2027-06-21 00:00"),
        ("in vierzehn Tagen", "2026-03-18 10:00"),
        ("vor drei Tagen", "2026-03-01 10:00"),
        ("heute Abend um acht", "2026-03-04 20:00"),
        ("der letzte Freitag im März", "2026-03-27 00:00"),
        ("Ostermontag 2027", "2027-03-29 00:00"),
        ("KW 12", "2026-03-16 00:00"),
        ("ähm morgen", "2026-03-05 00:00"),
    ],
)
def test_a_point_in_time_is_resolved_in_german(german: Understanding, text: str, start: str) -> None:
    assert first_start(german, text)[0] == start


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Ende des Monats", "2026-03-21 00:00", "04-01 00:00"),
        ("morgen früh", "2026-03-05 00:00", "03-05 12:00"),
        ("am Morgen des 3.", "2026-04-03 00:00", "04-03 12:00"),
        ("vom 3. bis 5. April", "2026-04-03 00:00", "04-06 00:00"),
        ("dieses Wochenende", "2026-03-06 18:00", "03-09 00:00"),
        ("am Freitag zwischen 14 und 16 Uhr", "2026-03-06 14:00", "03-06 17:00"),
    ],
)
def test_a_stretch_of_time_is_resolved_in_german(german: Understanding, text: str, start: str, end: str) -> None:
    assert first_start(german, text)[:2] == (start, end)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("jeden zweiten Dienstag bis Juni", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260601"),
        ("montags und mittwochs", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("täglich", "FREQ=DAILY"),
        ("jeden ersten Montag im Monat", "FREQ=MONTHLY;BYDAY=1MO"),
    ],
)
def test_a_repeating_time_has_a_rule_in_german(german: Understanding, text: str, rule: str) -> None:
    assert first_start(german, text)[2] == rule


def test_an_article_is_no_number(german: Understanding) -> None:
    command = german.understand("Trag morgen um 14 Uhr eine Teambesprechung ein", NOW, BERLIN)
    when = next(slot.when for slot in command.slots if slot.type is SlotType.TIME)
    assert when is not None
    assert when.start == datetime(2026, 3, 5, 14, 0, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Trag morgen um 14 Uhr eine Teambesprechung mit Dr. Schmidt ein", Intent.CALENDAR_CREATE),
        ("Verschiebe meinen Termin mit Anna auf Freitag", Intent.CALENDAR_MOVE),
        ("Sag den Termin am Dienstag ab", Intent.CALENDAR_CANCEL),
        ("Was habe ich am Freitag vor", Intent.CALENDAR_QUERY),
        ("Lehne die Einladung zur Budgetsitzung ab", Intent.CALENDAR_RESPOND),
        ("Bin ich morgen Nachmittag frei", Intent.CALENDAR_FREE_BUSY),
        ("Habe ich neue Mails von Anna", Intent.MAIL_QUERY),
        ("Schreib eine Mail an meinen Chef dass ich später komme", Intent.MAIL_SEND),
        ("Antworte auf die Mail von Peter", Intent.MAIL_REPLY),
        ("Leite diese Mail an Anna weiter", Intent.MAIL_FORWARD),
        ("Erinnere mich um fünf daran das Labor anzurufen", Intent.REMINDERS_SET),
        ("Welche Erinnerungen habe ich", Intent.REMINDERS_LIST),
        ("Setz Milch kaufen auf meine Aufgabenliste", Intent.TASKS_ADD),
        ("Wie ist die Telefonnummer von Anna Bell", Intent.CONTACTS_QUERY),
        ("Füge Anna Bell zu meinen Kontakten hinzu", Intent.CONTACTS_ADD),
        ("Wie sieht mein Tag aus", Intent.BRIEFING),
        ("Stell einen Wecker auf sieben", Intent.NONE),
        ("Wie wird das Wetter morgen", Intent.NONE),
    ],
)
def test_a_german_command_is_understood(german: Understanding, text: str, intent: Intent) -> None:
    assert german.understand(text, NOW, BERLIN).intent is intent


def test_a_german_command_has_its_people_and_titles(german: Understanding) -> None:
    command = german.understand("Trag morgen um 14 Uhr eine Teambesprechung mit Dr. Schmidt ein", NOW, BERLIN)
    person, title = command.first(SlotType.PERSON), command.first(SlotType.TITLE)
    assert person is not None
    assert title is not None
    assert (person.value, title.value) == ("Dr. Schmidt", "Teambesprechung")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("bis ende april", "2026-03-04 10:00", "05-01 00:00"),
        ("zweite hälfte des märz", "2026-03-16 00:00", "04-01 00:00"),
        ("wochenende um den 14. märz", "2026-03-13 18:00", "03-16 00:00"),
        ("die woche vom 9. märz", "2026-03-09 00:00", None),
        ("heute in zwei wochen", "2026-03-18 00:00", None),
    ],
)
def test_families_of_dates_hold_in_german(german: Understanding, text: str, start: str, end: str | None) -> None:
    assert first_start(german, text)[:2] == (start, end)


@pytest.mark.parametrize(
    ("text", "rrule"),
    [
        ("jeden tag um 9 und um 17 uhr", "FREQ=DAILY;BYHOUR=9,17"),
        ("stündlich von 9 bis 12 uhr", "FREQ=HOURLY;BYHOUR=9,10,11,12"),
        ("jedes weihnachten", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"),
        ("jeden montag und jeden freitag", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("jeden ersten und dritten montag", "FREQ=MONTHLY;BYDAY=1MO,3MO"),
        ("jeden tag nächste woche", "FREQ=DAILY;UNTIL=20260315"),
    ],
)
def test_families_of_repeating_times_hold_in_german(german: Understanding, text: str, rrule: str) -> None:
    assert first_start(german, text)[2] == rrule
