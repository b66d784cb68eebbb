"""The gold questions: each quote stands where the question says, and the mixture is the one that was promised."""

from collections import Counter
from functools import cache

import pytest

from bench.questions.gold import PRIVATE, TEXTS, Gold, Question, holds, load
from samples.build import ROOT
from tests.unit.samples.readers import pages

DOCUMENTS = ROOT / "documents"
QUESTIONS = load()
PASSAGES = sorted({gold for question in QUESTIONS for gold in question.gold}, key=lambda gold: (gold.path, gold.quote))


@cache
def _pages(path: str) -> list[str]:
    inside = path.removeprefix(f"{PRIVATE}/")
    return pages(DOCUMENTS / path if inside == path else TEXTS / inside)


@pytest.mark.parametrize("gold", PASSAGES, ids=lambda gold: f"{gold.path}: {gold.quote[:40]}")
def test_the_quote_stands_in_its_file_and_on_its_page(gold: Gold) -> None:
    texts = _pages(gold.path)
    assert (gold.page is not None) == gold.path.endswith(".pdf")
    assert holds(texts[(gold.page or 1) - 1], gold.quote)


def test_words_match_across_signs_and_case_but_not_inside_other_words() -> None:
    assert holds("paid at **48 pence** | per\nMile", "48 pence per mile")
    assert not holds("paid at 148 pence per mile", "48 pence per mile")
    assert not holds("48 per mile pence", "48 pence per mile")


def test_there_are_enough_questions_and_about_half_are_unanswerable_or_need_two_hops() -> None:
    kinds = Counter(question.kind for question in QUESTIONS)
    assert set(kinds) == {"single", "two-hop", "unanswerable", "list", "followup"}
    assert len(QUESTIONS) >= 180
    assert kinds["two-hop"] >= 45
    assert kinds["unanswerable"] >= 50
    assert kinds["two-hop"] + kinds["unanswerable"] >= 0.49 * len(QUESTIONS)
    assert sum(question.language == "de" for question in QUESTIONS) >= 8


def test_ids_and_questions_occur_once() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question.question for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("kind", ["single", "two-hop", "unanswerable", "list", "followup"])
def test_the_two_halves_hold_as_many_questions_of_each_kind(kind: str) -> None:
    halves = Counter(question.split for question in QUESTIONS if question.kind == kind)
    assert set(halves) == {"dev", "held"}
    assert abs(halves["dev"] - halves["held"]) <= 2


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_question_has_the_parts_that_its_kind_needs(question: Question) -> None:
    answerable = question.kind != "unanswerable"
    assert (question.answer is not None) == answerable
    assert bool(question.gold) == answerable
    assert bool(question.history) == (question.kind == "followup")
    if question.kind == "two-hop":
        assert len(question.gold) >= 2
    # A quote of up to three words is the key of a table row, which a question may name.
    for gold in (gold for gold in question.gold if len(gold.quote.split()) > 3):
        assert not holds(question.question, gold.quote), "the question gives its passage away"


def test_every_sample_file_but_the_readme_answers_some_question() -> None:
    files = {str(path.relative_to(DOCUMENTS)) for path in DOCUMENTS.rglob("*") if path.is_file()}
    assert files - {gold.path for gold in PASSAGES} == {"README.md"}
