"""Late interaction: packing token vectors, and comparing a question with them."""

import numpy as np
import pytest

from backend.search.late import QueryTokens, compress, project, similarities, weights

THE, FIVE, RARE, COMMON = 1996, 1019, 25_000, 2_500


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)


def asked(rows: np.ndarray) -> QueryTokens:
    return QueryTokens(project(rows), np.full(len(rows), 1 / len(rows), dtype=np.float32))


def test_a_passage_with_the_same_tokens_is_nearest_and_packing_costs_little() -> None:
    ids = np.full(12, RARE)
    passages = [compress(ids, vectors(12, seed)) for seed in (1, 2, 3)]
    found = similarities(asked(vectors(12, seed=2)[:4]), passages)
    assert found[1] == pytest.approx(1, abs=0.02)
    assert max(found[0], found[2]) < 0.8


def test_frequent_words_take_no_room_and_digits_do() -> None:
    rows = vectors(3)
    size = len(compress(np.array([RARE]), rows[:1]))
    assert len(compress(np.array([THE, FIVE, RARE]), rows)) == 2 * size


def test_a_passage_without_tokens_is_near_to_nothing() -> None:
    empty = compress(np.array([], dtype=np.int64), vectors(0))
    assert empty == b""
    assert similarities(asked(vectors(2)), [empty]).tolist() == [0]


def test_the_telling_words_of_a_question_count_alike() -> None:
    assert weights(np.array([THE, FIVE, COMMON, RARE])) == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert weights(np.array([THE])).tolist() == [0]
