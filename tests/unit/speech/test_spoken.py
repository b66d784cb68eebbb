"""What is made of text for speaking: tables of clinical and everyday text, and properties that hold for any text."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.spoken import file_name, speakable

_LANGUAGES = ("en", "de")
# A character can be at most this long in words ("‰", "×", "₂" …), beside the signs that are joined to longer ones.
_LONGEST_SAID = 60

_PIECES = st.sampled_from(
    ["5", "12", "2026", "0", "1,500", "1.500", "3.5", ".5", " ", " mg", "/kg", "/", "-", "–", ":", ".", ",", "%",
     " °C", "x", "×", "10^9", "⁹", "½", "²", "€", "$", "+", "(", ")", "[1]", "**", "_", "`", "# ", "- ", "\n", "|",
     "q8h", "Dr. ", "z. B. ", "am ", "12.03.2026", "2026-03-12", "14:30", " Uhr", " pm", "+49 30 ", "@", "a.b",
     "https://x.org/1", "SpO2", "B12", "٣", "①", "😀", "\u200d", "\u0301", "March ", "März", "1st", "3.", "bid",
     "~", "<", "=", "#", "file_1.pdf", "A" * 90, "7" * 30]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=120), st.lists(_PIECES, max_size=25).map("".join))


def _rows(language: str) -> list[tuple[str, str]]:
    table = Path(__file__).with_name(f"spoken_{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [(row[0], row[1]) for row in csv.reader(table[1:], delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize(("written", "spoken"), _rows("en"))
def test_english_is_spoken_as_people_read_it_aloud(written: str, spoken: str) -> None:
    assert speakable(written, "en") == spoken


@pytest.mark.parametrize(("written", "spoken"), _rows("de"))
def test_german_is_spoken_as_people_read_it_aloud(written: str, spoken: str) -> None:
    assert speakable(written, "de") == spoken


@pytest.mark.parametrize("language", _LANGUAGES)
@given(text=_TEXTS)
def test_no_digit_is_left_and_the_words_are_bounded(language: str, text: str) -> None:
    said = speakable(text, language)

    assert not [c for c in said if c.isdigit()]
    assert len(said) <= _LONGEST_SAID * len(text)


@pytest.mark.parametrize("language", _LANGUAGES)
@given(number=st.integers(0, 999_999), unit=st.sampled_from(["", " mg", " %", " kg/m²"]))
def test_every_number_is_said_whole(language: str, number: int, unit: str) -> None:
    from num2words import num2words

    words = str(num2words(number, lang=language)).replace(",", "")
    said = speakable(f"= {number}{unit}", language)

    assert words in said or number == 1


@given(text=_TEXTS)
def test_what_is_said_is_fit_for_saying_again(text: str) -> None:
    said = speakable(text, "fr")

    assert "\n" not in said
    assert "[1]" not in said


def test_of_other_languages_only_what_is_for_the_eye_is_taken_out() -> None:
    assert speakable("**Prenez** 5 mg [1] 😀", "fr") == "Prenez 5 mg"


def test_a_variant_of_a_language_is_that_language() -> None:
    assert speakable("5 mg", "de-AT") == speakable("5 mg", "de")


def test_lines_become_sentences_and_cells_become_a_list() -> None:
    table = "| Drug | Dose |\n|---|---|\n| Metformin | 500 mg |\n\n---\n- first\n- [x] second\n"

    assert speakable(table, "en") == "Drug, Dose. Metformin, five hundred milligrams. first. second"


def test_code_and_html_leave_their_text() -> None:
    assert (
        speakable("```python\nstop()\n```\nThen <b>rest</b> &amp; drink `water`.", "en")
        == "stop(). Then rest and drink water."
    )


def test_a_file_is_named_without_its_folder_and_ending() -> None:
    assert file_name("/Patients/Weber/Discharge_letter.v2.pdf", "en") == "Discharge letter v-two"
    assert file_name("Entlassbrief 12.03.2026.docx", "de") == "Entlassbrief zwölfter März zweitausendsechsundzwanzig"


def test_nothing_to_be_said_is_nothing() -> None:
    assert speakable("😀 ** [1] ---", "en") == ""
