"""Fusing the two scores."""

from hypothesis import given
from hypothesis import strategies as st

from backend.search.fusion import fuse
from backend.search.store import Hit

# Subnormal numbers lose digits when they are scaled; no score is one.
HITS = st.lists(
    st.builds(Hit, st.uuids().map(str), st.floats(-1, 1), st.floats(0, 60, allow_subnormal=False)),
    max_size=30,
    unique_by=lambda hit: hit.id,
)


def test_nothing_found_gives_nothing() -> None:
    assert fuse([]) == []


def test_without_words_the_cosine_decides() -> None:
    assert fuse([Hit("a", 0.2, 0), Hit("b", 0.9, 0)]) == [("b", 0.9), ("a", 0.2)]


def test_the_best_words_are_worth_half_a_cosine() -> None:
    assert fuse([Hit("a", 0.4, 12), Hit("b", 0.8, 0), Hit("c", 0.5, 6)]) == [("a", 0.9), ("b", 0.8), ("c", 0.75)]


def test_ties_go_by_id() -> None:
    assert [key for key, _ in fuse([Hit("b", 0.5, 0), Hit("a", 0.5, 0)])] == ["a", "b"]


@given(HITS, st.floats(0.1, 100))
def test_the_order_does_not_depend_on_the_scale_of_bm25(hits: list[Hit], scale: float) -> None:
    scaled = [Hit(hit.id, hit.dense, hit.sparse * scale) for hit in hits]
    before, after = dict(fuse(hits)), dict(fuse(scaled))
    assert before.keys() == after.keys()
    assert all(abs(before[key] - after[key]) < 1e-9 for key in before)


@given(HITS)
def test_better_in_both_is_better(hits: list[Hit]) -> None:
    scores = dict(fuse(hits))
    for one in hits:
        for other in hits:
            if one.dense > other.dense and one.sparse > other.sparse:
                # Not more: rounding may make two sums equal.
                assert scores[one.id] >= scores[other.id]


def test_a_best_match_next_to_nothing_is_still_the_best() -> None:
    assert fuse([Hit("a", 0.0, 2.5e-313), Hit("b", 0.0, 0.0)]) == [("a", 0.5), ("b", 0.0)]
