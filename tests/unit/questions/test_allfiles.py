"""Questions about all files, and questions that are several: which are, which are not, and what is read from them."""

from datetime import UTC, datetime

import pytest

from backend.assistant.questions.allfiles import AllFiles, all_files
from backend.assistant.questions.language import LANGUAGES, language_of
from backend.assistant.questions.parts import bridge_of, parts_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def read(question: str) -> AllFiles | None:
    return all_files(question, LANGUAGES[language_of(question)], NOW, UTC)


@pytest.mark.parametrize(
    ("question", "task", "subject", "called", "period"),
    [
        ("Which of my letters mention warfarin?", "list", "warfarin", "letters", None),
        ("what files mention the boiler in my files?", "list", "boiler", "files", None),
        ("In which documents is Dr. Malik mentioned?", "list", "Dr. Malik", "documents", None),
        ("List all files about the move", "list", "move", "files", None),
        ("Show me every contract", "list", "", "contract", None),
        ("List all letters from October 2026", "list", "", "letters", "October 2026"),
        ("Which notes mention the meeting on 14 November?", "list", "meeting on 14 November", "notes", None),
        ("How many invoices are there from 2025?", "count", "", "invoices", "2025"),
        ("Which letters from March 2026 mention the roof?", "list", "roof", "letters", "March 2026"),
        ("How many invoices from 2025 do we have?", "count", "", "invoices", "2025"),
        ("Welche Briefe vom März 2026 erwähnen das Dach?", "list", "Dach", "Briefe", "März 2026"),
        ("How many of my emails mention the roof?", "count", "roof", "emails", None),
        ("Summarise everything about the move", "summary", "move", "", None),
        ("summarize everything we know about the roof", "summary", "roof", "", None),
        ("Sum up all my notes on the garden", "summary", "garden", "notes", None),
        ("Welche meiner Briefe erwähnen den Umzug?", "list", "Umzug", "Briefe", None),
        ("In welchen Dokumenten wird Frau Vogt erwähnt?", "list", "Frau Vogt", "Dokumenten", None),
        ("Liste alle Dateien zum Thema Umzug auf", "list", "Umzug", "Dateien", None),
        ("Wie viele Rechnungen gibt es aus 2025?", "count", "", "Rechnungen", "2025"),
        ("Wie viele Rechnungen aus 2025 habe ich?", "count", "", "Rechnungen", "2025"),
        ("Which letters do I have?", "list", "", "letters", None),
        ("What letters did I get in June 2025?", "list", "", "letters", "in June 2025"),
        ("Welche Protokolle gibt es?", "list", "", "Protokolle", None),
        ("Welche Briefe habe ich im März 2026 bekommen?", "list", "", "Briefe", "im März 2026"),
        ("Fasse alles über den Umzug zusammen", "summary", "Umzug", "", None),
    ],
)
def test_what_is_asked_of_all_files_is_read(
    question: str, task: str, subject: str, called: str, period: str | None
) -> None:
    found = read(question)
    assert found is not None
    assert (found.task, found.subject, found.called) == (task, subject, called)
    assert (found.period and found.period.text) == period


@pytest.mark.parametrize(
    "question",
    [
        "Which medicines interact with warfarin?",
        "Which letter mentions the boiler?",
        "How many files can be uploaded?",
        "How many reports must a trainee write?",
        "how many files are there",
        "What does the contract say about notice?",
        "Which letters from the ministry mention the roof?",
        "Which form do I need for leave?",
        "Summarise the discharge letter of Mrs Halloran",
        "What is the policy about dogs?",
        "Who wrote the letters about the boiler?",
        "Welche Salbe hilft bei Brandwunden?",
        "Wie viele Tage Urlaub gibt es?",
        "Which files mention " + "x" * 400,
        "",
    ],
)
def test_other_questions_are_none(question: str) -> None:
    assert read(question) is None


def test_quotes_make_a_phrase_and_about_lets_the_meaning_count() -> None:
    quoted = read('Which files mention "date of birth"?')
    assert quoted is not None
    assert quoted.phrase
    assert quoted.subject == "date of birth"
    assert not quoted.near
    about = read("List all files about the move")
    assert about is not None
    assert about.near
    ordered = read("Summarise everything about the move over time")
    assert ordered is not None
    assert ordered.by_time
    assert ordered.subject == "move"


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When is it open and who has the key?", ["When is it open?", "Who has the key?"]),
        ("Compare the lease and the cleaning contract", ["the lease", "the cleaning contract"]),
        (
            "Compare the notice periods of the lease and the cleaning contract",
            ["notice periods of the lease", "notice periods of the cleaning contract"],
        ),
        ("What is the difference between tea and coffee?", ["tea", "coffee"]),
        ("Was ist der Unterschied zwischen Tee und Kaffee?", ["Tee", "Kaffee"]),
        ("Wann ist geöffnet und wer hat den Schlüssel?", ["Wann ist geöffnet?", "Wer hat den Schlüssel?"]),
        ("Who has the key to the blue and the red room?", []),
        ("What happens when the fridge fails and the courier is late?", []),
        ("Which antibiotics and which doses are used?", []),
        ("I moved house and what now?", []),
    ],
)
def test_several_questions_in_one_are_told_apart(question: str, parts: list[str]) -> None:
    words = LANGUAGES[language_of(question)]
    assert [part.question for part in parts_of(question, words)] == parts


def test_the_second_question_is_put_so_that_it_stands_alone() -> None:
    parts = parts_of("When is the flu vaccine offered and who orders it?", LANGUAGES["en"])
    assert "flu vaccine" in parts[1].question


def test_what_has_to_be_found_first_is_told() -> None:
    bridge = bridge_of("What is the phone number of the doctor who orders the vaccine?", LANGUAGES["en"])
    assert bridge is not None
    assert bridge.inner == "Who orders the vaccine?"
    assert bridge.outer.format("Ann") == "What is the phone number of Ann?"
    german = bridge_of("Wie ist die Durchwahl der Ärztin, die den Impfstoff bestellt?", LANGUAGES["de"])
    assert german is not None
    assert german.outer.format("Dr. Ann") == "Wie ist die Durchwahl von Dr. Ann?"
    assert bridge_of("Who has the key?", LANGUAGES["en"]) is None
