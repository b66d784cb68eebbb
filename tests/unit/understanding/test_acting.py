"""Acting on what exists: events of unknown names, new names and places, bare hours, several commands in one sentence.

Our own phrases; another set than the examples of the catalogue.
"""

from datetime import datetime

import pytest

from backend.assistant.understanding import Intent, SlotType, Understanding, zone_of
from backend.assistant.understanding.command import Command
from backend.assistant.understanding.frames import LIKELY

NOW = datetime(2026, 3, 4, 10, 0)
BERLIN = zone_of("Europe/Berlin")


def ask(understanding: Understanding, text: str) -> Command:
    return understanding.understand(text, NOW, BERLIN)


def value(command: Command, kind: SlotType) -> str | None:
    slot = command.first(kind)
    return None if slot is None else slot.value


def moment(command: Command, kind: SlotType) -> str | None:
    slot = command.first(kind)
    if slot is None or slot.when is None or slot.when.start is None:
        return None
    return slot.when.start.strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "intent", "title"),
    [
        ("move the beekeeper summit to thursday", Intent.CALENDAR_MOVE, "beekeeper summit"),
        ("postpone the quartet by a week", Intent.CALENDAR_MOVE, "quartet"),
        ("pull the safety walk forward by half an hour", Intent.CALENDAR_MOVE, "safety walk"),
        ("change the harbour tour to saturday", Intent.CALENDAR_MOVE, "harbour tour"),
        ("call off the beekeeper summit", Intent.CALENDAR_CANCEL, "beekeeper summit"),
        ("scrap the safety walk on monday", Intent.CALENDAR_CANCEL, "safety walk"),
        ("prolong the harbour tour by ten minutes", Intent.CALENDAR_CHANGE, "harbour tour"),
        ("make the quartet an hour shorter", Intent.CALENDAR_CHANGE, "quartet"),
        ("schedule a blood drive on the 12th of may", Intent.CALENDAR_CREATE, "blood drive"),
        ("add a family picture day on tuesday", Intent.CALENDAR_CREATE, "family picture day"),
    ],
)
def test_what_may_be_an_event_is_acted_on_whatever_it_is_called(
    english: Understanding, text: str, intent: Intent, title: str
) -> None:
    command = ask(english, text)
    assert (command.intent, value(command, SlotType.TITLE)) == (intent, title)
    assert command.confidence >= LIKELY


@pytest.mark.parametrize(
    ("text", "intent", "title"),
    [
        ("verschiebe den imkergipfel auf samstag", Intent.CALENDAR_MOVE, "imkergipfel"),
        ("verlege die hafenrundfahrt um zwei stunden nach vorne", Intent.CALENDAR_MOVE, "hafenrundfahrt"),
        ("storniere den imkergipfel", Intent.CALENDAR_CANCEL, "imkergipfel"),
        ("verlängere den rundgang um zehn minuten", Intent.CALENDAR_CHANGE, "rundgang"),
        ("trage einen putztag am 3. mai ein", Intent.CALENDAR_CREATE, "putztag"),
    ],
)
def test_german_acts_on_what_may_be_an_event_too(german: Understanding, text: str, intent: Intent, title: str) -> None:
    command = ask(german, text)
    assert (command.intent, value(command, SlotType.TITLE)) == (intent, title)
    assert command.confidence >= LIKELY


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("postpone it to thursday", Intent.CALENDAR_MOVE),
        ("shift that by an hour", Intent.CALENDAR_MOVE),
        ("scrap it", Intent.CALENDAR_CANCEL),
        ("cancel this please", Intent.CALENDAR_CANCEL),
        ("shorten it by five minutes", Intent.CALENDAR_CHANGE),
    ],
)
def test_a_pronoun_is_acted_on(english: Understanding, text: str, intent: Intent) -> None:
    command = ask(english, text)
    assert command.intent is intent
    assert command.confidence >= LIKELY
    assert command.first(SlotType.TITLE) is None


@pytest.mark.parametrize(
    "text",
    [
        "cancel",
        "quit that",
        "clear the cache",
        "cancel the download",
        "extend my lease by a year",
        "move the file to the attic folder",
        "delete the document from friday",
        "change your name to bob",
        "rename the folder to attic",
        "add ten photos to the album tomorrow",
        "make the text larger",
        "move the cursor to the left",
    ],
)
def test_what_is_no_event_is_not_acted_on(english: Understanding, text: str) -> None:
    assert ask(english, text).intent is Intent.NONE


@pytest.mark.parametrize(
    ("text", "kind", "when"),
    [
        ("move the workshop to 9", SlotType.NEW_TIME, "03-05 09:00"),
        ("move thursday's check-up to 8", SlotType.NEW_TIME, "03-05 08:00"),
        ("shift it to 4", SlotType.NEW_TIME, "03-04 16:00"),
        ("move the visit from 2 to 4", SlotType.NEW_TIME, "03-04 16:00"),
        ("make it five", SlotType.TIME, "03-04 17:00"),
        ("change the time to one", SlotType.TIME, "03-04 13:00"),
        ("at two instead", SlotType.TIME, "03-04 14:00"),
    ],
)
def test_a_bare_hour_is_a_time_where_one_is_expected(
    english: Understanding, text: str, kind: SlotType, when: str
) -> None:
    found = moment(ask(english, text), kind)
    assert found is not None
    assert found[-5:] == when[-5:]


def test_a_number_of_something_is_no_bare_hour(english: Understanding) -> None:
    assert ask(english, "move the workshop to 7 people").first(SlotType.NEW_TIME) is None


def test_the_day_an_event_belongs_to_is_not_the_new_one(english: Understanding) -> None:
    command = ask(english, "move monday's stand-up to 11")
    assert (value(command, SlotType.DATE), value(command, SlotType.NEW_TIME)) == ("monday's", "11")
    assert value(command, SlotType.TITLE) == "stand-up"


def test_a_meal_that_is_cancelled_is_no_time(english: Understanding) -> None:
    command = ask(english, "cancel dinner on sunday")
    assert value(command, SlotType.TITLE) == "dinner"
    assert command.first(SlotType.TIME) is None


def test_an_event_moved_by_a_length_keeps_the_time_that_names_it(english: Understanding) -> None:
    command = ask(english, "move the 9am tour two hours later")
    assert (value(command, SlotType.TIME), value(command, SlotType.TITLE)) == ("9am", "tour")
    assert command.first(SlotType.NEW_TIME) is None


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("rename the dentist to tooth fairy", SlotType.NEW_TITLE, "tooth fairy"),
        ("change the name of the harbour tour to boat trip", SlotType.NEW_TITLE, "boat trip"),
        ("call that boat trip", SlotType.NEW_TITLE, "boat trip"),
        ("change the location of the workshop to the canteen", SlotType.NEW_PLACE, "the canteen"),
        ("move the workshop to room 12", SlotType.NEW_PLACE, "room 12"),
        ("in the library instead", SlotType.NEW_PLACE, "the library"),
    ],
)
def test_a_new_name_or_place_is_told_from_the_old(english: Understanding, text: str, kind: SlotType, said: str) -> None:
    assert value(ask(english, text), kind) == said


@pytest.mark.parametrize(
    "text", ["call that boat trip", "in the library instead", "make it five", "change the time to one"]
)
def test_a_change_of_what_is_proposed_is_no_command(english: Understanding, text: str) -> None:
    assert ask(english, text).intent is Intent.NONE


def test_german_names_a_new_name_and_a_new_place(german: Understanding) -> None:
    renamed = ask(german, "benenne den rundgang in hausbesuch um")
    assert (value(renamed, SlotType.TITLE), value(renamed, SlotType.NEW_TITLE)) == ("rundgang", "hausbesuch")
    assert value(ask(german, "ändere den ort der visite auf zimmer 9"), SlotType.NEW_PLACE) == "zimmer 9"


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("find two hours for Paula and me next week", ["Paula"]),
        ("find half an hour for Paula, Omar and me tomorrow", ["Paula", "Omar"]),
        ("is Omar free on friday at noon", ["Omar"]),
        ("are Paula and Omar busy tomorrow", ["Paula", "Omar"]),
        ("am I free tomorrow", []),
        ("find an hour for the budget review tomorrow", []),
    ],
)
def test_who_has_to_have_time_is_found(english: Understanding, text: str, people: list[str]) -> None:
    assert [slot.value for slot in ask(english, text).slots if slot.type is SlotType.PERSON] == people


def test_what_is_to_be_done_by_a_day_is_due_on_that_day(english: Understanding) -> None:
    slot = ask(english, "add a task to feed the bees by sunday").first(SlotType.DATE)
    assert slot is not None
    assert slot.when is not None
    assert slot.when.start is not None
    assert (slot.when.start.date().isoformat(), slot.when.direction) == ("2026-03-08", "before")


@pytest.mark.parametrize(
    ("text", "intent", "kind", "said"),
    [
        ("reply to Omar and say thanks", Intent.MAIL_REPLY, SlotType.BODY, "thanks"),
        ("mail Paula that i missed the train", Intent.MAIL_SEND, SlotType.BODY, "i missed the train"),
        ("forward the floor plan to facilities", Intent.MAIL_FORWARD, SlotType.SUBJECT, "floor plan"),
        ("delete the email from Omar", Intent.MAIL_DELETE, SlotType.PERSON, "Omar"),
    ],
)
def test_a_mail_has_what_it_says_and_what_it_is_about(
    english: Understanding, text: str, intent: Intent, kind: SlotType, said: str
) -> None:
    command = ask(english, text)
    assert (command.intent, value(command, kind)) == (intent, said)


@pytest.mark.parametrize(
    ("text", "intent", "title"),
    [
        ("setze honig bestellen auf meinen einkaufszettel", Intent.TASKS_ADD, "honig bestellen"),
        ("erinnere mich um vier daran die bienen zu füttern", Intent.REMINDERS_SET, "die bienen zu füttern"),
    ],
)
def test_german_lists_and_reminders_keep_what_is_to_be_done(
    german: Understanding, text: str, intent: Intent, title: str
) -> None:
    command = ask(german, text)
    assert (command.intent, value(command, SlotType.TITLE)) == (intent, title)


def test_of_two_commands_the_first_is_what_is_asked_for(english: Understanding) -> None:
    command = ask(english, "delete my haircut appointment and remind me at noon to call the barber")
    assert command.intent is Intent.CALENDAR_CANCEL
    assert value(command, SlotType.TITLE) == "haircut appointment"


def test_one_command_with_two_objects_is_one(english: Understanding) -> None:
    command = ask(english, "remind me at noon to wash and iron the shirts")
    assert command.intent is Intent.REMINDERS_SET
    assert value(command, SlotType.TITLE) == "wash and iron the shirts"


def test_a_name_ends_before_who_is_there(english: Understanding) -> None:
    assert value(ask(english, "book an appointment with Paula on friday"), SlotType.TITLE) == "appointment"
