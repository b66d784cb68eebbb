"""An answer cut into clauses while it is written: examples, and properties that hold for any text and any pieces."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.clauses import Clause, Clauses
from backend.speech.sources import announcement

_PIECES = st.sampled_from(
    ["Dr. ", "Weber ", "e.g. ", "z. B. ", "5 mg", "5 mg. ", "1,500", "3.5", "12. ", "März ", "March 12, 2026",
     "14:30", "[1]", " [2, 3]", "[", "](", ". ", "! ", "? ", ", ", ": ", "; ", " – ", "\n", "\n\n", "- ", "1. ",
     "word ", "Word ", " ", "“", "”", "**", "x" * 90, "und dann noch weiter ohne ein Komma ", "…", "😀", "|"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=60).map("".join))
_LANGUAGES = st.sampled_from(["en", "de", "fr"])
# What no cut may go through, wherever it stands: numbers with their signs, dates, citations.
_WHOLE = r"\d+(?:[.,:]\d+)+|March \d+, \d{4}|\[\d+(?:, ?\d+)*\]|(?<!\S)(?:Dr\. Weber|z\. B\.)"
_WHOLE_IN = {"en": _WHOLE, "fr": _WHOLE, "de": rf"{_WHOLE}|(?<!\d)\d{{1,2}}\. März"}


def cut(text: str, language: str = "en") -> list[Clause]:
    clauses = Clauses(language)
    return [*clauses.feed(text), *clauses.flush()]


def texts(text: str, language: str = "en") -> list[str]:
    return [clause.text.strip() for clause in cut(text, language)]


@given(text=_TEXTS, language=_LANGUAGES, sizes=st.lists(st.integers(1, 30), min_size=1, max_size=50))
def test_the_clauses_are_the_answer_however_it_arrives(text: str, language: str, sizes: list[int]) -> None:
    clauses = Clauses(language)
    found: list[Clause] = []
    position = 0
    for number in range(len(text)):
        if position >= len(text):
            break
        size = sizes[number % len(sizes)]
        found += clauses.feed(text[position : position + size])
        position += size
    found += clauses.flush()

    assert "".join(clause.text for clause in found) == text
    assert found == cut(text, language)


@given(text=_TEXTS, language=_LANGUAGES)
def test_no_cut_goes_through_a_number_a_date_or_a_citation(text: str, language: str) -> None:
    position = 0
    cuts = set()
    for clause in cut(text, language):
        position += len(clause.text)
        cuts.add(position)

    assert not [
        found for found in re.finditer(_WHOLE_IN[language], text) if cuts & set(range(found.start() + 1, found.end()))
    ]


@given(text=_TEXTS)
def test_every_citation_is_given_once(text: str) -> None:
    marks = re.findall(r"\[(\d+)(?:, ?(\d+))*\]", text)
    cited = {number for clause in cut(text) for number in clause.cites}

    assert {int(number) for mark in marks for number in mark if number} <= cited


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Take 5 mg. Then rest.", ["Take 5 mg.", "Then rest."]),
        ("It costs 5.50 today. Pay at 3.", ["It costs 5.50 today.", "Pay at 3."]),
        ("Dr. Weber, e.g. on 3.5 mg. Fine.", ["Dr. Weber, e.g. on 3.5 mg.", "Fine."]),
        ("We open at 8 a.m. Please come.", ["We open at 8 a.m.", "Please come."]),
        ("She came on March 12, 2026. Then she left.", ["She came on March 12, 2026.", "Then she left."]),
        ("The dose is 5. Take it.", ["The dose is 5.", "Take it."]),
        ("1. Rest.\n2. Drink.", ["1. Rest.", "2. Drink."]),
        ("- Metformin\n- Lisinopril", ["- Metformin", "- Lisinopril"]),
        ("It says so. [1][2] And so on. [3]", ["It says so. [1][2]", "And so on. [3]"]),
        ("It says so there [1], and here [2].", ["It says so there [1],", "and here [2]."]),
        ("He said “stop.” Then he left.", ["He said “stop.”", "Then he left."]),
        ("Is it so? Yes! Good…", ["Is it so?", "Yes!", "Good…"]),
        ("See example.org/a. It is there.", ["See example.org/a.", "It is there."]),
        ("No, never, not at all, as far as I know.", ["No, never, not at all,", "as far as I know."]),
    ],
)
def test_an_english_answer_is_cut_where_a_reader_would_pause(answer: str, expected: list[str]) -> None:
    assert texts(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Am 12. März war sie da. Dann nicht mehr.", ["Am 12. März war sie da.", "Dann nicht mehr."]),
        ("Z. n. Apoplex, z. B. 2019. Sonst gesund.", ["Z. n. Apoplex, z. B. 2019.", "Sonst gesund."]),
        ("Es waren 2 g. Das ist viel.", ["Es waren 2 g.", "Das ist viel."]),
        ("Dr. med. Weber kommt. Er bleibt.", ["Dr. med. Weber kommt.", "Er bleibt."]),
        ("Es sind 1.500 mg bzw. 3 Tabletten. Gut.", ["Es sind 1.500 mg bzw. 3 Tabletten.", "Gut."]),
        ("Äpfel, Birnen usw. Danach Brot.", ["Äpfel, Birnen usw.", "Danach Brot."]),
    ],
)
def test_a_german_answer_is_cut_where_a_reader_would_pause(answer: str, expected: list[str]) -> None:
    assert texts(answer, "de") == expected


def test_a_clause_says_what_is_spoken_and_what_it_cites() -> None:
    first, second = cut("Take **5 mg** daily. [1][3] Not more. [2-4]")

    assert (first.spoken, first.cites) == ("Take five milligrams daily.", (1, 3))
    assert (second.spoken, second.cites) == ("Not more.", (2, 3, 4))


def test_the_first_clause_comes_before_its_sentence_ends() -> None:
    clauses = Clauses("en")

    assert [c.text for c in clauses.feed("As far as I can see, the do")] == ["As far as I can see,"]


def test_a_later_clause_waits_for_the_end_of_its_sentence() -> None:
    clauses = Clauses("en")
    clauses.feed("So it is. ")

    assert [c.text for c in clauses.feed("As far as I can see, the do")] == ["So it is."]


def test_a_sentence_is_given_as_soon_as_the_next_word_shows_that_it_ended() -> None:
    clauses = Clauses("en")

    assert clauses.feed("He weighs 75. ") == []
    assert [c.text for c in clauses.feed("She ")] == ["He weighs 75."]


def test_flushing_behind_whole_sentences_gives_them_at_once_and_more_may_follow() -> None:
    clauses = Clauses("en")

    assert clauses.feed("It is so. [1]") == []
    assert [c.text for c in clauses.flush()] == ["It is so. [1]"]
    assert [c.text for c in [*clauses.feed(" And so. [2]"), *clauses.flush()]] == [" And so. [2]"]


def test_a_sentence_without_commas_is_not_waited_for() -> None:
    clauses = Clauses("en")
    found = clauses.feed("and on it goes " * 40)

    assert found
    assert max(len(clause.text) for clause in found) <= 241


def test_what_is_only_for_the_eye_is_spoken_as_nothing() -> None:
    assert [clause.spoken for clause in cut("Yes.\n\n---\n")] == ["Yes.", "", ""]


def untimed(paths: list[str]) -> list[tuple[str, int | None]]:
    return [(path, None) for path in paths]


def test_of_a_recording_the_minute_is_said() -> None:
    meeting, memo = ("/Team meeting.mp3", 754), ("/memo.wav", 59)

    assert announcement([meeting, ("/Team meeting.mp3", 800)], "en") == "From your file Team meeting at minute twelve."
    assert announcement([meeting, memo], "de") == "Aus Ihren Dateien Team meeting bei Minute zwölf und memo am Anfang."


def test_files_are_announced_once_each_in_their_order() -> None:
    paths = ["/a/Discharge_letter.pdf", "/b/Lab results.docx", "/a/Discharge_letter.pdf"]

    assert announcement(untimed(paths), "en") == "From your files Discharge letter and Lab results."
    assert announcement(untimed(paths[:1]), "en") == "From your file Discharge letter."
    assert announcement(untimed(paths), "de") == "Aus Ihren Dateien Discharge letter und Lab results."
    assert announcement(untimed(paths[:1]), "de-AT") == "Aus Ihrer Datei Discharge letter."


def test_of_many_files_the_first_are_named() -> None:
    paths = [f"/{name}.pdf" for name in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon")]

    assert announcement(untimed(paths), "en") == "From your files Alpha, Beta, Gamma and two others."


def test_without_files_nothing_is_announced() -> None:
    assert announcement([], "en") == ""
    assert announcement(untimed(["😀.pdf"]), "en") == ""
