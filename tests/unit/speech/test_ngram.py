"""The n-gram model of the built-in recognition."""

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.speech.builtin.ngram import END, START, Ngrams

WORDS = st.sampled_from(["call", "anna", "tomorrow", "at", "three"])
SENTENCES = st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=6), st.floats(0.01, 20)), min_size=1, max_size=12)
PAIRS = st.lists(st.tuples(WORDS, st.sampled_from(["call", "bob", END]), st.floats(0.001, 5)), max_size=5)


def made(sentences: list[tuple[list[str], float]], pairs: list[tuple[str, str, float]]) -> Ngrams:
    model = Ngrams()
    for words, weight in sentences:
        model.add(words, weight)
    model.add_pairs(pairs)
    model.add_words({"carol": 0.2, "call": 1.5})
    return model


@given(SENTENCES, PAIRS, st.lists(st.sampled_from(["call", "anna", "bob", "never said"]), max_size=2))
def test_after_any_history_the_probabilities_of_all_words_sum_to_one(
    sentences: list[tuple[list[str], float]], pairs: list[tuple[str, str, float]], history: list[str]
) -> None:
    model = made(sentences, pairs)
    for before in (tuple(history), (START,), (START, "call")):
        assert sum(model.probability(word, before) for word in model.words) == pytest.approx(1)


@given(SENTENCES, PAIRS)
def test_the_written_model_gives_the_same_probabilities(
    sentences: list[tuple[list[str], float]], pairs: list[tuple[str, str, float]]
) -> None:
    model = made(sentences, pairs)
    grams, back_offs = read(model)
    for history in ((), ("call",), ("anna", "at"), (START, "call")):
        for word in model.words:
            assert written(grams, back_offs, word, history) == pytest.approx(
                math.log10(model.probability(word, history)), abs=0.001
            )


def test_what_was_said_is_likelier_than_what_was_not_and_weight_counts() -> None:
    model = Ngrams()
    model.add(["call", "anna"], 3.0)
    model.add(["call", "bob"])
    assert model.probability("anna", (START, "call")) > model.probability("bob", (START, "call"))
    assert model.probability("bob", (START, "call")) > model.probability("call", (START, "call")) > 0


def test_counting_more_changes_what_was_asked_before() -> None:
    model = Ngrams()
    model.add(["call", "anna"])
    before = model.probability("anna", ("call",))
    model.add(["call", "bob"], 5.0)
    assert model.probability("anna", ("call",)) < before


def read(model: Ngrams) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    """A model in the ARPA format, read as its definition says."""
    file = io.StringIO()
    model.write(file)
    grams, back_offs = {}, {}
    head, *sections = file.getvalue().split("-grams:\n")
    for length, section in enumerate(sections, 1):
        lines = section.split("\n\n")[0].splitlines()
        assert f"ngram {length}={len(lines)}" in head
        for line in lines:
            logarithm, gram, *back_off = line.split("\t")
            grams[tuple(gram.split(" "))] = float(logarithm)
            if back_off:
                back_offs[tuple(gram.split(" "))] = float(back_off[0])
    return grams, back_offs


def written(
    grams: dict[tuple[str, ...], float], back_offs: dict[tuple[str, ...], float], word: str, history: tuple[str, ...]
) -> float:
    if (*history, word) in grams:
        return grams[(*history, word)]
    return back_offs.get(history, 0.0) + written(grams, back_offs, word, history[1:])
