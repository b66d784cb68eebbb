"""Questions about the documents of an organisation are no commands. Our own; none is in the corpus or in a bench."""

from datetime import datetime

import pytest

from backend.assistant.understanding import Intent, Understanding, zone_of

NOW = datetime(2026, 3, 4, 10, 0)
BERLIN = zone_of("Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        "how long may a lifeguard stay in the tower",
        "what does the lease say about pets",
        "who signs the delivery notes",
        "which glaze is fired at the highest temperature",
        "when was the orchestra founded",
        "how many trees were planted along the canal",
        "what happens if a sailor misses the briefing",
        "do I need a permit to fish at the weir",
        "where are the old maps kept",
        "what is the fee for a berth",
        "how often are the ropes inspected",
        "who leads the meeting of the harbour committee",
    ],
)
def test_a_question_about_documents_is_no_command(english: Understanding, text: str) -> None:
    command = english.understand(text, NOW, BERLIN)
    assert command.intent is Intent.NONE or command.about_files


@pytest.mark.parametrize(
    "text",
    [
        "wie oft werden die seile geprüft",
        "was steht in der hafenordnung über hunde",
        "wer unterschreibt die lieferscheine",
        "wie hoch ist die gebühr für einen liegeplatz",
        "wann wurde das orchester gegründet",
    ],
)
def test_a_german_question_about_documents_is_no_command(german: Understanding, text: str) -> None:
    command = german.understand(text, NOW, BERLIN)
    assert command.intent is Intent.NONE or command.about_files


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what do I have tomorrow", Intent.CALENDAR_QUERY),
        ("when is my next rehearsal", Intent.CALENDAR_QUERY),
        ("when is the board meeting", Intent.CALENDAR_QUERY),
        ("what meetings are there today", Intent.CALENDAR_QUERY),
        ("what is Paula's phone number", Intent.CONTACTS_QUERY),
        ("any new mail from Omar", Intent.MAIL_QUERY),
    ],
)
def test_a_question_about_the_users_own_things_still_is_one(english: Understanding, text: str, intent: Intent) -> None:
    command = english.understand(text, NOW, BERLIN)
    assert (command.intent, command.about_files) == (intent, False)
