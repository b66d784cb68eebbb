"""What questions are aimed at. They are our own; none is in the corpus or in a bench."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from backend.assistant.commands.aim import is_clear, is_command, unexplained
from backend.assistant.commands.parsing import Utterance, request_of
from backend.assistant.commands.request import Request

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=BERLIN)


def said(text: str) -> Request:
    return request_of(Utterance("ida", text, NOW, BERLIN, "Europe/Berlin"), text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "What do I have to bring for the excursion?",
        "When do I have to hand in my thesis?",
        "When is my eye doctor appointment?",
        "Do I have a yoga class tomorrow?",
        "Darf ich im Keller ein Rad abstellen?",
        "Was muss ich zum Ausflug einpacken?",
        "Wann muss ich den Strom bezahlen?",
        "Wann ist mein Augenarzttermin?",
        "Wann ist mein Termin beim Frisör?",
    ],
)
def test_a_question_that_names_something_is_not_only_about_the_calendar(text: str) -> None:
    assert not is_clear(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "what do I have on Monday?",
        "what's next?",
        "what's happening tomorrow",
        "any meetings on Thursday?",
        "when is my next appointment?",
        "what are my plans for the weekend",
        "what is on my calendar",
        "was habe ich am Montag?",
        "was steht als Nächstes an?",
        "was steht am Donnerstag an?",
        "wann ist mein nächster Termin?",
        "habe ich nächste Woche Termine?",
        "zeig mir meinen Kalender",
    ],
)
def test_a_question_of_nothing_but_words_for_a_calendar_is_about_the_calendar(text: str) -> None:
    assert is_clear(said(text))
    assert is_command(said(text))


@pytest.mark.parametrize("text", ["Habe ich eine Hausratversicherung?", "Wie viele Krankheitstage habe ich?"])
def test_a_guess_at_mails_or_reminders_needs_words_that_speak_of_them(text: str) -> None:
    assert not is_command(said(text))
    assert is_command(said("Habe ich neue Mails?"))


def test_an_act_that_is_no_looking_explains_nothing() -> None:
    assert unexplained(said("what do I need to bring to my appointment")) == ["bring"]
    assert unexplained(said("when is my appointment")) == []


@pytest.mark.parametrize(("text", "taken"), [("is the lecture open on Friday", False), ("am I free on Friday", True)])
def test_only_people_have_time(text: str, taken: bool) -> None:
    assert is_command(said(text)) is taken
