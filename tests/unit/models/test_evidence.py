"""What speaks for an answer, from words and vectors that the tests choose."""

import numpy as np

from backend.models.candidates import Weights, candidates, overlap, understand
from backend.models.cues import expected
from backend.models.evidence import Evidence, by_tokens, by_vectors
from backend.models.protocol import Nearness, Source

TEXT = "The lift was bought in 2019. The lift is serviced by Ostermann every June."


def judged(question: str, near: float, passage: float) -> Evidence:
    """The evidence where each word of the question is as near to the sentences as `near`, to the passage `passage`."""
    found = candidates([Source(TEXT, "Lift log")])
    asked = understand(question, ["en"], expected(question))
    weights = Weights(asked, found)
    overlaps = [overlap(asked, one, weights) for one in found]
    words = np.full((len(found) + 1, len(asked.words)), near, dtype=np.float32)
    words[-1] = passage
    vectors = np.zeros((len(found) + 1, 2), dtype=np.float32)
    nearness = Nearness(vectors, np.full(len(found) + 1, 0.5, dtype=np.float32), words, words)
    return by_tokens(asked, [0.0] * len(found), overlaps, nearness, found, weights)


def answered(evidence: Evidence) -> float:
    """The log-odds that the question is answered."""
    return float(evidence.question(evidence.features @ evidence.fit.sentence) @ evidence.fit.answered)


def test_a_word_that_the_passages_do_not_cover_speaks_against_an_answer() -> None:
    near = judged("When was the lift bought?", 0.8, 0.8)
    far = judged("When was the lift bought?", 0.8, 0.2)
    assert near.covered > far.covered
    assert answered(near) > answered(far)


def test_passages_without_the_kind_of_answer_asked_for_speak_against_one() -> None:
    held = judged("When was the lift bought?", 0.5, 0.5)
    missed = judged("What was the price of the lift?", 0.5, 0.5)
    assert held.of_kind.any()
    assert not missed.of_kind.any()
    assert answered(held) > answered(missed)


def test_a_question_without_words_is_covered_by_nothing() -> None:
    nothing = judged("?", 0.9, 0.9)
    assert nothing.covered == 0
    assert nothing.least is not None
    assert not nothing.least.any()


def test_without_tokens_there_are_weights_of_their_own() -> None:
    question = "When was the lift bought?"
    found = candidates([Source(TEXT, "Lift log")])
    asked = understand(question, ["en"], expected(question))
    weights = Weights(asked, found)
    overlaps = [overlap(asked, one, weights) for one in found]
    evidence = by_vectors(asked, [0.0] * len(found), overlaps, np.full(len(found), 0.5, dtype=np.float32))
    assert evidence.fit is not judged(question, 0.5, 0.5).fit
    assert np.isfinite(answered(evidence))
