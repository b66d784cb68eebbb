"""Words in the form in which they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models.terms import number, numbers, terms, words


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("vaccinated patients", "Vaccinate the patient", "en"),
        ("500mg", "500 mg", "en"),
        ("1,000 tablets", "1000 tablet", "en"),
        ("2.50 euros", "2.5 euro", "en"),
        ("twice", "2", "en"),
        ("Smith's letter", "letters Smith", "en"),
        ("Die Impfungen", "Impfung", "de"),
        ("０.５ ｍｇ", "0.5 mg", "en"),
    ],
)
def test_the_same_thing_said_differently_has_the_same_terms(one: str, other: str, language: str) -> None:
    assert set(terms(one, language)) == set(terms(other, language))


def test_different_things_keep_different_terms() -> None:
    assert set(terms("5 mg")) != set(terms("50 mg"))
    assert number("1.5") != number("15")
    assert number("2.0") == number("2")
    assert words("HbA1c and B12") == ["hba1c", "and", "b12"]


def test_digits_inside_a_word_are_not_numbers() -> None:
    assert numbers("HbA1c below 7, twice, in 2,000 people") == {"7", "2", "2000"}


@given(st.text(max_size=200))
def test_any_text_has_terms_and_they_are_stable(text: str) -> None:
    assert terms(text) == terms(text)
    assert all(term for term in terms(text, "xx"))
