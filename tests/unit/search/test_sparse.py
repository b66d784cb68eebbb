"""Sparse vectors and highlighting by stem."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from backend.search.sparse import STEMMED, document_vector, matches, query_vector

LANGUAGES = st.sampled_from([*sorted(STEMMED), "zh", "cy"])


def common(text: str, language: str, query: str, languages: list[str]) -> int:
    return len(set(document_vector(text, language).indices) & set(query_vector(query, languages).indices))


def test_words_meet_by_their_stem() -> None:
    assert common("The doses were reduced", "en", "reducing a dose", ["en"]) == 2
    assert common("Die Häuser brannten", "de", "Haus", ["de"]) == 1


def test_a_question_finds_words_of_every_language_that_there_is() -> None:
    assert common("Die Häuser brannten", "de", "Haus", ["en", "de"]) == 1
    assert common("Two houses burned", "en", "house", ["en", "de"]) == 1


def test_a_stop_word_of_one_language_counts_in_none() -> None:
    assert common("Er sagte: the", "de", "the dose", ["en", "de"]) == 0
    assert common("Er sagte: the", "de", "the dose", ["de"]) == 1


def test_a_question_of_stop_words_alone_keeps_what_the_other_languages_know() -> None:
    assert query_vector("the", ["en", "de"])
    assert not query_vector("the", ["en"])


def test_languages_without_spaces_are_cut_into_words() -> None:
    assert common("糖尿病患者的剂量", "zh", "糖尿病", ["zh"]) >= 1


def test_a_language_without_stemmer_is_searched_word_by_word() -> None:
    assert common("Mae'r meddyg yma", "cy", "meddyg", ["cy"]) == 1


def test_matches_are_the_words_with_a_stem_of_the_question() -> None:
    text = "Doses of metformin, and the dosing of it."
    spans = matches(text, "en", query_vector("metformin dose", ["en"]))
    assert [text[start:end] for start, end in spans] == ["Doses", "metformin", "dosing"]


@given(st.text(max_size=300), LANGUAGES)
def test_every_text_has_a_vector_of_positive_weights(text: str, language: str) -> None:
    vector = document_vector(text, language)
    assert len(vector.indices) == len(vector.values) == len(set(vector.indices))
    assert all(value > 0 for value in vector.values)


@given(st.text(max_size=200), LANGUAGES)
def test_matches_are_ranges_in_order(text: str, language: str) -> None:
    spans = matches(text, language, query_vector(text, [language]))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
